"""What is aimed at, and whether it was reached: the worst language counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

RECORDED, CUT = "as recorded", "pauses cut out"


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that must not be further from zero than a limit."""

    mode: str
    speech: str
    figure: str
    limit: float


TARGETS = (
    Target("balanced", RECORDED, "span, median s", 3.0),
    Target("balanced", RECORDED, "span, p95 s", 5.0),
    Target("balanced", RECORDED, "span, most s", 8.0),
    Target("balanced", RECORDED, "grows, s a minute", 0.05),
    Target("balanced", RECORDED, "word error rate %", 8.0),
    Target("balanced", RECORDED, "under consecutive", 5.0),
    Target("balanced", RECORDED, "finals changed", 0),
    Target("balanced", CUT, "span, median s", 4.0),
    Target("balanced", CUT, "span, p95 s", 6.0),
    Target("balanced", CUT, "span, most s", 8.0),
    Target("balanced", CUT, "grows, s a minute", 0.05),
    Target("balanced", CUT, "under consecutive", 5.0),
    Target("balanced", CUT, "finals changed", 0),
    Target("low", RECORDED, "span, median s", 2.2),
    Target("low", RECORDED, "finals changed", 0),
)
_BOTH_WAYS = "grows, s a minute"
APART = 0.5
"""Seconds by which spans on virtual time and in real time may differ."""


def reached(rows: Iterable[dict[str, Any]], targets: Sequence[Target] = TARGETS) -> list[dict[str, Any]]:
    """A row for every target that was measured. rows: with their mode and speech, of any table."""
    known, found = list(rows), []
    for target in targets:
        values = [
            row[target.figure]
            for row in known
            if (row["mode"], row["speech"]) == (target.mode, target.speech) and row.get(target.figure) is not None
        ]
        if values:
            worst = max(values, key=abs) if target.figure == _BOTH_WAYS else max(values)
            size = abs(worst) if target.figure == _BOTH_WAYS else worst
            found.append(
                {
                    "mode": target.mode,
                    "speech": target.speech,
                    "target": target.figure,
                    "at most": target.limit,
                    "worst": worst,
                    "reached": "yes" if size <= target.limit else "no",
                }
            )
    return found
