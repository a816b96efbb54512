"""One run and its figures, for a process of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks.simul import figures, hall, live
from benchmarks.simul.talks import talk
from benchmarks.simul.targets import APART, CUT, RECORDED

SPEECH = {True: RECORDED, False: CUT}


@dataclass(frozen=True, slots=True)
class Run:
    """What is measured at a time."""

    mode: str
    pauses: bool
    minutes: float
    live: bool = False

    @property
    def name(self) -> dict[str, str]:
        """As the tables say it."""
        return {"mode": self.mode, "speech": SPEECH[self.pauses]}


@dataclass(frozen=True, slots=True)
class Result:
    """Rows of the tables."""

    run: Run
    interpreting: list[dict[str, Any]]
    floor: dict[str, Any]
    costs: dict[str, Any]


def result(run: Run) -> Result:
    """Play the talk and make the figures."""
    speech = talk(run.minutes, pauses=run.pauses)
    course = (live if run.live else hall).play(speech.sound, run.mode)
    return Result(
        run,
        [{**run.name, **row} for row in figures.rows(course, speech)],
        {**run.name, **figures.floor(course, speech)},
        dict(course.notes) if run.live else {**run.name, **figures.machine(course)},
    )


def beneath(results: list[Result]) -> None:
    """Add to every row how much less its text is like the whole than in `consecutive`, in points of chrF."""
    best = {
        (row["speech"], row["language"]): row["chrF lower-cased"]
        for one in results
        for row in one.interpreting
        if row["mode"] == "consecutive"
    }
    for one in results:
        for row in one.interpreting:
            key = row["speech"], row["language"]
            row["under consecutive"] = best[key] - row["chrF lower-cased"] if key in best else None


def beside(virtual: Result, real: Result) -> list[dict[str, Any]]:
    """The ear-voice spans of the same talk on virtual and in real time, and how far they are apart, seconds."""
    found = []
    for one, other in zip(virtual.interpreting, real.interpreting, strict=True):
        row: dict[str, Any] = {"language": one["language"]}
        for key in ("span, median s", "span, p95 s", "span, most s", "grows, s a minute", "end behind the talk's s"):
            row[f"{key}, virtual"], row[f"{key}, real"] = one[key], other[key]
        apart = [
            abs(one[key] - other[key]) if one[key] is not None and other[key] is not None else None
            for key in ("span, median s", "span, p95 s")
        ]
        row["median apart s"], row["p95 apart s"] = apart
        row["agrees"] = "yes" if all(gap is not None and gap <= APART for gap in apart) else "no"
        found.append(row)
    return found
