"""Which ways through Apertium's pairs are usable, by measurement.

`routes.json` is written by scripts/measure_routes.py, which says how; docs/translation.md shows it as tables.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from importlib import resources
from itertools import permutations

from dragoman.engines.embedded.apertium import TAGS
from dragoman.engines.protocols import Route

TABLE = "routes.json"
"""The table's file, beside this module."""

WORST_CHRF = 40.0
"""chrF2 (0 to 100) below which a route is not offered. A text left in English reaches 22 to 28 in these languages."""

WORST_UNKNOWN = 0.1
"""Share of words left untranslated above which a route is not offered."""

MOST_MEMORY = 500
"""MiB above which a relay is taken only if there is no other. One is: French by Catalan, 780 MiB and 1.4 s to start for
1.5 chrF more than by Spanish, which takes 200 MiB and 0.4 s."""

QUALITY = "gist"
"""Of all of them: even the best is far below what a neural engine does."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What became of parallel texts on a route; means over the texts."""

    source: str
    target: str
    pivot: str | None
    chrf: float
    """chrF2, 0 to 100"""
    bleu: float
    """0 to 100"""
    unknown: float
    """share of words that the last leg left untranslated"""
    memory: int
    """MiB of the programs of all its legs"""

    @property
    def legs(self) -> tuple[tuple[str, str], ...]:
        """The pairs that have to be installed."""
        return legs_of(self.source, self.target, self.pivot)

    @property
    def usable(self) -> bool:
        """Whether the sense comes through."""
        return self.chrf >= WORST_CHRF and self.unknown <= WORST_UNKNOWN


def legs_of(source: str, target: str, pivot: str | None) -> tuple[tuple[str, str], ...]:
    """The pairs that one goes by."""
    return ((source, target),) if pivot is None else ((source, pivot), (pivot, target))


def measured() -> tuple[Measured, ...]:
    """The table."""
    text = resources.files(__package__).joinpath(TABLE).read_text(encoding="utf-8")
    names = Measured.__dataclass_fields__
    return tuple(Measured(**{name: row[name] for name in names}) for row in json.loads(text)["routes"])


def usable(installed: Collection[tuple[str, str]]) -> tuple[Route, ...]:
    """At most one route per pair of tags, out of the installed pairs: the direct one if it is usable, else the relay
    with the best chrF among those that are not too large. In the order of TAGS, by which `pt` finds Portugal's
    Portuguese first."""
    rows = [row for row in measured() if row.usable and all(leg in installed for leg in row.legs)]
    direct = {(row.source, row.target): row for row in rows if row.pivot is None}
    best = dict(direct)
    relays = [row for row in rows if row.pivot is not None]
    for row in sorted(relays, key=lambda row: (row.memory > MOST_MEMORY, -row.chrf)):
        if row.legs[0] in direct:  # else nobody would speak the pivot's language
            best.setdefault((row.source, row.target), row)
    ordered = (best[pair] for pair in permutations(TAGS, 2) if pair in best)
    return tuple(Route(row.source, row.target, QUALITY, row.pivot) for row in ordered)
