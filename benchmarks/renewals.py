"""A long talk whose avatar is renewed: sentences in, captions out, sentences spoken, and gaps at somebody who watches.

    python -m benchmarks.renewals [--minutes 40] [--scaled] [--json FILE]

As in `benchmarks.azure`, with one listener who decodes picture and sound, at the service's own limits (an avatar is
connected for 30 minutes at most), or scaled down to a thirtieth. A gap in the picture is a time without a change of
it: every picture that the local service's avatars send differs from the one before. A gap in the sound is a time
without a packet, or silence within a line where the voice has none that long.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.azure_measures import counted, first_within, lines_of, longest_quiet, onsets
from benchmarks.azure_talk import PAUSE_SECONDS, azure_server, azure_service, caption_times, hold, recital

GAP_SECONDS = 0.3
"""That nobody may be without picture or sound for longer."""
SENTENCE_SECONDS = 2.2 + PAUSE_SECONDS
"""From one to the next: eight words of the tone language and the pause."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The service's limits and the settings that answer to them; seconds."""

    connection: float
    """after which the service ends an avatar's connection"""
    idle: float
    """without a line, after which it does"""
    renew: float
    """AZURE_AVATAR_RENEW_SECONDS"""
    let_go: float
    """AZURE_AVATAR_IDLE_SECONDS"""


REAL = Terms(connection=1800, idle=300, renew=1680, let_go=240)
SCALED = Terms(connection=60, idle=10, renew=50, let_go=8)
"""30 minutes become one. The margin before the limit cannot shrink as much: a line takes as long as ever."""


def renewals(minutes: float, terms: Terms) -> dict[str, Any]:
    """A talk of so many minutes. Raises AssertionError where a sentence has no caption at all."""
    said, load = recital(max(2, round(minutes * 60 / SENTENCE_SECONDS))), os.getloadavg()[0]
    limits = azure_service.Limits(avatar_connection=terms.connection, avatar_idle=terms.idle)
    settings = {
        "AZURE_AVATAR_RENEW_SECONDS": str(terms.renew),
        "AZURE_AVATAR_IDLE_SECONDS": str(terms.let_go),
    }
    with (
        azure_service.AzureService(said.script, limits=limits, relays=()) as service,
        azure_server(service, **settings) as (url, process),
    ):
        heard = hold(url, process, service, said, 1, direct=False)
        spoken = [one.text for one in service.spoken if one.service == "avatar"]
        connections = sum(one.connected is not None for one in service.pictures)
        assert not service.failures, service.failures[0]
    viewer = heard.people[0]
    begun = onsets(viewer["spoken"])
    first = [first_within(begun, since, until) for since, until in heard.sent]
    lines = lines_of(viewer["spoken"], begun)
    counts = counted(said.translations, [text for *_, text in viewer["captions"]], spoken)
    captions = sorted(at for one in caption_times(said, heard) for at in one)
    sounds = sorted(at - since for at, (since, _) in zip(first, heard.sent, strict=True) if at is not None)
    lost = 2 * counts.said - counts.captioned - counts.spoken
    return {
        "minutes": heard.wall / 60,
        "avatar connections": connections,
        "renewals": connections - 1,
        "sentences in": counts.said,
        "captions out": counts.captioned,
        "sentences spoken": counts.spoken,
        "sentences heard": len(sounds),
        "lost or twice": lost,
        "longest gap in picture s": viewer["picture gap"],
        "longest gap in sound s": max(viewer["sound gap"], longest_quiet(viewer["spoken"], lines)),
        "from one avatar's picture to the next one's, worst s": max(viewer["handovers"], default=None),
        "pictures": viewer["pictures"],
        "pictures not Azure's": viewer["drawn"],
        "caption, median s": captions[len(captions) // 2],
        "avatar sound, median s": sounds[len(sounds) // 2],
        "avatar sound, worst s": sounds[-1],
        "server, % of a core": heard.figures["server"],
        "machine idle %": heard.figures["idle"],
        "viewer held up by the machine, worst s": heard.figures["held up"],
        "load before": load,
    }


def main() -> None:
    """Print the figures; write them where --json says."""
    parser = argparse.ArgumentParser(description="A long talk whose avatar is renewed.")
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--scaled", action="store_true", help="the service's limits are a thirtieth")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    figures = renewals(asked.minutes, SCALED if asked.scaled else REAL)
    print(json.dumps(figures, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
