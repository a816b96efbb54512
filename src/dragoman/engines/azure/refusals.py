"""What Azure's refusals mean, as sentences that say what to do. Nothing that the service wrote is repeated in them."""

from __future__ import annotations

import re

from dragoman.errors import EngineFailed

_STATUS = re.compile(r"\((\d{3})\)|\b(\d{4})\b")
_KEY = "check SPEECH_KEY, and that it belongs to SPEECH_REGION or SPEECH_ENDPOINT"


class Unauthorized(EngineFailed):
    """The service does not accept who asks (401): with a token, another one may be accepted."""


def refused(service: str, status: int, detail: str = "") -> EngineFailed:
    """The failure that an HTTP status of a service means. detail: what it wrote; only looked at."""
    if "quota" in detail.lower():
        return EngineFailed(
            f"The quota of the Azure account is used up, says its {service}; a paid tier has none.", lasting=True
        )
    if status in (401, 403):
        kind = Unauthorized if status == 401 else EngineFailed
        return kind(f"Azure's {service} refuses the account ({status}); {_KEY}.", lasting=True)
    if status == 429:
        return EngineFailed(f"Azure's {service} has too many requests of this account at the moment (429).")
    if status == 400:
        return EngineFailed(f"Azure's {service} did not understand the request (400).")
    if 500 <= status < 600:
        return EngineFailed(f"Azure's {service} is not available ({status}).")
    return EngineFailed(f"Azure's {service} answered with the status {status}.")


def cancelled(service: str, code: str, detail: str) -> EngineFailed:
    """The failure that the SDK's cancellation means. code: name of its CancellationErrorCode."""
    found = _STATUS.search(detail)
    if "quota" in detail.lower() or (found and found[2] == "4429"):
        return refused(service, 403, "quota")
    if code in ("AuthenticationFailure", "Forbidden"):
        return refused(service, 403 if "(403)" in detail or code == "Forbidden" else 401)
    if code == "TooManyRequests":
        return refused(service, 429)
    if code == "BadRequest":
        return refused(service, 400)
    if code == "ConnectionFailure":
        return EngineFailed(f"Azure's {service} cannot be reached; {_KEY}, and the network.")
    if code == "ServiceTimeout":
        return EngineFailed(f"Azure's {service} did not answer in time.")
    if code in ("ServiceUnavailable", "ServiceError"):
        return refused(service, 503)
    return EngineFailed(f"Azure's {service} ended the connection ({code}).")
