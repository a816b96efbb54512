"""Errors that a client is told about. Each is a sentence that says what was wrong and what would be right."""

from __future__ import annotations

from typing import ClassVar


class ClientError(Exception):
    """Base of what a request can be refused with; `str(error)` is the sentence that the client is given."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "badRequest"

    def __init__(self, sentence: str, *, retry_after: int | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after
        """seconds after which trying again makes sense, where that is known"""


class BadRequest(ClientError):
    """The request itself is wrong; the client must change it."""


class HostKeyNeeded(ClientError):
    """The server has a HOST_KEY and the request does not carry it."""

    status = 401
    code = "notHost"


class NotHost(ClientError):
    """Only the client that created the session may do this."""

    status = 403
    code = "notHost"


class PasscodeNeeded(ClientError):
    """The passcode is missing or wrong."""

    status = 403
    code = "passcode"


class NotFound(ClientError):
    """There is no such thing, or no longer."""

    status = 404
    code = "notFound"


class WrongState(ClientError):
    """The session is not in a state in which this can be done."""

    status = 409
    code = "wrongState"


class Ended(ClientError):
    """The session is over."""

    status = 409
    code = "ended"


class TooLarge(ClientError):
    """More bytes than are accepted at once."""

    status = 413
    code = "tooLarge"


class WrongType(ClientError):
    """The body is of another media type than is taken here."""

    status = 415
    code = "badRequest"


class Unsupported(ClientError):
    """Well-formed, but nothing configured here can do it."""

    status = 422
    code = "unsupported"


class TooMany(ClientError):
    """Too often or too much at a time; trying again later works."""

    status = 429
    code = "tooMany"


class NotBuilt(ClientError):
    """A part of the interface that this version does not have yet."""

    status = 501
    code = "unsupported"


class Full(ClientError):
    """No place is left; one may become free."""

    status = 503
    code = "full"


class Unavailable(ClientError):
    """Something that the server needs is not working now."""

    status = 503
    code = "unavailable"


class EngineFailed(Exception):
    """An engine could not do one piece of work (crash, timeout, garbage). The next piece may succeed."""

    def __init__(self, reason: str = "", *, lasting: bool = False) -> None:
        super().__init__(reason)
        self.lasting = lasting
        """the next piece will fail too: refused (401, 403), the quota is used up. Another engine is asked at once"""
