"""The pages and their files, with the headers that keep other people's code out of them."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.datastructures import Headers
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from dragoman.errors import ClientError, NotBuilt, Unavailable
from dragoman.server import wire
from dragoman.server.desk import AtDesk, From, recorded

STATIC = Path(__file__).parent / "static"
"""Where the front end's build puts the pages."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "media-src 'self' blob:; worker-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
# Swagger's page writes style attributes; it shows our own document only.
_DOCS_POLICY = _POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")

pages = APIRouter(include_in_schema=False)


class Files(StaticFiles):
    """The pages' files, compressed where the build has done so and the browser takes it: phones wait for less."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file by its path below STATIC."""
        takes = Headers(scope=scope).get("accept-encoding", "")
        kind = mimetypes.guess_type(path)[0]
        # First as it is: what there is not, or must not be asked for, is refused here.
        plain = await super().get_response(path, scope)
        if not kind or "gzip" not in takes or self.lookup_path(f"{path}.gz")[1] is None:
            return plain
        answer = await super().get_response(f"{path}.gz", scope)
        answer.headers["Content-Type"] = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
        answer.headers["Content-Encoding"] = "gzip"
        answer.headers["Vary"] = "Accept-Encoding"
        return answer


def headers(path: str) -> dict[str, str]:
    """Security headers for an answer to this path."""
    return {
        "Content-Security-Policy": _DOCS_POLICY if path.startswith("/docs") else _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


Takes = Annotated[str, Header(alias="Accept-Encoding")]
"""How the browser takes files."""


def _page(name: str, takes: str, status: int = 200) -> Response:
    path = STATIC / name
    if not path.is_file():
        raise Unavailable("the pages are not built; run `make` in the checkout, or install the wheel")
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    small = path.with_name(f"{path.name}.gz")
    if "gzip" in takes and small.is_file():
        path, headers["Content-Encoding"] = small, "gzip"
    return FileResponse(path, status, headers=headers, media_type="text/html")


@pages.api_route("/", methods=["GET", "HEAD"])
async def root() -> Response:
    return RedirectResponse("/speaker", 307)


@pages.api_route("/speaker", methods=["GET", "HEAD"])
async def speaker(takes: Takes = "") -> Response:
    return _page("speaker.html", takes)


@pages.api_route("/listener", methods=["GET", "HEAD"])
@pages.api_route("/listener/", methods=["GET", "HEAD"], include_in_schema=False)
async def listener_without_code(takes: Takes = "") -> Response:
    """The same page, which then asks for the code."""
    return _page("listener.html", takes)


@pages.api_route("/listener/{code}", methods=["GET", "HEAD"])
async def listener(code: str, at: AtDesk, whence: From, takes: Takes = "") -> Response:
    """The page itself says what is wrong; the status is for programs."""
    try:
        if not wire.is_code(code):
            return _page("listener.html", takes, 404)
        await recorded(at, code, whence)
    except ClientError as error:
        return _page("listener.html", takes, error.status)
    return _page("listener.html", takes)


@pages.api_route("/avatars", methods=["GET", "HEAD"])
async def avatars() -> Response:
    raise NotBuilt("this version of Dragoman does not have the avatar gallery yet")


@pages.api_route("/docs", methods=["GET", "HEAD"])
async def docs(takes: Takes = "") -> Response:
    return _page("docs/index.html", takes)
