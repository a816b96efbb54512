"""What the documentation says exists, and what exists is documented."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from fastapi.routing import APIRoute

from dragoman.events import (
    AudienceChanged,
    AvatarState,
    Caption,
    Cost,
    CostUpdated,
    EngineState,
    Event,
    InfoChanged,
    ListenerJoined,
    Notice,
    PaceHint,
    SegmentCondensed,
    SegmentCorrected,
    SegmentRetracted,
    SessionInfo,
    SessionOver,
    StateChanged,
)
from dragoman.server import answers
from dragoman.server.access import Attempts, Origins, Passcodes
from dragoman.server.films import films
from dragoman.server.http import api, health
from dragoman.server.live import Live
from dragoman.server.media import media
from dragoman.server.metrics import Metrics
from dragoman.server.pages import pages
from dragoman.server.sockets import MALFORMED
from dragoman.server.words import words

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(str(path.relative_to(ROOT)) for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")))

INFO = SessionInfo(
    session_id="123456",
    name="A talk",
    source="en",
    targets=("es",),
    active=True,
    ended=False,
    listeners=0,
    listeners_by_language={},
    engines={},
    passcode_required=False,
    options={},
)
CAPTION = Caption(segment_id=1, language="es", source_text="a", text="b", start=0, end=16, arrived=0, final=True)
EVENTS = (
    CAPTION,
    replace(CAPTION, final=False),
    AvatarState("es", segment_id=1, speaking=True, lag_ms=2400),
    SegmentCondensed("es", segment_id=1),
    SegmentRetracted(segment_id=1),
    SegmentCorrected(segment_id=1, language="es", text="b"),
    PaceHint("es", lag_ms=6200, slow_down=True),
    EngineState("voice", "embedded", before="azure", reason="failed"),
    CostUpdated(Cost("USD", 0.5, None, ())),
    StateChanged(active=True),
    InfoChanged(INFO, for_host=False),
    SessionOver(),
    AudienceChanged(count=0, by_language={}),
    ListenerJoined(count=1),
    Notice(message="a sentence", code="badRequest"),
)
"""One of each event, and both kinds of caption."""


def tracked(root: Path) -> Iterator[Path]:
    """Every text file that git keeps."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        path = root / name
        if path.is_file() and b"\0" not in path.read_bytes()[:4096]:
            yield path


def anchors(text: str) -> set[str]:
    """What headings can be linked to as."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def shape(path: str) -> str:
    """A route whatever its parameters are called."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def documented_rows(root: Path, heading: str) -> list[list[str]]:
    """The rows of the table under a heading of docs/interface.md, cell by cell."""
    text = (root / "docs" / "interface.md").read_text()
    part = re.split(r"^## ", text.split(f"\n## {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in part.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row] for row in rows]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(root: Path, name: str) -> None:
    document = root / name
    text = document.read_text()
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        linked = (document.parent / path) if path else document
        if not linked.exists() or (anchor and anchor not in anchors(linked.read_text())):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_to_be_made_can_be_made(root: Path, name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.MULTILINE))
    text = (root / name).read_text()
    named = set(re.findall(r"`make ([a-z-]+)`", text)) | set(re.findall(r"^ {4}make ([a-z-]+)", text, re.MULTILINE))
    assert named <= targets


def test_every_target_for_people_has_its_help(root: Path) -> None:
    said = subprocess.run(["make", "help"], cwd=root, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  make (\S+)", said, re.MULTILINE)) == {
        *("help", "run", "test", "lint", "screenshots", "bench", "bench-simul", "bench-pages", "bench-azure"),
        *("wheel", "doctor", "clean"),
    }


def test_every_route_is_documented_and_every_documented_route_exists(root: Path) -> None:
    documented = {
        (method, shape(path))
        for heading in ("Pages", "HTTP")
        for row in documented_rows(root, heading)
        for method, path in re.findall(r"`(GET|POST|DELETE|PUT|PATCH|OPTIONS) ([^`]+)`", row[0])
    }
    existing = {
        (method, shape(route.path))
        for router in (api, words, films, media, health, pages)
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in (route.methods or set()) - {"HEAD"}  # like GET, without the body
    }
    # The document is readable at /docs and said to be so in the text above the tables.
    assert existing - {("GET", "/docs")} == documented


def test_every_event_is_documented_and_every_documented_event_exists(root: Path) -> None:
    rows = documented_rows(root, "Socket.IO")
    taken = {row[0].strip("`") for row in rows if row[1].endswith("→ server")}
    given = {row[0].strip("`") for row in rows if row[1].startswith("server →")}
    assert {type(event) for event in EVENTS} == set(get_args(Event)), "add an example of the new event"
    assert given == {answers.event("123456", "en", event, 0)[0] for event in EVENTS}
    live = Live(
        passcodes=Passcodes(1), wrong_codes=Attempts(1, 1), metrics=Metrics(), origins=Origins((), ""), now=lambda: 0
    )
    assert taken == set(live.sio.handlers["/"]) - {"connect", "disconnect", MALFORMED}


def test_every_metric_is_documented_and_every_documented_metric_exists(root: Path) -> None:
    documented = set(re.findall(r"^\| `(dragoman_\w+)` ", (root / "docs" / "operations.md").read_text(), re.MULTILINE))
    in_code = {
        name
        for path in (root / "src" / "dragoman").rglob("*.py")
        for name in re.findall(r'"(dragoman_\w+)"', path.read_text())
    }
    assert {name.removesuffix("_total") for name in documented} == in_code - {"dragoman_immediate"}


def test_every_dependency_has_its_line(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    names = {re.split(r"[<>=\[ ;]", requirement)[0].lower() for requirement in wanted}
    web = json.loads((root / "web" / "package.json").read_text())
    names |= {name for name in {**web["dependencies"], **web["devDependencies"]} if not name.startswith("@types/")}
    text = (root / "docs" / "dependencies.md").read_text().lower()
    assert {name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)} == set()


def test_no_file_names_a_package_registry_or_a_place_on_one_machine(root: Path) -> None:
    hosts = [
        ".".join(parts) for parts in (("npmjs", "org"), ("npmjs", "com"), ("pypi", "org"), ("pythonhosted", "org"))
    ]
    words = [*hosts, "/".join(("", "root", "")), "/".join(("", "work", ""))]
    named = [
        (path.relative_to(root), word) for path in tracked(root) for word in words if word in path.read_text("utf-8")
    ]
    assert named == []
