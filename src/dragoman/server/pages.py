"""The pages and their files, with the headers that keep other people's code out of them."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import RedirectResponse, Response

from dragoman.errors import ClientError, NotBuilt, Unavailable
from dragoman.server import files, wire
from dragoman.server.desk import AtDesk, From, recorded

STATIC = Path(__file__).parent / "static"
"""Where the front end's build puts the pages."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "media-src 'self' blob:; worker-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_LOOKS = {"/speaker": "speaker.html", "/listener": "listener.html"}
"""Pages that carry their style sheet in themselves: one thing less to wait for before they are seen."""
# Swagger's page writes style attributes; it shows our own document only.
_DOCS_POLICY = _POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")

pages = APIRouter(include_in_schema=False)


def headers(path: str) -> dict[str, str]:
    """Security headers for an answer to this path."""
    return {
        "Content-Security-Policy": _policy(path),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


def _policy(path: str) -> str:
    if path.startswith("/docs"):
        return _DOCS_POLICY
    page = _LOOKS.get(f"/{path.split('/')[1]}") if path.startswith("/") else None
    file = STATIC / page if page else None
    if file is None or not file.is_file():
        return _POLICY
    return _policy_of(file, file.stat().st_mtime_ns)


@lru_cache
def _policy_of(file: Path, _: int) -> str:
    """The policy of a page: its own style sheet may stand in it. The number tells states of the file apart."""
    looks = re.findall("<style>(.*?)</style>", file.read_text(encoding="utf-8"), re.DOTALL)
    known = (base64.b64encode(sha256(text.encode()).digest()).decode() for text in looks)
    return _POLICY.replace("style-src 'self'", " ".join(("style-src 'self'", *(f"'sha256-{one}'" for one in known))))


Accepted = Annotated[str, Header(alias="Accept-Encoding")]
Tongues = Annotated[str, Header(alias="Accept-Language")]


def _page(name: str, accepted: str, status: int = 200) -> Response:
    path = STATIC / name
    if not path.is_file():
        raise Unavailable("the pages are not built; run `make` in the checkout, or install the wheel")
    return files.whole(path, accepted, status, "text/html")


def _listener(accepted: str, tongues: Sequence[str], status: int = 200, *, door: bool = True) -> Response:
    """The listener's page with its first words in it. tongues: tags, the best first. door: there is no talk to show."""
    folder = STATIC / "listener"
    language = next((tag for tag in map(_primary, tongues) if (folder / f"{tag}.html").is_file()), "en")
    name = f"listener/{language}{'-door' if door else ''}.html"
    answer = _page(name if (STATIC / name).is_file() else "listener.html", accepted, status)
    answer.headers["Vary"] = "Accept-Encoding, Accept-Language"
    return answer


def _primary(tag: str) -> str:
    """The language of a tag, as files are named by it; nothing where it is none."""
    primary = tag.partition("-")[0].lower()
    return primary if len(primary) <= 8 and primary.isascii() and primary.isalpha() else ""


def _tongues(asked: str, accepted: str) -> list[str]:
    """Languages that the reader understands, the best first. accepted: an Accept-Language (RFC 9110, 12.5.4)."""
    weights = {}
    for part in accepted.split(","):
        tag, _, weight = part.partition(";")
        try:
            weights[tag.strip()] = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            weights[tag.strip()] = 0.0
    return [asked, *sorted(filter(weights.get, weights), key=weights.__getitem__, reverse=True)]


@pages.api_route("/", methods=["GET", "HEAD"])
async def root() -> Response:
    return RedirectResponse("/speaker", 307)


@pages.api_route("/speaker", methods=["GET", "HEAD"])
async def speaker(accepted: Accepted = "") -> Response:
    return _page("speaker.html", accepted)


@pages.api_route("/listener", methods=["GET", "HEAD"])
@pages.api_route("/listener/", methods=["GET", "HEAD"], include_in_schema=False)
async def listener_without_code(language: str = "", accepted: Accepted = "", tongues: Tongues = "") -> Response:
    """The same page, which then asks for the code."""
    return _listener(accepted, _tongues(language, tongues))


@pages.api_route("/listener/{code}", methods=["GET", "HEAD"])
async def listener(
    code: str, at: AtDesk, whence: From, language: str = "", accepted: Accepted = "", tongues: Tongues = ""
) -> Response:
    """The page itself says what is wrong; the status is for programs."""
    understood = _tongues(language, tongues)
    try:
        if not wire.is_code(code):
            return _listener(accepted, understood, 404)
        record = await recorded(at, code, whence)
    except ClientError as error:
        return _listener(accepted, understood, error.status)
    return _listener(accepted, understood, door=record.ended is not None or record.passcode is not None)


@pages.api_route("/avatars", methods=["GET", "HEAD"])
async def avatars() -> Response:
    raise NotBuilt("this version of Dragoman does not have the avatar gallery yet")


@pages.api_route("/docs", methods=["GET", "HEAD"])
async def docs(accepted: Accepted = "") -> Response:
    return _page("docs/index.html", accepted)
