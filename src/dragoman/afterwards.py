"""What the host does to the words of a session that is over: the same edits, with nobody left to be told."""

from __future__ import annotations

import asyncio

from dragoman.booth import ATTEMPTS
from dragoman.editing import found
from dragoman.engines.protocols import Engines
from dragoman.errors import EngineFailed, Unsupported
from dragoman.glossary import following
from dragoman.journal import Journal, SessionRecord
from dragoman.languages import match
from dragoman.placeholders import translated
from dragoman.relay import Relay
from dragoman.speech import Entry, Line


async def retract(journal: Journal, record: SessionRecord, segment_id: int) -> None:
    """The segment disappears from the transcript. Raises NotFound, JournalFailed."""
    entry = await _entry(journal, record, segment_id)
    if entry is None or not entry.segment.retracted:
        found(entry)
        await journal.retract(record.session_id, segment_id)


async def correct(
    journal: Journal, engines: Engines, record: SessionRecord, segment_id: int, language: str, text: str
) -> None:
    """The segment says this in one language; where that is the floor's, lines that nobody corrected are made anew.

    Raises Unsupported, NotFound, WrongState, JournalFailed.
    """
    tags = tuple(target.tag for target in record.targets if target.since < segment_id)
    tag = match(language, (*(target.tag for target in record.targets), record.source))
    if tag is None:
        raise Unsupported(f"this session has no such language; it has {', '.join((*tags, record.source))}")
    entry = found(await _entry(journal, record, segment_id))
    if tag != record.source:
        await journal.correct(record.session_id, segment_id, text, tag)
        return
    await journal.correct(record.session_id, segment_id, text, None)
    again = [made for made in tags if made not in entry.lines or not entry.lines[made].corrected]
    revision = entry.segment.revision + 1
    await journal.lines(record.session_id, await _lines(engines, record, segment_id, revision, text, again))


async def _entry(journal: Journal, record: SessionRecord, segment_id: int) -> Entry | None:
    said = await journal.history(record.session_id)
    return said[segment_id - 1] if 0 < segment_id <= len(said) else None


async def _lines(
    engines: Engines, record: SessionRecord, segment_id: int, revision: int, text: str, tags: list[str]
) -> list[Line]:
    relay = Relay(engines.translator, record.source, engines.routes_from(record.source))
    glossary = following(lambda: record.options)()

    async def line(tag: str) -> Line:
        for _ in range(ATTEMPTS):
            try:
                made = await translated(text, record.source, tag, glossary, relay.translate)
                return Line(segment_id, tag, made, revision=revision)
            except EngineFailed:
                continue
        return Line(segment_id, tag, text, untranslated=True, revision=revision)

    try:
        return list(await asyncio.gather(*map(line, tags)))
    finally:
        await relay.close()
