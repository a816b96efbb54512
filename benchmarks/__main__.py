"""`make bench`: runs every benchmark, prints what each says, and writes the figures to docs/benchmarks.md.

    python -m benchmarks [name ...]     those named, only printing; all of them, and the document, without a name

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

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "benchmarks.md"
BENCHMARKS = ("recognition", "translation", "voice", "face", "channel", "store", "captions")

_OPENING = """\
# Benchmarks

The last run of `make bench`, which rewrites this page. Figures are of one machine and one moment: run it on yours.

"""


def run(name: str) -> dict[str, Any]:
    """One benchmark's figures; what it prints passes through. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "figures.json"
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}", "--json", str(file)], cwd=ROOT, check=True)
        figures: dict[str, Any] = json.loads(file.read_text())
    return figures


def machine() -> dict[str, Any]:
    """Where and on what the figures were measured."""
    return {
        "commit": _commit(),
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": _from_proc("cpuinfo", "model name") or platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory": _gigabytes(_from_proc("meminfo", "MemTotal")),
        "system": _system(),
        "Python": platform.python_version(),
        "load when it began": round(os.getloadavg()[0], 1),
    }


def markdown(title: str, figures: dict[str, Any], level: int = 2) -> str:
    """A JSON object as a section: what is single in one table, every list or object of objects in one of its own."""
    single = {key: value for key, value in figures.items() if not _is_nested(value)}
    parts = [f"{'#' * level} {words(title)}"]
    if single:
        parts.append(table([{"": words(key), "figure": value} for key, value in single.items()]))
    for key, value in figures.items():
        if isinstance(value, list) and _is_nested(value):
            parts.append(f"{'#' * (level + 1)} {words(key)}\n\n{table(value)}")
        elif isinstance(value, dict) and all(isinstance(row, dict) for row in value.values()):
            rows = [{"": words(name), **row} for name, row in value.items()]
            parts.append(f"{'#' * (level + 1)} {words(key)}\n\n{table(rows)}")
        elif isinstance(value, dict):
            parts.append(markdown(key, value, level + 1))
    return "\n\n".join(parts)


def table(rows: list[dict[str, Any]]) -> str:
    """Rows as a Markdown table, columns in the order in which they first come."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = [[words(column) for column in columns], ["---"] * len(columns)]
    lines += [[cell(row.get(column)) for column in columns] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(value: object) -> str:
    """A figure as it is read; four significant digits are more than any of them is worth."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(cell(part) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{words(key)} {cell(part)}" for key, part in value.items())
    return str(value).replace("|", "\\|").replace("\n", " ")


def words(name: str) -> str:
    """A key as words."""
    return name.replace("_", " ")


def _is_nested(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(part, dict) for part in value))


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
    """Run what was asked for; 1 where a benchmark failed, and the document stays as it was."""
    chosen = tuple(sys.argv[1:]) or BENCHMARKS
    unknown = [name for name in chosen if name not in BENCHMARKS]
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    where = machine()
    sections = [markdown("Machine", where)]
    for name in chosen:
        print(f"\n== {name}", flush=True)
        try:
            figures = run(name)
        except subprocess.CalledProcessError as error:
            print(f"The benchmark {name} failed with exit code {error.returncode}.", file=sys.stderr)
            return 1
        command = f"`python -m benchmarks.{name}`"
        heading, _, rest = markdown(name.capitalize(), figures).partition("\n\n")
        sections.append(f"{heading}\n\n{command}\n\n{rest}")
    if chosen == BENCHMARKS:
        DOCUMENT.write_text(_OPENING + "\n\n".join(sections) + "\n")
        print(f"\nWritten to {DOCUMENT.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
