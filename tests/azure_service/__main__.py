"""The service on its own, for browsers and benchmarks: `python -m azure_service --port 8000`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from .script import Script
from .service import KEY, AzureService
from .state import Limits, Pace


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m azure_service", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 is a free one, which is printed")
    spoken = parser.add_mutually_exclusive_group()
    spoken.add_argument("--script", type=Path, help="JSON or lines: sentences that come in the tone language")
    spoken.add_argument("--wav-script", type=Path, help="the same for a recording: sentences in order, by energy")
    parser.add_argument("--key", default=KEY)
    parser.add_argument("--wobble", action="store_true", help="hypotheses are sometimes wrong at their end")
    parser.add_argument("--realtime", type=float, default=Pace().realtime, help="synthesis, times faster than speech")
    parser.add_argument("--avatar-idle", type=float, default=Limits().avatar_idle, help="seconds")
    parser.add_argument("--avatar-connection", type=float, default=Limits().avatar_connection, help="seconds")
    asked = parser.parse_args()
    path = asked.wav_script or asked.script
    service = AzureService(
        Script.read(path) if path else (),
        listens="energy" if asked.wav_script else "tones",
        wobble=asked.wobble,
        key=asked.key,
        port=asked.port,
        pace=Pace(realtime=asked.realtime),
        limits=Limits(avatar_idle=asked.avatar_idle, avatar_connection=asked.avatar_connection),
    )
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    with service:
        for name, value in service.settings().items():
            sys.stdout.write(f"{name}={value}\n")
        sys.stdout.flush()
        over.wait()


if __name__ == "__main__":
    main()
