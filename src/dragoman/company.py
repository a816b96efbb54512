"""The engines of one session, composed of the server's: each job is done by the best that answers and may be paid."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from dragoman.casting import look_of
from dragoman.cost import FREE, Meter, Prices
from dragoman.engines.pool import Pool, family
from dragoman.engines.protocols import Brief, TalkingFace
from dragoman.events import Cost, EngineState, Notice
from dragoman.fallback import Patience
from dragoman.glossary import Glossary, following
from dragoman.hearing import Hearing
from dragoman.interpreters import Interpreters, patience
from dragoman.lineup import Lineup
from dragoman.modes import Mode, mode_of
from dragoman.speakers import Faces, Speakers

MOST_PHRASES = 500
"""Terms of a glossary that a recogniser is told: more help none, and services refuse them."""
_DOES = {
    "recognizer": "recognises what is said",
    "translator": "translates",
    "voice": "is the avatars' voice",
    "face": "is the avatars' face",
}

Options = Mapping[str, Any]
"""A session's choices, as in createSession."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a server's sessions use its engines."""

    patience: Patience = field(default_factory=Patience)
    prices: Prices = FREE
    most: float | None = None
    """what a session may cost, in the currency of the prices; None: there is no limit"""
    profanity: Literal["masked", "removed", "raw"] = "raw"


class Company:
    """Who works for one session."""

    def __init__(
        self,
        pool: Pool,
        terms: Terms,
        *,
        options: Callable[[], Options],
        usage: Mapping[str, Mapping[str, float]],
        tell: Callable[[EngineState | Notice], None],
        time: Callable[[], float],
        recast: Callable[[], None] = lambda: None,
    ) -> None:
        """options: asked again every time. usage: what was used before, by engine and kind.

        tell: the host; never waits. time: seconds on a clock that never goes back. recast: called when another face is
        to be used.
        """
        self.pool = pool
        self._terms = terms
        self._options = options
        self._tell = tell
        self._recast = recast
        self.meter = Meter(terms.prices, terms.most, amounts={engine: dict(kinds) for engine, kinds in usage.items()})
        self.lineup = Lineup(
            pool,
            patience=terms.patience,
            choice=lambda: options().get("engines") or {},
            costs=terms.prices.costs,
            told=self._changed,
            time=time,
        )
        if self.meter.share >= 1:
            self.lineup.save(tell=False)
        self.glossary: Callable[[], Glossary] = following(options)
        self.voice = Speakers(pool, self.lineup, self.meter, patience=self._patience)
        self.face = Faces(pool, self.lineup, self.meter, patience=self._patience)
        self.lineup.covering("face", lambda name: self.face.does(name, look_of(options())))

    def mode(self) -> Mode:
        """The latency mode as it is now."""
        return mode_of(self._options())

    def save(self) -> None:
        """Only what costs nothing is used from now on, where there is such a one."""
        faces = self.lineup.order("face")
        self.lineup.save()
        self._recast_unless(faces)

    @contextmanager
    def choosing(self) -> Iterator[None]:
        """Around a change of the host's choice: at its end the engines are others, and the host is told."""
        at_work, faces = self.lineup.at_work(), self.lineup.order("face")
        yield
        self.lineup.chosen(at_work)
        self._recast_unless(faces)

    def _recast_unless(self, faces: Sequence[str]) -> None:
        # Not by who is at work: a face that does not answer is still being tried, and must not be any more.
        if self.lineup.order("face")[:1] != faces[:1]:
            self._recast()

    def _patience(self) -> float:
        return patience(self.mode())

    @property
    def cost(self) -> Cost | None:
        """What the session has cost; None where nothing here costs anything."""
        costly = any(self._terms.prices.costs(name) for names in self.pool.names().values() for name in names)
        return self.meter.cost() if costly else None

    def hearing(self, language: str, candidates: Sequence[str], targets: Callable[[], Sequence[str]]) -> Hearing:
        """Who listens to the floor. language: its tag. targets: the offered tags, asked again every time."""

        def brief(name: str) -> Brief:
            return Brief(
                mode=self.mode().name,
                targets=tuple(targets()) if self.one_family(name) else (),
                phrases=self.glossary().prepared("phrases", lambda: _phrases(self.glossary())),
                profanity=self._terms.profanity,
            )

        return Hearing(self.pool, self.lineup, self.meter, language, candidates, brief)

    def one_family(self, recognizer: str) -> bool:
        """Whether the translator at work is of the recogniser's family, so that what the one gives is the other's."""
        return family(recognizer) == family(self.lineup.up("translator") or "")

    def interpreters(self) -> Interpreters:
        """The translators, for one shift."""
        return Interpreters(self.pool, self.lineup, self.meter, mode=self.mode, glossary=self.glossary)

    def _changed(self, state: EngineState) -> None:
        self._tell(state)
        # Who speaks by itself was tried all the time, and takes over between two lines.
        drawn = state.job == "face" and not isinstance(self.pool.faces[state.engine], TalkingFace)
        if drawn and state.reason == "returned":
            self._recast()
        if state.reason == "failed":
            self._tell(
                Notice(
                    f"{state.before} does not answer; {state.engine} {_DOES[state.job]} until it does again.",
                    "unavailable",
                    "engineReplaced",
                    {"job": state.job, "engine": state.engine, "before": state.before},
                )
            )


def _phrases(glossary: Glossary) -> tuple[str, ...]:
    return tuple(dict.fromkeys(term.source for term in glossary.terms))[:MOST_PHRASES]
