"""`make bench`: runs every benchmark, prints what each says, and writes the figures to docs/benchmarks.md.

    python -m benchmarks [name ...]     those named; without a name all

A benchmark is a module of this folder that takes `--json FILE` and writes its figures there as one JSON object.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.document import section, updated

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "benchmarks.md"
BENCHMARKS = ("recognition", "translation", "voice", "face", "channel", "store", "captions", "media", "browser")
ALL = (*BENCHMARKS, "pages", "stamps", "soak", "simul", "azure", "renewals")
"""With those that are run only when they are named: npm brings Lighthouse for one, the others take long."""


def run(name: str) -> dict[str, Any]:
    """One benchmark's figures; what it prints passes through. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "figures.json"
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}", "--json", str(file)], cwd=ROOT, check=True)
        figures: dict[str, Any] = json.loads(file.read_text())
    return figures


def where() -> str:
    """On what, of what and when it is measured, as half a sentence."""
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    processor = _from_proc("cpuinfo", "model name") or platform.processor()
    return (
        f"on {datetime.now(UTC):%Y-%m-%d}, commit {_commit()}: {cores} cores of {processor}, "
        f"{_gigabytes(_from_proc('meminfo', 'MemTotal'))}, {_system()}, Python {platform.python_version()}; "
        f"load when it began {load:.1f}."
    )


def _commit() -> str:
    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", f":!{DOCUMENT.relative_to(ROOT)}")
    return git("rev-parse", "--short=12", "HEAD") + (" and changes not committed" if changed else "")


def _from_proc(file: str, key: str) -> str:
    for line in Path("/proc", file).read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return ""


def _gigabytes(kibibytes: str) -> str:
    return f"{int(kibibytes.split()[0]) / 2**20:.0f} GiB" if kibibytes else "unknown"


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.platform()


def main() -> int:
    """Run what was asked for; 1 where one failed, whose section stays as it was."""
    chosen = tuple(sys.argv[1:]) or BENCHMARKS
    unknown = [name for name in chosen if name not in ALL]
    if unknown:
        print(
            f"There is no benchmark {', '.join(unknown)}; there are {', '.join(ALL)}.",
            file=sys.stderr,
        )
        return 2
    failed = []
    for name in chosen:
        place = where()
        print(f"\n== {name} {place}", flush=True)
        try:
            figures = run(name)
        except subprocess.CalledProcessError as error:
            print(f"The benchmark {name} failed with exit code {error.returncode}.", file=sys.stderr)
            failed.append(name)
            continue
        page = DOCUMENT.read_text() if DOCUMENT.exists() else ""
        DOCUMENT.write_text(updated(page, {name: section(name, figures, place)}, ALL))
        print(f"Written to {DOCUMENT.relative_to(ROOT)}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
