"""What native code raises when it panics is no Exception, and would end the process."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.errors import LogmillError


class ParserPanicError(LogmillError):
    """Work on a batch raised what is no Exception, as native code does that panicked; it would end the process."""


@contextmanager
def panics_as_errors() -> Iterator[None]:
    """What is no Exception is one batch's failure all the same: a panic of Polars or pgpq, a SystemExit.

    StopIteration is one, but no future can hold it: whoever awaits the thread's answer would wait for ever.
    """
    try:
        yield
    except StopIteration as error:
        raise ParserPanicError("StopIteration") from error
    except Exception:
        raise
    except BaseException as panic:
        raise ParserPanicError(f"{type(panic).__name__}: {panic}") from panic
