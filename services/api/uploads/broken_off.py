"""Why an upload goes no further, and what its sender is told. Pure."""

import asyncio
from collections.abc import Sequence

from services.api.congestion import HeldUp
from services.api.jobs import job_links
from services.api.problems import UploadCutOffError
from services.api.uploads.incoming import IncomingFile
from services.api.uploads.registry import JobNotReceiving
from shared.errors import BrokerUnavailable, DatabaseUnavailable, InputError, TransientError


def reason_of(error: BaseException) -> str:
    """What an interrupted job's owner is told; never a library's own words, which may name hosts."""
    match error:
        case InputError(detail=detail):
            return detail
        case JobNotReceiving():
            return str(error)
        case HeldUp():
            return f"The message broker did not take the upload in time: {error}."
        case BrokerUnavailable():
            return "The message broker did not take the upload in time."
        case DatabaseUnavailable():
            return "The database could not be reached."
        case asyncio.CancelledError():
            return "The request was broken off."
        case _:
            return "The service failed; its log says why."


def is_not_now(error: BaseException) -> bool:
    """Whether the same input may be taken in later: the answer is 503."""
    return isinstance(error, TransientError) or (isinstance(error, InputError) and error.status == 503)


def cut_off(files: Sequence[IncomingFile], reason: str) -> UploadCutOffError:
    """The answer where the broker has something of at least one of them; its job is the one shown."""
    jobs = [
        {
            "job_id": str(file.job_id),
            "file_name": file.file_name,
            "links": job_links(file.job_id),
            "status": "interrupted",
            "error_message": reason,
        }
        for file in sorted(files, key=lambda file: not file.batches_confirmed)
    ]
    return UploadCutOffError(reason, jobs)
