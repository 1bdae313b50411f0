"""The whole way of one upload, through real processes."""

from tests.support.user import User, assert_conserved


def test_a_file_becomes_rows_each_line_once(user: User) -> None:
    content = b"".join(b"line %d\n" % number for number in range(1, 5001))
    job_id = user.upload(content, "numbers.log")
    job = user.wait(job_id)
    assert job["status"] == "completed"
    assert job["lines_read"] == job["lines_stored"] == 5000
    assert_conserved(job)
    lines = list(user.lines(job_id))
    assert [line["line_no"] for line in lines] == list(range(1, 5001))
    assert [line["raw"] for line in lines] == [f"line {number}" for number in range(1, 5001)]
