"""Films of talks by HTTP: asked for, looked after, fetched."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from dragoman.errors import NotFound, Unsupported
from dragoman.languages import match
from dragoman.server import wire
from dragoman.server.access import guessing
from dragoman.server.described import refusals
from dragoman.server.desk import AtDesk, Client, Desk, Film, From, owned

Json = dict[str, Any]

films = APIRouter(prefix="/api")

_FILM: dict[int | str, Json] = {200: {"content": {"video/mp4": {"schema": {"type": "string", "format": "binary"}}}}}


@films.post(
    "/makeFilm",
    summary="Have a film made of an ended session",
    responses=refusals(400, 403, 404, 409, 413, 422, 429, 503),
)
async def make_film(at: AtDesk, whence: From, client: Client, body: wire.MakeFilm) -> Json:
    """The avatar says what was said, with subtitles. One film is made at a time; where nothing has changed since it was
    made it is the same one."""
    record = await owned(at, body.session_id, client, whence)
    tags = (*(target.tag for target in record.targets), record.source)
    tag = match(body.language, tags)
    if tag is None:
        raise Unsupported(f"this session has no such language; it has {', '.join(tags)}")
    film = await at.films.make(record, await at.journal.history(record.session_id), tag)
    return {"filmId": film.film_id}


@films.get("/getFilm/{filmId}", summary="How far a film is", responses=refusals(400, 403, 404, 429, 503))
async def get_film(at: AtDesk, whence: From, client: Client, filmId: str) -> Json:  # noqa: N803  # the interface's name
    """`url` is a secret: who has it may fetch the film."""
    film = _found(at, filmId, whence)
    await owned(at, film.session_id, client, whence)
    said: Json = {"filmId": film.film_id, "language": film.language, "state": film.state, "share": at.films.share(film)}
    if film.state == "ready":
        said["url"] = f"{at.settings.public_url}/api/films/{film.film_id}.mp4"
    if film.state == "failed":
        said["error"] = film.error
    return said


@films.get("/films/{filmId}.mp4", summary="A film", response_class=Response, responses=_FILM | refusals(404, 429))
async def fetch_film(at: AtDesk, whence: From, request: Request, filmId: str) -> Response:  # noqa: N803  # as above
    """Parts of it may be asked for (`Range`)."""
    film = _found(at, filmId, whence)
    if film.state != "ready" or not at.films.file(film).is_file():
        raise NotFound("this film is not ready, or has been deleted; ask getFilm")
    return FileResponse(
        at.films.file(film), media_type="video/mp4", filename=film.name, headers={"Cache-Control": "private, no-store"}
    )


def _found(at: Desk, film_id: str, whence: str) -> Film:
    """Who guesses is slowed down. Raises NotFound, TooMany."""
    with guessing(at.wrong_codes, whence):
        film = at.films.find(film_id)
        if film is None:
            raise NotFound("there is no such film, or it has been deleted; ask for one with makeFilm")
        return film
