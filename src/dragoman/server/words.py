"""What the host does to the words of a talk by HTTP: types, takes back, corrects; and deletes all of them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from dragoman.server import wire
from dragoman.server.described import refusals
from dragoman.server.desk import AtDesk, Client, From, hosted, owned

Json = dict[str, Any]

words = APIRouter(prefix="/api")

_HOST_ONLY = refusals(400, 403, 404, 409, 413, 429, 503)


@words.post("/sayText", summary="Say something by typing it", responses=_HOST_ONLY)
async def say_text(at: AtDesk, whence: From, client: Client, body: wire.SayText) -> Json:
    """The text is cut into clauses that go to the booths like speech, also while the talk pauses. It is kept when this
    answers."""
    session = await hosted(at, body.session_id, client, whence)
    return {"segmentIds": list(await session.say(body.text))}


@words.post("/retractSegment", summary="Take a segment back, in all languages", responses=_HOST_ONLY)
async def retract_segment(at: AtDesk, whence: From, client: Client, body: wire.OneSegment) -> Json:
    """What it said is forgotten; what no avatar has said of it never is. Also after the end of the session."""
    record = await owned(at, body.session_id, client, whence)
    await at.conference.retract(record, body.segment_id)
    # They say what was taken back; others can be made.
    await at.films.forget(record.session_id)
    return {"status": "retracted"}


@words.post("/correctSegment", summary="Correct a segment in one language", responses=_HOST_ONLY | refusals(422))
async def correct_segment(at: AtDesk, whence: From, client: Client, body: wire.CorrectSegment) -> Json:
    """Where the language is the floor's, the translations that nobody corrected are made anew. Also after the end of
    the session."""
    record = await owned(at, body.session_id, client, whence)
    await at.conference.correct(record, body.segment_id, body.language, body.text)
    return {"status": "corrected"}


@words.post("/deleteSession", summary="Delete a session and all that was said in it", responses=_HOST_ONLY)
async def delete_session(at: AtDesk, whence: From, client: Client, body: wire.OneSession) -> Json:
    """At once, whether it has ended or not: its listeners are told that it has ended."""
    await at.conference.delete(await owned(at, body.session_id, client, whence))
    return {"status": "deleted"}
