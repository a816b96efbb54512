"""What has been said in a running session, in memory: the log from which booths work and late joiners are served."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from dragoman.speech import Entry, Line, Segment


class History:
    """Entries in order of id, without holes from 1. Everything in it is kept in the journal already."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries: list[Entry] = list(entries)
        self._edited = {
            entry.segment.id
            for entry in self._entries
            if entry.segment.revision or any(line.corrected for line in entry.lines.values())
        }

    @property
    def last_id(self) -> int:
        """The newest segment's id, 0 where there is none."""
        return len(self._entries)

    def add(self, segment: Segment) -> None:
        """A new segment; its id is the next one."""
        if segment.id != self.last_id + 1:
            raise ValueError(f"segment {segment.id} does not follow {self.last_id}")
        self._entries.append(Entry(segment))

    def add_line(self, line: Line) -> bool:
        """A segment's translation; whether it counts: of what the segment says now, and not corrected by the host."""
        entry = self._entries[line.segment_id - 1]
        before = entry.lines.get(line.language)
        overruled = before is not None and before.corrected and not line.corrected
        if overruled or entry.segment.retracted or line.revision != entry.segment.revision:
            return False
        entry.lines[line.language] = line
        if line.corrected:
            self._edited.add(line.segment_id)
        return True

    def retract(self, segment_id: int) -> None:
        """The segment says nothing any more."""
        self._say(segment_id, replace(self._entries[segment_id - 1].segment, text="", retracted=True), keep=())

    def correct(self, segment_id: int, text: str) -> tuple[str, ...]:
        """The segment says this; the languages whose lines are gone, for they were made of what it said before."""
        entry = self._entries[segment_id - 1]
        kept = [line for line in entry.lines.values() if line.corrected]
        gone = tuple(tag for tag, line in entry.lines.items() if not line.corrected)
        self._say(segment_id, replace(entry.segment, text=text), keep=kept)
        return gone

    def _say(self, segment_id: int, segment: Segment, *, keep: Iterable[Line]) -> None:
        # The lines stay the same object: whoever works with the old entry sees that they are gone.
        lines, revision = self._entries[segment_id - 1].lines, segment.revision + 1
        kept = {line.language: replace(line, revision=revision) for line in keep}
        lines.clear()
        lines.update(kept)
        self._entries[segment_id - 1] = Entry(replace(segment, revision=revision), lines)
        self._edited.add(segment_id)

    def edited(self, upto: int) -> Sequence[Entry]:
        """The entries up to this id that were corrected or retracted, in order."""
        return [self._entries[segment_id - 1] for segment_id in sorted(self._edited) if segment_id <= upto]

    def entry(self, segment_id: int) -> Entry | None:
        """The entry with this id."""
        return self._entries[segment_id - 1] if 0 < segment_id <= self.last_id else None

    def after(self, segment_id: int) -> Iterator[Entry]:
        """The entries with greater ids, also those that are added during the iteration."""
        position = max(0, segment_id)
        while position < self.last_id:
            yield self._entries[position]
            position += 1

    def latest(self, number: int) -> Sequence[Entry]:
        """The newest entries, at most so many, in order."""
        return tuple(self._entries[-number:])

    def entries(self) -> Sequence[Entry]:
        """All of them."""
        return tuple(self._entries)

    def snapshot(self) -> Sequence[Entry]:
        """All of them as they are now, for another thread: lines that are added later do not change it."""
        return tuple(Entry(entry.segment, dict(entry.lines)) for entry in self._entries)
