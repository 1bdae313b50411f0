"""What is refused of one thing does not keep the others from being done; what would meet all of them does."""

import pytest

from cli.answers import ApiError
from cli.several import do_each


async def halve(number: int) -> int:
    if number % 2:
        raise ApiError(f"{number} is odd", 404 if number == 1 else 401)
    return number // 2


@pytest.mark.parametrize(
    ("numbers", "done", "refused", "said"),
    [
        ([2, 4, 2], [1, 2], 0, ""),
        ([2, 1, 4], [1, 2], 1, "error: 1 is odd\n"),
        ([], [], 0, ""),
    ],
)
async def test_the_others_are_done(
    numbers: list[int], done: list[int], refused: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await do_each(numbers, halve) == (done, refused)
    assert capsys.readouterr().err == said


async def test_what_meets_all_ends_it() -> None:
    with pytest.raises(ApiError, match="3 is odd"):
        await do_each([2, 3, 4], halve)
