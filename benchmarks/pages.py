"""The pages on a slow phone: what Lighthouse says of them, and how soon a listener can press the button.

    python -m benchmarks.pages [--runs 3] [--json FILE]

Lighthouse's mobile profile: a phone four times slower than this machine on a line of 1.6 Mbit/s with 150 ms there and
back. Each page is loaded with an empty cache; of several runs the median counts. `npx` brings Lighthouse from the
registry that npm is configured for, and the browser is Debian's Chromium.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import uuid
from pathlib import Path
from typing import Any

from benchmarks.captions import ROOT, post, server

LIGHTHOUSE = "lighthouse@12.8.2"
"""The newest one that runs on Debian's Node."""
STATIC = ROOT / "src" / "dragoman" / "server" / "static"
_CHROMIUM = "/usr/bin/chromium"
_FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
_CATEGORIES = {"performance": "performance", "accessibility": "accessibility", "best-practices": "best practices"}
_TIMES = {
    "first-contentful-paint": "first paint s",
    "largest-contentful-paint": "largest paint s",
    "interactive": "ready to tap s",
}
_ATTEMPTS = 3
"""A trace without a beginning happens on a busy machine; then Lighthouse itself asks to be run again."""


def audit(url: str) -> dict[str, float]:
    """One load of a page: scores of 100, seconds. Raises RuntimeError."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        for _ in range(_ATTEMPTS):
            run = subprocess.run(
                [
                    *("npm", "exec", "--yes", f"--package={LIGHTHOUSE}", "--", "lighthouse", url),
                    *("--quiet", "--no-enable-error-reporting", "--form-factor=mobile"),
                    *("--output=json", f"--output-path={report}", f"--only-categories={','.join(_CATEGORIES)}"),
                    f"--chrome-flags={' '.join(_FLAGS)}",
                ],
                # There npm is told to run no package's own code at installation.
                cwd=ROOT / "web",
                env=os.environ | {"CHROME_PATH": _CHROMIUM},
                capture_output=True,
                text=True,
                check=False,
            )
            if run.returncode == 0:
                return _read(json.loads(report.read_text(encoding="utf-8")))
    raise RuntimeError(f"Lighthouse failed: {run.stderr.strip()[-2000:]}")


def _read(report: dict[str, Any]) -> dict[str, float]:
    scores = {name: round(100 * report["categories"][key]["score"]) for key, name in _CATEGORIES.items()}
    audits = report["audits"]
    times = {name: audits[key]["numericValue"] / 1000 for key, name in _TIMES.items()}
    requests = audits["network-requests"]["details"]["items"]
    return scores | times | {"requests": len(requests), "kB": sum(one["transferSize"] for one in requests) / 1000}


def median(runs: list[dict[str, float]]) -> dict[str, float]:
    """Of each figure the median."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def sizes() -> dict[str, dict[str, float]]:
    """What a browser is sent of each page, in kB compressed."""
    parts = {"page with its looks": "{}.html", "script": "{}.js", "words, English": "words/{}-en.json"}
    return {
        page: {f"{part} kB": (STATIC / f"{name.format(page)}.br").stat().st_size / 1000 for part, name in parts.items()}
        for page in ("listener", "speaker")
    }


def measure(runs: int) -> dict[str, Any]:
    """All figures."""
    pages: dict[str, dict[str, float]] = {}
    with server() as (url, _):
        host = str(uuid.uuid4())
        talk = {"sessionName": "Benchmark", "sourceLanguage": "en", "targetLanguages": ["es", "fr"]}
        code = post(url, "createSession", talk, host)["sessionId"]
        listener = f"{url}/listener/{code}?language=es"
        for name, address in {"listener, before the talk": listener, "speaker": f"{url}/speaker"}.items():
            pages[name] = median([audit(address) for _ in range(runs)])
            print(f"{name}: {pages[name]}", flush=True)
        post(url, "startTranslation", {"sessionId": code}, host)
        pages["listener, in the talk"] = median([audit(listener) for _ in range(runs)])
    return {"Lighthouse": LIGHTHOUSE.partition("@")[2], "runs": runs, "pages": pages, "sizes": sizes()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    figures = measure(arguments.runs)
    print(json.dumps(figures, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
