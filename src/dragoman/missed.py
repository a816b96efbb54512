"""What a client has missed that comes back: the segments after the last one it has, and what became of those before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dragoman.audience import Missed, Seat
from dragoman.booth import caption_of
from dragoman.events import SegmentCondensed, SegmentCorrected, SegmentRetracted
from dragoman.history import History

_UNSETTLED = 50
"""Segments whose captions a page may have while it is not told yet that they were condensed: more than are said within
any mode's bound."""


def missed(seat: Seat, since: int, history: History, tags: Sequence[str]) -> Iterator[Missed]:
    """For this seat, which has the segments up to `since`; also what is added while it is being told.

    tags: all that can be listened to, the floor's last.
    """
    floor = tags[-1]
    yield from _condensed_before(seat, since, history)
    yield from _edited_before(seat, since, history, floor)
    for entry in history.after(since):
        spoken = caption_of(entry.segment, None, floor)
        if seat.host or seat.language == floor:
            yield spoken
        elif entry.segment.retracted:
            yield replace(spoken, language=seat.language)
        for tag in tags if seat.host else (seat.language,):
            line = entry.lines.get(tag)
            if line is not None:
                yield caption_of(entry.segment, line)


def _condensed_before(seat: Seat, since: int, history: History) -> Iterator[Missed]:
    """What was condensed after the seat had its captions: it may have heard of it, or been cut off just then."""
    if since > 0:
        for entry in history.after(since - _UNSETTLED):
            if entry.segment.id > since:
                return
            for tag, line in entry.lines.items():
                if line.condensed and (seat.host or tag == seat.language):
                    yield SegmentCondensed(tag, line.segment_id)


def _edited_before(seat: Seat, since: int, history: History, floor: str) -> Iterator[Missed]:
    """What the host made of segments that the seat has: it may have heard of it, or been away just then."""
    for entry in history.edited(since):
        segment = entry.segment
        if segment.retracted:
            yield SegmentRetracted(segment.id)
            continue
        if segment.revision and (seat.host or seat.language == floor):
            yield SegmentCorrected(segment.id, floor, segment.text)
        for tag, line in entry.lines.items():
            if (line.corrected or segment.revision) and (seat.host or tag == seat.language):
                yield SegmentCorrected(segment.id, tag, line.text)
