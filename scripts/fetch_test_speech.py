"""Brings recordings of real speech for tests and benchmarks into `.cache/speech/` (20 MB are downloaded).

    python scripts/fetch_test_speech.py

What they say stands in `tests/speech.json`. Five more recordings come with Debian's pocketsphinx-testdata; they
are used where they lie, and this says so when the package is missing. Plain Python 3.11, like fetch_models.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fetch_models import FetchError, Part, Source, fetch

SPEECH = Path(__file__).resolve().parent.parent / ".cache" / "speech"
LIBRIVOX = Path("/usr/share/pocketsphinx/test/data/librivox")

RECORDINGS = (
    Source(
        "pypi",
        "moonshine-voice",
        "0.1.5",
        "1ed9e0ccf94be4845d69e7fa862dcf4c8b5801a758796966494c694f48184496",
        (
            Part(
                "two_cities.wav",
                "moonshine_voice/assets/two_cities.wav",
                "f3348494d77cb74a02862f5e685ed09faf3e75832c5cc5c80703282c2cd8b52e",
            ),
            Part(
                "beckett.wav",
                "moonshine_voice/assets/beckett.wav",
                "e5a26b3d29e5b0bc8dbd72c11d16a3808a4ec0ac45b21f12a27d2a2fe5c5ae61",
            ),
        ),
        # only its recordings are wanted, so any machine may take the wheel made for one kind
        options=("--platform", "manylinux_2_34_x86_64", "--python-version", "3.11"),
    ),
)


def main() -> int:
    """Fetch, and say what was brought and what is missing."""
    try:
        written = fetch(SPEECH, RECORDINGS)
    except FetchError as error:
        print(f"fetch_test_speech: {error}", file=sys.stderr)
        return 1
    if written:
        print(f"Recordings: {', '.join(written)} written to {SPEECH}")
    if not LIBRIVOX.is_dir():
        print(
            f"fetch_test_speech: {LIBRIVOX} is missing (Debian: apt-get install pocketsphinx-testdata); "
            "the tests that use it fail without it.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
