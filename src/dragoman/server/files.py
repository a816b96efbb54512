"""The files of the front end's build: compressed beforehand, and kept by browsers for as long as they stay the same."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_CODINGS = {"br": ".br", "gzip": ".gz"}
"""Content codings, the smaller one first, with what the build appends to the name of a file so coded."""
_LASTING = "public, max-age=31536000, immutable"
_ASKED_EACH_TIME = "no-cache"
"""Kept, and used when the server says that it is still the same."""


def whole(path: Path, accepted: str, status: int, media_type: str) -> Response:
    """A file as an answer that is asked for anew each time. accepted: the request's Accept-Encoding."""
    for coding in _understood(accepted):
        coded = path.with_name(path.name + _CODINGS[coding])
        if coded.is_file():
            told = {"Content-Encoding": coding}
            return FileResponse(coded, status, headers=_headers(_ASKED_EACH_TIME) | told, media_type=media_type)
    return FileResponse(path, status, headers=_headers(_ASKED_EACH_TIME), media_type=media_type)


class Files(StaticFiles):
    """All files of a folder. An address with `v`, which the build puts into its pages, names one state of a file."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, in the smallest coding that the request accepts. Raises HTTPException where there is none."""
        lasting = scope["query_string"].startswith(b"v=")
        headers = _headers(_LASTING if lasting else _ASKED_EACH_TIME)
        response = await self._coded(path, scope, headers) or await super().get_response(path, scope)
        response.headers.update(headers)
        return response

    async def _coded(self, path: str, scope: Scope, headers: dict[str, str]) -> Response | None:
        if scope["method"] not in ("GET", "HEAD"):
            return None
        for coding in _understood(Headers(scope=scope).get("Accept-Encoding", "")):
            try:
                found, status = await to_thread.run_sync(self.lookup_path, path + _CODINGS[coding])
            except (ValueError, OSError):
                # No name of a file: for the base class to refuse.
                return None
            if status is not None and stat.S_ISREG(status.st_mode):
                headers["Content-Encoding"] = coding
                return self.file_response(os.fspath(found), status, scope)
        return None


def _understood(accepted: str) -> list[str]:
    """The codings that an Accept-Encoding names (RFC 9110, 12.5.3), the smallest file first."""
    weights = {}
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        weights[name.strip()] = weight.replace(" ", "").removeprefix("q=").strip("0.") != "" or not weight.strip()
    return [coding for coding in _CODINGS if weights.get(coding, False)]


def _headers(kept: str) -> dict[str, str]:
    return {"Cache-Control": kept, "Vary": "Accept-Encoding"}
