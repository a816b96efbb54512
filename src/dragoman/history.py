"""What has been said in a running session, in memory: the log from which booths work and late joiners are served."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dragoman.speech import Entry, Line, Segment


class History:
    """Entries in order of id, without holes from 1. Everything in it is kept in the journal already."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries: list[Entry] = list(entries)

    @property
    def last_id(self) -> int:
        """The newest segment's id, 0 where there is none."""
        return len(self._entries)

    def add(self, segment: Segment, lines: Iterable[Line] = ()) -> None:
        """A new segment, with the lines that came with it; its id is the next one."""
        if segment.id != self.last_id + 1:
            raise ValueError(f"segment {segment.id} does not follow {self.last_id}")
        self._entries.append(Entry(segment, {line.language: line for line in lines}))

    def add_line(self, line: Line) -> None:
        """A segment's translation."""
        self._entries[line.segment_id - 1].lines[line.language] = line

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
