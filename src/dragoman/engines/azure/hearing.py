"""What the service tells of one speaker becomes Partials, Finals and Safes. Decides without waiting or the SDK."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dragoman.engines.azure.loudness import Loudness
from dragoman.engines.azure.prefixes import Clause, Cutting, Phrase
from dragoman.errors import EngineFailed
from dragoman.speech import Begun, Final, Partial, Pcm, Recognition, Safe, samples

_PRE_ROLL = samples(300)
"""Sound before the beginning of speech that is kept with it: whoever hears it again needs the beginning of a consonant
that the service, or the energy, missed"""
_SAFE_EVERY = samples(500)
_WORD = samples(500)
"""Loud sound that may be a word: a cough or a click is shorter"""


@dataclass(frozen=True, slots=True)
class Told:
    """A result of the service, on the floor."""

    start: int
    """samples"""
    end: int
    text: str
    """empty: it heard no words there"""
    final: bool
    translations: Mapping[str, str] = field(default_factory=dict)
    """by offered tag"""
    language: str = ""
    """the candidate that was identified"""


class Hearing:
    """One stream's state. Its Partials of one phrase have the same start; what it gives is in floor order."""

    def __init__(
        self,
        start: int,
        targets: Sequence[str],
        cutting: Cutting | None,
        *,
        live: bool,
        begun: Begun | None = None,
        spaced: bool = True,
    ) -> None:
        """start: floor position of the first sample. targets: tags into which the service translates. cutting: None
        where phrases are given whole. live: Partials are wanted, and clauses before the end of a phrase. spaced: as
        of Phrase.
        """
        self._phrase = Phrase(targets, cutting if live else None, begun=begun, spaced=spaced)
        self._targets = bool(targets)
        self._live = live
        self._loudness = Loudness(start)
        self._opened: int | None = None
        """floor position where the open phrase began"""
        self._told_to = start
        """floor position up to which the service has told anything"""
        self._end = start
        """floor position one past what was fed"""
        self._settled = start
        """floor position up to which the service has told all"""
        self._safe = start

    @property
    def unsettled(self) -> bool:
        """Whether the service has still to tell something about sound that was fed."""
        return self._phrase.open or self._loudness.first is not None

    @property
    def unheard(self) -> int:
        """Samples of loud sound that the service owes a word: those since it last told anything, and those before, in
        a backlog, of which it has told nothing."""
        return max(self._loudness.heard, self._loudness.waiting)

    def feed(self, pcm: Pcm) -> list[Recognition]:
        """Sound that was given to the service; what is safe by now."""
        self._loudness.hear(pcm)
        self._end = pcm.end
        safe = self._calm(self._end - _PRE_ROLL)
        return self._give_safe(safe) if safe >= self._safe + _SAFE_EVERY else []

    def notice(self) -> None:
        """The service has told something that is no result: it is there."""
        self._loudness.heard = 0

    def tell(self, told: Told) -> list[Recognition]:
        """A result of the service; what it yields. Raises EngineFailed where it has left one out before."""
        self._loudness.heard = 0
        if self._opened is not None and told.start > self._told_to:
            raise EngineFailed("Azure's speech recognition went on without the end of what it was hearing.")
        self._told_to = max(self._told_to, told.end)
        start = max(told.start, self._settled, self._safe if not self._phrase.open else 0)
        end = min(max(told.end, start), max(self._end, start))
        if not told.final:
            return self._hypothesis(told, start, end) if told.text and self._live else []
        return self._final(told, start, end)

    def pass_noise(self, before: int, *, heard: bool) -> list[Recognition]:
        """Loud sound before this floor position, of which the service has told nothing for long, was no speech.

        heard: the service has told anything since then. Raises EngineFailed where it has not and there may be a word.
        """
        if self._phrase.open:
            return []
        if not heard and self._loudness.longest(before) >= _WORD:
            raise EngineFailed("Azure's speech recognition says nothing to what was said.")
        self._loudness.expire(before)
        return self._give_safe(self._calm(self._end - _PRE_ROLL))

    def finish(self) -> list[Recognition]:
        """Nothing more comes: everything that was fed is safe."""
        return self._give_safe(self._end)

    def pass_gap(self, to: int, *, there: bool = True) -> list[Recognition]:
        """There is no sound up to this floor position, and the service has told all before it, or never will.

        there: it is connected; where it is not, or where there may have been a word, what was loud goes on waiting
        for the service's. Raises EngineFailed where it has begun to tell of something and not ended.
        """
        if self._opened is not None:
            raise EngineFailed("Azure's speech recognition did not come to an end of what it was hearing.")
        if self._loudness.first is not None and (not there or self._loudness.longest(self._end) >= _WORD):
            self._end = max(self._end, to)
            return []
        self._loudness.expire(self._end)
        self._settled = self._end = max(self._end, to)
        return self._give_safe(self._end)

    def _hypothesis(self, told: Told, start: int, end: int) -> list[Recognition]:
        if self._opened is None:
            self._opened = start
        clauses = self._phrase.hear(told.text, told.translations, self._opened, max(end, self._opened + 1))
        given: list[Recognition] = []
        for clause in clauses:
            safe = max(self._safe, self._settled, self._opened - _PRE_ROLL)
            given.append(self._clause(clause, safe, told.language))
            self._safe = safe
        return [*given, self._partial(told.language)]

    def _clause(self, clause: Clause, safe: int, language: str) -> Final:
        return Final(
            clause.start,
            clause.end,
            clause.text,
            safe,
            said=clause.said,
            translations=clause.translations,
            language=language,
        )

    def _partial(self, language: str) -> Partial:
        assert self._opened is not None
        return Partial(
            self._phrase.start if self._targets else self._opened,
            self._phrase.certain,
            self._phrase.tail,
            translations=self._phrase.translations,
            language=language,
        )

    def _final(self, told: Told, start: int, end: int) -> list[Recognition]:
        begin = start if self._opened is None else self._opened
        clause = self._phrase.finish(told.text, told.translations, begin, max(end, begin))
        self._opened = None
        self._settled = max(self._settled, end)
        self._loudness.settle(self._settled)
        if clause is None:
            return self._give_safe(self._calm(self._settled))
        self._safe = max(self._safe, self._settled, clause.end)
        return [self._clause(clause, self._safe, told.language)]

    def _calm(self, at_most: int) -> int:
        """The floor position, not after `at_most`, before which nothing is left that may be speech."""
        if self._opened is not None:
            return self._safe
        first = self._loudness.first
        return max(self._settled, at_most if first is None else min(at_most, first - _PRE_ROLL))

    def _give_safe(self, position: int) -> list[Recognition]:
        if position <= self._safe:
            return []
        self._safe = position
        return [Safe(position)]
