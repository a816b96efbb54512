"""One phrase of the service while it grows: which words are certain, and which of them are a clause already.

The service ends a phrase where the speaker pauses. One who does not pause would be interpreted after half a minute, so
the words that successive hypotheses agree on are given before, in every language at once. What was given is never taken
back: later wordings are read from where it ends. Nothing here waits or knows the SDK; positions are floor samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dragoman.engines.azure.wording import Word, after, covered, rewritten, shared, text_of, weight, words
from dragoman.speech import Begun, ms, samples


@dataclass(frozen=True, slots=True)
class Cutting:
    """When words of a phrase that goes on are a clause; as a row of the conference's modes, for what a service tells
    of unfinished speech: mostly neither punctuation nor capitals."""

    sentence: int
    """words from which on the end of a sentence ends it"""
    part: int
    """words from which on any mark ends it"""
    longest: int
    """words after which it ends wherever it is"""
    patience: int
    """ms from its first word until it ends wherever it is"""


CUTTING: Mapping[str, Cutting] = {
    "low": Cutting(sentence=1, part=3, longest=6, patience=1_200),
    "balanced": Cutting(sentence=2, part=4, longest=10, patience=2_500),
}
"""By latency mode; a mode that is not here (consecutive) has phrases whole."""
_FEWEST = 2
"""Words of a clause that ends where nothing does."""
_SHARE = 0.6
"""Of the words that a translation should have for a clause, by the lengths so far, those that it must have: languages
that put the verb last have fewer for a while."""
_WEARY = 2
"""So many times its patience a clause waits for its translations; then any of their words will do."""
_SPARE = 2
"""Words that a translation may be ahead of its clause, rather than to be cut between two words of it."""
_MARGIN = samples(200)
"""Samples before the end of what was given in which a phrase that is heard again may end with its last word."""
ELSEWHERE = "…"
"""Stands for the words of a clause where they were given before, and only translations go on."""


@dataclass(frozen=True, slots=True)
class Clause:
    """Words that are given."""

    start: int
    """samples, estimated by letters"""
    end: int
    text: str
    translations: Mapping[str, str]
    """by offered tag; empty where the words of a language were given before"""
    said: str = ""
    """all that was given of the phrase with it, in the floor's language; empty where the phrase is over"""


class Track:
    """One language of a phrase."""

    def __init__(self, given: Sequence[Word] = ()) -> None:
        self.given = tuple(given)
        """what was given of it, as it was given"""
        self.rest: tuple[Word, ...] = ()
        """what the latest hypothesis has after that"""
        self.certain = 0
        """how many words of the rest were in the hypothesis before too"""

    def hear(self, now: Sequence[Word]) -> None:
        """Take a hypothesis. The last word is held back, for it may have been cut in the middle."""
        rest = tuple(now[after(self.given, now) :])
        self.certain = min(shared(self.rest, rest), max(0, len(rest) - 1))
        self.rest = rest

    def give(self, number: int) -> tuple[Word, ...]:
        """Give the next words of the rest."""
        these = self.rest[:number]
        self.given += these
        self.rest = self.rest[number:]
        self.certain = max(0, self.certain - number)
        return these

    def finish(self, now: Sequence[Word]) -> tuple[Word, ...]:
        """What the final wording has after what was given. What it does not account for stays given."""
        fresh = tuple(now[after(self.given, now) :])
        self.given = () if fresh else self.given[covered(self.given, now) :]
        self.rest, self.certain = (), 0
        return fresh


class FloorTrack(Track):
    """The speaker's language: words that were certain once stay, though they were not given yet."""

    def hear(self, now: Sequence[Word]) -> None:
        """See Track."""
        kept = self.rest[: self.certain]
        fresh = tuple(now[after((*self.given, *kept), now) :])
        agreed = min(shared(self.rest[self.certain :], fresh), max(0, len(fresh) - 1))
        self.rest = (*kept, *fresh)
        self.certain += agreed

    def settle(self, now: Sequence[Word], *, whole: bool) -> tuple[Word, ...]:
        """As finish, with every word that was certain in its place: whoever counts words can go on counting.

        whole: with what was given too.
        """
        certain = self.rest[: self.certain]
        counted = rewritten((*self.given, *certain), now) if whole else ()
        fresh = rewritten(certain, self.finish(now))
        return counted or fresh


class Phrase:
    """What the service hears between two pauses. One object serves phrase after phrase; `finish` ends each."""

    def __init__(
        self, targets: Sequence[str], cutting: Cutting | None, *, begun: Begun | None = None, spaced: bool = True
    ) -> None:
        """cutting: None where phrases are given whole. spaced: the floor's words have spaces between them.

        begun: what was given of the first speech before, by whoever heard it then; a language that is not in its
        translations was given as far as the floor's was.
        """
        known = begun.translations if begun else {}
        self.floor = FloorTrack(words(begun.text) if begun else ())
        self.targets = {tag: Track(words(known.get(tag, ""))) for tag in targets}
        self._unknown = [tag for tag in targets if begun and begun.text and tag not in known]
        self._cutting = cutting
        # Without targets somebody else cuts, by counting what stands between spaces: there is nothing to count then.
        self._certain = spaced or bool(targets)
        self._begun = begun
        self._counted = not targets and begun is not None
        """the next Final is to have what was given before too: whoever cuts it counts its words"""
        self._start: int | None = None
        self._reached = 0
        """floor position up to which clauses were given, samples"""

    @property
    def open(self) -> bool:
        """Whether there is a phrase that goes on."""
        return self._start is not None

    @property
    def start(self) -> int:
        """Where what is not given yet begins."""
        return max(self._start or 0, self._reached)

    @property
    def certain(self) -> str:
        """The words that are certain and not given yet; without targets, with those that were given before."""
        if not self._certain:
            return ""
        return text_of((*(self.floor.given if self._counted else ()), *self.floor.rest[: self.floor.certain]))

    @property
    def tail(self) -> str:
        """The words after these, which may still change."""
        return text_of(self.floor.rest[self.floor.certain if self._certain else 0 :])

    @property
    def translations(self) -> dict[str, str]:
        """What is certain of each translation and not given yet."""
        return {tag: text_of(track.rest[: track.certain]) for tag, track in self.targets.items()}

    def hear(self, text: str, translations: Mapping[str, str], start: int, end: int) -> list[Clause]:
        """Take a hypothesis of the phrase from start to end; the clauses that it makes."""
        if self._start is None:
            self._open(start)
        now = words(text)
        self.floor.hear(now)
        for tag, track in self.targets.items():
            if tag in translations:
                self._place_unknown(tag, words(translations[tag]), len(now))
                track.hear(words(translations[tag]))
        return list(self._cut(end)) if self._cutting and self.targets else []

    def finish(self, text: str, translations: Mapping[str, str], start: int, end: int) -> Clause | None:
        """The phrase is over: what follows what was given of it, None where nothing does.

        text: empty where the service heard no words after all.
        """
        if self._start is None:
            self._open(start)
        begin, now = self.start, words(text)
        found = {}
        for tag, track in self.targets.items():
            if tag in translations:
                self._place_unknown(tag, words(translations[tag]), len(now))
                found[tag] = text_of(track.finish(words(translations[tag])))
        rest = self.floor.finish(now) if self.targets else self.floor.settle(now, whole=self._counted)
        self._counted = False
        if self._begun is None or end > self._begun.end - _MARGIN:
            self._forget()
        self._start = None
        self._reached = max(self._reached, end)
        said = text_of(rest) or (ELSEWHERE if any(found.values()) else "")
        return Clause(begin, max(begin + 1, end), said, found) if said else None

    def _open(self, start: int) -> None:
        self._start = start
        if self._begun is not None and start >= self._begun.end:
            # What was given is not heard again: the sound of it is gone.
            self._counted = False
            self._forget()
        elif self._begun is not None and self.targets:
            self._reached = max(self._reached, self._begun.end)

    def _forget(self) -> None:
        """Nothing of what comes was given before."""
        self._begun, self._unknown = None, []
        for track in (self.floor, *self.targets.values()):
            track.given, track.rest, track.certain = (), (), 0

    def _place_unknown(self, tag: str, now: Sequence[Word], spoken: int) -> None:
        """Nobody knows which words of a translation were given: as large a part of it as of the floor's words."""
        if tag not in self._unknown or spoken < len(self.floor.given):
            return
        self._unknown.remove(tag)
        self.targets[tag].given = tuple(now[: round(len(now) * len(self.floor.given) / max(1, spoken))])

    # -- where to cut

    def _cut(self, end: int) -> Iterator[Clause]:
        assert self._cutting is not None
        while (number := self._number(self._cutting, end)) and (shares := self._shares(number, self._cutting, end)):
            begin, stop = self.start, self._place(number, end)
            text = text_of(self.floor.give(number))
            said = {tag: text_of(self.targets[tag].give(share)) for tag, share in shares.items()}
            self._reached = max(begin + 1, stop)
            yield Clause(begin, self._reached, text, said, said=text_of(self.floor.given))

    def _number(self, cutting: Cutting, end: int) -> int:
        """How many certain words are a clause; 0: they are none yet."""
        certain = self.floor.rest[: self.floor.certain]
        enough = [number for number in range(1, len(certain) + 1) if weight(certain[:number]) >= cutting.sentence]
        for number in reversed(enough):
            if certain[number - 1].ends_sentence:
                return number
        for number in reversed(enough):
            if certain[number - 1].ends_part and weight(certain[:number]) >= cutting.part:
                return number
        waited = ms(end - self.start) >= cutting.patience and weight(certain) >= _FEWEST
        return len(certain) if waited or weight(certain) >= cutting.longest else 0

    def _shares(self, number: int, cutting: Cutting, end: int) -> dict[str, int]:
        """How many words of each translation go with so many of the floor's; empty while one has too few."""
        weary = ms(end - self.start) >= _WEARY * cutting.patience
        shares = {}
        for tag, track in self.targets.items():
            due = len(track.rest) * number / max(1, len(self.floor.rest))
            if track.certain < (1 if weary else max(1, _SHARE * due)):
                return {}
            shares[tag] = _share(track.rest[: track.certain], due)
        return shares

    def _place(self, number: int, end: int) -> int:
        """The floor position at which so many words of the rest end, by their letters."""
        spoken = text_of(self.floor.rest)
        given = text_of(self.floor.rest[:number])
        return self.start + round((end - self.start) * len(given) / max(1, len(spoken)))


def _share(certain: Sequence[Word], due: float) -> int:
    """How many of the certain words of a translation to give where so many are due: up to a mark near there, or all."""
    marks = [n for n in range(1, len(certain) + 1) if certain[n - 1].ends_part and abs(n - due) <= max(_SPARE, due / 2)]
    if marks:
        return min(marks, key=lambda n: abs(n - due))
    return len(certain) if len(certain) <= due + _SPARE else max(1, round(due))
