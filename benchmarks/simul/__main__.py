"""Simultaneous interpreting of ten minutes of continuous speech: lag, what it costs in quality, whether it keeps up.

    python -m benchmarks.simul [--minutes 10] [--mode balanced ...] [--speech recorded ...] [--live 10] [--json FILE]

The real conference with the real engines, four languages and their avatars watched, on virtual time: every engine call
is really made, and the CPU time that it took is booked on two simulated cores (hall, engines, machine). CPU time, not
wall time, so that other work on the machine disturbs little; of children their own. Then one talk in real time beside
it (live), for which the machine has to do nothing else. The figures are explained where they are made: `measures`,
`quality`, `figures`; the true times of words come from `truth`. Not simulated are the interpreter's lock between the
server's threads, caches, and the network.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.simul.runs import Result, Run, beneath, beside, result
from benchmarks.simul.targets import reached

from dragoman.modes import MODES

_PAUSES = {"recorded": True, "cut": False}


def measured(runs: list[Run], jobs: int) -> list[Result]:
    """The runs' results, so many at a time; each in a process of its own, for engines and loops leave no trace then."""
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"), max_tasks_per_child=1) as pool:
        found = []
        for one in pool.map(result, runs):
            for row in (*one.interpreting, one.floor, one.costs):
                print(json.dumps(row), flush=True)
            found.append(one)
        return found


def figures_of(virtual: list[Result], real: Result | None) -> dict[str, Any]:
    """All tables."""
    beneath(virtual)
    interpreting = [row for one in virtual for row in one.interpreting]
    figures: dict[str, Any] = {
        "targets": reached([*interpreting, *(one.floor for one in virtual)]),
        "interpreting": interpreting,
        "floor": [one.floor for one in virtual],
        "simulated machine": [one.costs for one in virtual],
    }
    if real is not None:
        same = next((one for one in virtual if one.run.name == real.run.name), None)
        figures["in real time"] = {**real.costs, "interpreting in real time": real.interpreting}
        figures["floor in real time"] = [real.floor]
        if same is not None:
            figures["virtual beside real"] = beside(same, real)
    return figures


def main() -> None:
    """Print the figures; write them where --json says."""
    parser = argparse.ArgumentParser(description="Simultaneous interpreting of continuous speech.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--mode", nargs="*", choices=tuple(MODES), default=list(MODES))
    parser.add_argument("--speech", nargs="*", choices=tuple(_PAUSES), default=list(_PAUSES))
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time on virtual time")
    parser.add_argument("--live", type=float, default=10, help="minutes in real time; 0: none")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    runs = [Run(mode, _PAUSES[speech], asked.minutes) for speech in asked.speech for mode in asked.mode]
    virtual = measured(runs, asked.jobs)
    live = [Run("balanced", pauses=True, minutes=asked.live, live=True)] if asked.live else []
    figures = figures_of(virtual, next(iter(measured(live, 1)), None))
    for row in (*figures["targets"], *figures.get("virtual beside real", ())):
        print(json.dumps(row), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
