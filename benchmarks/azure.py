"""Azure's engines against the local Azure: captions and avatars at 1 to 20 listeners, and renewals in a longer talk.

    python -m benchmarks.azure [--listeners 1,5,10,20] [--sentences 6] [--minutes 5] [--json FILE]

A real server whose every engine is Azure's, the unmodified SDK, the service of tests/azure_service, and listeners with
a socket and a media peer each in processes of their own. The speaker talks in the service's tone language, in real
time; a sentence ended when the chunk with its last sound was sent. An avatar's sound is heard when the first packet
with energy in it arrives after silence. With `direct` avatars send small pictures: they do not pass through the server.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
from benchmarks.azure_measures import counted, first_within, onsets
from benchmarks.azure_talk import Heard, Recital, azure_server, azure_service, caption_times, hold, recital
from benchmarks.renewals import GAP_SECONDS, SCALED, renewals

SAME_SECONDS = 0.05
"""By which the caption may differ between the fewest and the most listeners."""
TOGETHER_SECONDS = 0.5
"""Within which the last avatar begins after the first."""
_SMALL = 0.1
"""Of the size of Azure's pictures."""

Row = dict[str, Any]


def room(url: str, process: psutil.Process, service: Any, said: Recital, listeners: int, *, direct: bool) -> Row:
    """One talk with this many listeners."""
    before, load = len(service.spoken), os.getloadavg()[0]
    heard = hold(url, process, service, said, listeners, direct=direct)
    captions, sounds = caption_times(said, heard), sound_times(heard)
    spoken = [one.text for one in service.spoken[before:] if one.service == "avatar"]
    whole = [counted(said.translations, [text for *_, text in one["captions"]], []).captioned for one in heard.people]
    late = sorted(at for one in captions for at in one)
    first = sorted(at for one in sounds for at in one)
    spread = [max(one) - min(one) for one in sounds]
    return {
        "listeners": listeners,
        "caption, median s": statistics.median(late),
        "caption, worst s": late[-1],
        "avatar sound, median s": statistics.median(first),
        "avatar sound, worst s": first[-1],
        "last listener after the first, median s": statistics.median(spread) if listeners > 1 else None,
        "last after the first, worst s": max(spread) if listeners > 1 else None,
        "sentences": len(said.spans),
        "captions missing": listeners * len(said.spans) - sum(whole),
        "sounds missing": listeners * len(said.spans) - len(first),
        "spoken by avatars": len(spoken),
        "server, % of a core": heard.figures["server"],
        "machine idle %": heard.figures["idle"],
        "listeners held up by the machine, worst s": heard.figures["held up"],
        "load before": load,
    }


def sound_times(heard: Heard) -> list[list[float]]:
    """End of speech → first sound of the avatar, seconds: a list per sentence with those of all who heard it."""
    begun = [onsets(one["spoken"]) for one in heard.people]
    found = [[first_within(times, since, until) for times in begun] for since, until in heard.sent]
    return [
        [at - since for at in arrivals if at is not None]
        for arrivals, (since, _) in zip(found, heard.sent, strict=True)
        if any(at is not None for at in arrivals)
    ]


def rooms(mode: str, counts: Sequence[int], said: Recital) -> Iterator[Row]:
    """A row for each number of listeners. mode: what AZURE_AVATAR is set to."""
    direct = mode == "direct"
    pace = azure_service.Pace(picture=_SMALL) if direct else None
    with (
        azure_service.AzureService(said.script, pace=pace, relays=()) as service,
        azure_server(service, AZURE_AVATAR=mode) as (url, process),
    ):
        for count in counts:
            yield room(url, process, service, said, count, direct=direct)
        assert not service.failures, service.failures[0]


def comparison(mode: str, rows: Sequence[Row]) -> Row:
    """The fewest listeners against the most."""
    few, many = rows[0], rows[-1]
    name = "caption, median s"
    return {
        "avatars": mode,
        "listeners": f"{few['listeners']} and {many['listeners']}",
        "caption, s more": many[name] - few[name],
        "caption, times": many[name] / few[name],
        "avatar sound, times": many["avatar sound, median s"] / few["avatar sound, median s"],
    }


def targets(compared: Sequence[Row], direct: Sequence[Row], renewed: Row) -> list[Row]:
    """What should be, what was measured, and whether it is reached."""
    found = [
        (f"caption independent of listeners, {one['avatars']}: s", abs(one["caption, s more"]), SAME_SECONDS)
        for one in compared
    ]
    found += [
        (
            f"last of {row['listeners']} direct avatars after the first: s",
            row["last after the first, worst s"],
            TOGETHER_SECONDS,
        )
        for row in direct[-1:]
        if row["listeners"] > 1
    ]
    found += [
        ("longest gap in picture over renewals: s", renewed["longest gap in picture s"], GAP_SECONDS),
        ("longest gap in sound over renewals: s", renewed["longest gap in sound s"], GAP_SECONDS),
        ("sentences lost or said twice over renewals", renewed["lost or twice"], 0),
    ]
    return [
        {"target": name, "measured": figure, "at most": most, "reached": "yes" if figure <= most else "no"}
        for name, figure, most in found
    ]


def printed(title: str, rows: Sequence[Row]) -> None:
    """A table on the terminal, a line per row."""
    print(f"\n{title}")
    for row in rows:
        figures = {name: f"{value:.3g}" if isinstance(value, float) else value for name, value in row.items()}
        print("  " + "  ".join(f"{name} {value}" for name, value in figures.items() if value is not None), flush=True)


def main() -> None:
    """Print the tables; write them where --json says."""
    parser = argparse.ArgumentParser(description="Azure's engines against the local Azure.")
    parser.add_argument("--listeners", default="1,5,10,20")
    parser.add_argument("--sentences", type=int, default=6)
    parser.add_argument(
        "--minutes", type=float, default=5, help="of the talk with renewals; 0: no such talk, and nothing is written"
    )
    parser.add_argument("--modes", default="shared,direct")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    counts = [int(part) for part in asked.listeners.split(",")]
    said, compared = recital(asked.sentences), []
    figures: dict[str, list[Row]] = {}
    for mode in asked.modes.split(","):
        figures[mode] = []
        for row in rooms(mode, counts, said):
            printed(mode, [row])
            figures[mode].append(row)
        compared.append(comparison(mode, figures[mode]))
    printed("ratios", compared)
    if not asked.minutes:  # for a first look
        return
    renewed = renewals(asked.minutes, SCALED)
    printed("renewals", [renewed])
    reached = targets(compared, figures.get("direct", ()), renewed)
    printed("targets", reached)
    if asked.json:
        tables = {"targets": reached, "most listeners against fewest": compared}
        avatars = {f"{mode} avatars": rows for mode, rows in figures.items()}
        asked.json.write_text(json.dumps({**tables, **avatars, "renewals, limits scaled down": [renewed]}))


if __name__ == "__main__":
    main()
