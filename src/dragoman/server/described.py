"""How the OpenAPI document tells of refusals: which a route may answer with, in the interface's form."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from dragoman import errors

_KINDS = (
    errors.BadRequest,
    errors.HostKeyNeeded,
    errors.NotHost,
    errors.NotFound,
    errors.Ended,
    errors.TooLarge,
    errors.WrongType,
    errors.Unsupported,
    errors.TooMany,
    errors.NotBuilt,
    errors.Unavailable,
)
_ALSO = {
    405: "This address does not take this method (`badRequest`); the header `Allow` names those it takes.",
    403: "Only the host may do this (`notHost`), or the passcode is missing or wrong (`passcode`).",
    409: "The session is over (`ended`), or not in a state in which this can be done (`wrongState`).",
    503: "No place is left (`full`), or something that the server needs is not working now (`unavailable`).",
}


class Refusal(BaseModel):
    """What was wrong and what would be right, and its code."""

    error: str
    code: Literal[
        "badRequest",
        "notHost",
        "passcode",
        "notFound",
        "wrongState",
        "ended",
        "tooLarge",
        "unsupported",
        "tooMany",
        "full",
        "unavailable",
    ]


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route that may refuse with these statuses, for FastAPI."""
    said = {kind.status: f"{kind.__doc__} (`{kind.code}`)" for kind in _KINDS} | _ALSO
    described: dict[int | str, dict[str, Any]] = {
        status: {"model": Refusal, "description": said[status]} for status in statuses
    }
    if 429 in statuses:
        described[429]["headers"] = {"Retry-After": {"description": "seconds to wait", "schema": {"type": "integer"}}}
    # Without it FastAPI would describe an error body of its own, which is never sent.
    described["default"] = {"model": Refusal, "description": "Refused for another reason."}
    return described
