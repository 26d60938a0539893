"""What an error says of a node."""

import re
from http import HTTPStatus

from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException, UnexpectedResponse

from index.settings import ENGINE_KEY

TOLD_CHARS = 200
KEYS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
# The next node would say the same of what these are about.
FINAL = {HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}
# What stands before a node says so where the node isn't there.
AWAY = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
# What isn't JSON, or has no result, the client doesn't foresee.
STRANGE = (ValueError, AssertionError)
ERRORS = (ApiException, QdrantException, *STRANGE)
ERRNO = re.compile(r"^\[Errno -?\d+\] ")


def status_of(error: Exception) -> int | None:
    """The HTTP status that a node answered with; None if there was no answer."""
    status: int | None = getattr(error, "status_code", None)
    return status


def is_missing(error: Exception) -> bool:
    """Whether a node says that there is no such collection."""
    return status_of(error) == HTTPStatus.NOT_FOUND


def is_gone(error: Exception) -> bool:
    """Whether no node was reached: nothing answered, or something else did."""
    status = status_of(error)
    moved = status is not None and HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    return status is None or moved or status in AWAY


def reason(name: str, error: Exception) -> str:
    """Say what a node said, or why it said nothing."""
    if not isinstance(error, UnexpectedResponse):
        cause = getattr(error, "source", error)
        if isinstance(cause, STRANGE):
            return f"{name}: what it answers isn't what Qdrant does"
        return f"{name}: {_short(cause) or type(cause).__name__}"
    if error.status_code in KEYS:
        return f"{name} refuses the key in {ENGINE_KEY} ({error.status_code})"
    try:
        said = str(error.structured()["status"]["error"])
    except (ValueError, KeyError, TypeError):
        said = error.reason_phrase
    return f"{name} says {error.status_code} {_short(said)}"


def _short(said: object) -> str:
    text = " ".join(str(said).split())
    return ERRNO.sub("", "".join(filter(str.isprintable, text)))[:TOLD_CHARS]
