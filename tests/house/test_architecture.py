"""Imports follow the arrows of the house, and nothing points back."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = "dragoman"

ROOMS = {
    "values": ("speech", "media", "packets", "languages", "errors", "ice", "figures", "dates"),
    "settings": ("settings",),
    "logs": ("logs",),
    "texts": ("subtitles", "transcript"),
    "journal": ("journal",),
    "protocols": ("engines", "engines.protocols", "engines.pool"),
    "threads": ("engines.threads", "engines.weights"),
    "registry": ("engines.registry",),
    "embedded": ("engines.embedded",),
    "neural": ("engines.neural",),
    "azure": ("engines.azure",),
    "avatar": ("avatar",),
    "encoding": ("encoding", "payloads"),
    "conference": (
        *("conference", "session", "floor", "booth", "relay", "channel", "audience"),
        *(
            "handover",
            "lag",
            "history",
            "events",
            "tape",
            "team",
            "clock",
            "studio",
            "broadcast",
            "cast",
            "booked",
            "stage",
            "casting",
            "pace",
            "turns",
            "prompter",
            "speaking",
            "standin",
            "direct",
            "board",
            "clerk",
            "modes",
            "clauses",
            "fluency",
            "phrases",
            "function_words",
            "glossary",
            "placeholders",
            "mishearing",
            *("company", "lineup", "fallback", "hearing", "interpreters", "speakers", "cost", "treasurer", "portrait"),
            *("editing", "afterwards", "missed", "fading", "monitor", "floorsound", "attendance", "ledger"),
        ),
    ),
    "store": ("store",),
    "webrtc": ("webrtc",),
    "server": ("server",),
    "interpret": ("interpret", "drafts", "film", "filming", "filmed"),
    "films": ("filmmaker",),
    "tls": ("tls",),
    "doctor": ("doctor",),
    "app": ("app",),
    "cli": ("cli", "__main__"),
    "package": ("",),
}
"""Which modules are in which room; a package's name stands for all that is in it, unless a part is named itself."""

_ENGINE = {"values", "protocols", "threads", "avatar"}

ARROWS = {
    "values": set(),
    "settings": {"values"},
    "logs": {"settings"},
    "texts": {"values"},
    "journal": {"values"},
    "protocols": {"values"},
    "threads": {"values"},
    "avatar": {"values"},
    "encoding": {"values"},
    "embedded": _ENGINE,
    "neural": _ENGINE,
    # An Azure avatar's stand-in is drawn as the embedded face draws.
    "azure": _ENGINE | {"embedded"},
    "registry": _ENGINE | {"embedded", "neural", "azure"},
    "conference": {"values", "journal", "protocols", "encoding"},
    "store": {"values", "journal"},
    "webrtc": {"values", "conference", "protocols"},
    "server": {"values", "texts", "settings", "conference", "journal", "protocols", "store", "avatar", "package"},
    "interpret": {"values", "texts", "settings", "conference", "journal", "protocols", "registry", "encoding"},
    "films": {"values", "journal", "protocols", "conference", "interpret"},
    "tls": set(),
    "doctor": {"values", "settings", "protocols", "threads", "registry", "embedded"},
    "app": {
        *("values", "settings", "journal", "protocols", "registry", "conference"),
        *("store", "server", "webrtc", "films", "package"),
    },
    # The command line turns what may go wrong at the start into sentences, so it knows those errors.
    "cli": {
        "values",
        "settings",
        "logs",
        "app",
        "interpret",
        "doctor",
        "tls",
        "registry",
        "azure",
        "threads",
        "store",
        "package",
    },
    "package": set(),
}
"""What each room may import besides itself."""


def modules(source: Path) -> dict[str, Path]:
    """Every module of the package by its name within the house; the package itself has the empty name."""
    found = {}
    for path in source.rglob("*.py"):
        parts = path.relative_to(source).with_suffix("").parts
        found[".".join(part for part in parts if part != "__init__")] = path
    return found


def imports(name: str, path: Path, known: dict[str, Path]) -> set[str]:
    """The modules of the house that a module names in an import, wherever in it that stands."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            named = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = [PACKAGE, *filter(None, package.split("."))]
                base = ".".join([*above[: len(above) - node.level + 1], *filter(None, [node.module])])
            named = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {nearest(target, known) for target in named if target.split(".")[0] == PACKAGE}
    return found - {name}


def nearest(target: str, known: dict[str, Path]) -> str:
    """The module that an imported name is, or is in."""
    inside = target.removeprefix(PACKAGE).lstrip(".")
    while inside not in known:
        inside = inside.rpartition(".")[0]
    return inside


def room(name: str) -> str | None:
    """The room in which a module stands."""
    places = {member: title for title, members in ROOMS.items() for member in members}
    while name not in places:
        if "." not in name:
            return None
        name = name.rpartition(".")[0]
    return places[name]


def prints(node: ast.AST) -> bool:
    """Whether this is a call of print, or takes the process's own output in hand."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "print"
    return isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.stdout", "sys.stderr", "click.echo"}


def against_the_arrows(source: Path) -> list[str]:
    """A sentence for every import that the table does not allow."""
    known = modules(source)
    wrong = []
    for name, path in sorted(known.items()):
        here = room(name)
        for target in sorted(imports(name, path, known)):
            there = room(target)
            if here != there and there not in ARROWS.get(here or "", set()):
                wrong.append(f"{name} ({here}) imports {target} ({there})")
    return wrong


@pytest.fixture(scope="module")
def source(root: Path) -> Path:
    """The package."""
    return root / "src" / PACKAGE


def test_every_module_stands_in_a_room(source: Path) -> None:
    homeless = [name for name in modules(source) if room(name) is None]
    assert homeless == [], "name them in ROOMS, and say in ARROWS what they may import"


def test_imports_follow_the_arrows(source: Path) -> None:
    assert against_the_arrows(source) == []


def test_no_module_imports_itself_by_way_of_others(source: Path) -> None:
    known = modules(source)
    graph = {name: imports(name, path, known) - {""} for name, path in known.items()}
    # A package's own `__init__` may gather what is in it; its parts do not import it back.
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_the_rooms_themselves_make_no_circle() -> None:
    TopologicalSorter(ARROWS).prepare()


def test_only_the_command_line_prints(source: Path) -> None:
    printing = []
    for name, path in modules(source).items():
        if room(name) in ("cli", "logs"):
            continue
        printing += [f"{name}: {ast.unparse(node)}" for node in ast.walk(ast.parse(path.read_text())) if prints(node)]
    assert printing == []


@pytest.mark.parametrize(
    ("module", "line", "complaint"),
    [
        (
            "engines/embedded/recognizer",
            "from dragoman.session import Session",
            "engines.embedded.recognizer (embedded) imports session (conference)",
        ),
        (
            "engines/azure/voice",
            "from dragoman import floor",
            "engines.azure.voice (azure) imports floor (conference)",
        ),
        ("floor", "import dragoman.server.live", "floor (conference) imports server.live (server)"),
        ("server/http", "from ..webrtc import peers", "server.http (server) imports webrtc.peers (webrtc)"),
        ("speech", "def late():\n    from dragoman.store import store", "speech (values) imports store.store (store)"),
        ("server/live", "from dragoman.app import serve", "server.live (server) imports app (app)"),
    ],
)
def test_an_import_against_the_arrows_is_found(tmp_path: Path, module: str, line: str, complaint: str) -> None:
    for other in ("session", "floor", "app", "server/live", "webrtc/peers", "store/store"):
        (tmp_path / other).parent.mkdir(exist_ok=True)
        (tmp_path / f"{other}.py").touch()
    (tmp_path / module).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / f"{module}.py").write_text(line)
    assert complaint in against_the_arrows(tmp_path)
