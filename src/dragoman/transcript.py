"""A session's history as files: WebVTT, SRT, plain text and JSON. What was said is untrusted text in all of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from dragoman.speech import Entry, Line, ms
from dragoman.subtitles import Cue, Passage, clean, cues

FORMATS = {
    "vtt": "text/vtt",
    "srt": "application/x-subrip",
    "txt": "text/plain",
    "json": "application/json",
}
"""Media type by name."""

ALL = "*"
"""In place of a language: every language at once; JSON only."""

# SubRip has no escapes and players take <i>, {\an8} and a time line wherever they stand: a word joiner, which takes
# no room, keeps such signs from being more than signs.
_SRT = (("<", "<\u2060"), ("{", "{\u2060"), ("-->", "--\u2060>"))
_VTT = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))


def render(entries: Sequence[Entry], form: str, *, floor: str, language: str | None = None) -> str:
    """The whole file as text.

    form: a key of FORMATS. floor: the tag of the source language. language: an offered tag, or ALL; without one the
    speaker's own words, which where several languages are spoken are not the lines of the floor's tag. A segment that
    has no line in the language (yet, or because the language was added later) is left out. Raises ValueError on
    another form, or on ALL with a form other than json.
    """
    if form == "json":
        return json.dumps(records(entries, floor=floor, language=language), ensure_ascii=False, indent=1) + "\n"
    if form not in FORMATS or language == ALL:
        raise ValueError(f"no {form} in language {language}")
    passages = [
        Passage(ms(entry.segment.start), ms(entry.segment.end), text)
        for entry in entries
        if (text := _text(entry, floor, language)) is not None
    ]
    if form == "txt":
        return "".join(f"{text}\n\n" for text in (clean(passage.text) for passage in passages) if text.strip())
    return "".join(_vtt(cues(passages)) if form == "vtt" else _srt(cues(passages)))


def records(entries: Sequence[Entry], *, floor: str, language: str | None = None) -> list[dict[str, Any]]:
    """The history as JSON values, one object a segment, with the names of the interface's getTranscript."""
    made = []
    for entry in entries:
        if language == ALL:
            made.append(_all(entry, floor))
        elif entry.segment.retracted:
            made.append(_record(entry, language or floor) | {"translatedText": ""})
        elif (text := _text(entry, floor, language)) is not None:
            record = _record(entry, language or floor) | {"translatedText": _whole(text)}
            made.append(record | (_fate(entry.lines[language]) if language in entry.lines else {}))
    return made


def _record(entry: Entry, language: str) -> dict[str, Any]:
    segment = entry.segment
    record: dict[str, Any] = {
        "segmentId": segment.id,
        "startMs": ms(segment.start),
        "endMs": ms(segment.end),
        "sourceText": _whole(segment.text),
        "language": language,
    }
    if segment.language:
        record["sourceLanguage"] = segment.language
    if segment.typed:
        record["typed"] = True
    if segment.retracted:
        record["retracted"] = True
    return record


def _all(entry: Entry, floor: str) -> dict[str, Any]:
    record = _record(entry, floor) | {"translations": {tag: _whole(line.text) for tag, line in entry.lines.items()}}
    if any(line.untranslated for line in entry.lines.values()):
        record["untranslated"] = True
    if condensed := [tag for tag, line in entry.lines.items() if line.condensed]:
        record |= {"condensed": True, "condensedIn": condensed}
    if corrected := [tag for tag, line in entry.lines.items() if line.corrected]:
        record["correctedIn"] = corrected
    if lags := {tag: line.lag for tag, line in entry.lines.items() if line.lag is not None}:
        record |= {"lagMs": max(lags.values()), "lags": lags}
    return record


def _fate(line: Line) -> dict[str, Any]:
    """What there is to say about a line besides its text; what is not so is left out."""
    fate: dict[str, Any] = {}
    if line.untranslated:
        fate["untranslated"] = True
    if line.condensed:
        fate["condensed"] = True
    if line.corrected:
        fate["corrected"] = True
    if line.lag is not None:
        fate["lagMs"] = line.lag
    return fate


def _text(entry: Entry, floor: str, language: str | None) -> str | None:
    if language is None:
        return entry.segment.text
    line = entry.lines.get(language)
    if line is not None:
        return line.text
    return entry.segment.text if language == floor else None


def _whole(text: str) -> str:
    """The text as it is, without halves of surrogate pairs: they cannot be sent."""
    return text.encode("utf-8", "replace").decode()


def _vtt(made: Sequence[Cue]) -> Iterator[str]:
    yield "WEBVTT\n\n"
    for cue in made:
        yield f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{_lines(cue, _VTT)}\n\n"


def _srt(made: Sequence[Cue]) -> Iterator[str]:
    for number, cue in enumerate(made, 1):
        yield f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n{_lines(cue, _SRT)}\n\n"


def _lines(cue: Cue, replacements: Sequence[tuple[str, str]]) -> str:
    text = "\n".join(cue.lines)
    for sign, harmless in replacements:
        text = text.replace(sign, harmless)
    return text


def _clock(milliseconds: int, point: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{rest:03}"
