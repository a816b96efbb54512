"""Looks a machine over: what works, what is missing and how to get it, and what would make things better."""

from __future__ import annotations

import contextlib
import enum
import hashlib
import platform
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from dragoman import languages
from dragoman.engines import children, registry
from dragoman.engines.embedded import apertium, espeak
from dragoman.engines.embedded.voices import Voices
from dragoman.engines.pool import Pool, family
from dragoman.engines.weights import packaged
from dragoman.errors import EngineFailed
from dragoman.settings import Settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Addresses that only this machine reaches."""
_FEW = 10
"""Source languages up to which each has a line of its own."""
_READABLE = 20
"""Languages that are told by name: a list of a hundred buries the address of the page."""
_PROGRAM_SECONDS = 20
"""Time in which a program that is tried has to answer; it takes a tenth of a second on an idle machine."""


class State(enum.Enum):
    """How a finding is to be taken."""

    OK = "ok"
    ADVICE = "advice"
    """works, and could be better or safer"""
    MISSING = "missing"
    """needed"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    subject: str
    state: State
    text: str
    remedy: str = ""
    """what to do about it"""


def examine(settings: Settings) -> Iterator[Finding]:
    """Everything that a server with these settings needs, in the order in which it needs it. Changes nothing."""
    yield _python()
    yield _pages()
    chosen = registry.chosen(settings.engines, azure=settings.azure)
    yield from _behind(chosen)
    if "embedded" in chosen["recognizer"]:
        yield models(packaged())
    if "embedded" in chosen["translator"]:
        yield _apertium()
    if "embedded" in chosen["voice"]:
        yield voice(espeak.command())
    yield _folder(settings)
    yield _database(settings)
    yield _port(settings)
    yield _reach(settings)
    yield from _ice(settings)


def abilities(pool: Pool) -> Iterator[tuple[str, str]]:
    """What each engine in use does, as (job, sentence): the best of each job, then who stands behind it."""
    for name, recognizer in pool.recognizers.items():
        yield "Recognition", f"{name}: {_names(recognizer.languages)}"
    heard = tuple(pool.heard())
    for name in pool.translators:
        for source in heard:
            routes = {tag: route for tag, (_, route) in pool.offered(source, (name,)).items()}
            if routes or len(pool.translators) == 1:
                qualities = sorted({route.quality for route in routes.values()})
                into = f"{_names(routes)} ({', '.join(qualities)})" if routes else "nothing"
                yield "Translation", f"{name}: {languages.name(source)} into {into}"
            if len(heard) > _FEW:
                # Who hears so many translates into much the same from each of them.
                break
    targets = tuple(pool.targets())
    for name, speaker in pool.voices.items():
        yield "Avatar's voice", f"{name}: {_names(tag for tag in targets if speaker.voices(tag))}"
    for name in pool.faces:
        yield "Avatar's face", name if family(name) != "embedded" else f"{name}: drawn"
    for one in pool.absent:
        yield "Left out", f"{one.job}:{one.engine}: {one.reason}"


def improvements(settings: Settings, pool: Pool) -> Iterator[str]:
    """What would make a running server better, a sentence each."""
    chosen = registry.chosen(settings.engines, azure=settings.azure)
    lacking = apertium.missing() if "embedded" in chosen["translator"] else ()
    if lacking:
        yield f"more languages: apt-get install {' '.join(lacking)}"
    if all(route.quality == "gist" for _, route in pool.targets().values()):
        yield f"a translator that gives more than the gist: {_others('translator', chosen)}"
    heard = tuple(pool.heard())
    if len(heard) == 1:
        yield f"a recogniser that hears more than {_names(heard)}: {_others('recognizer', chosen)}"


def _others(job: str, chosen: Mapping[str, Sequence[str]]) -> str:
    """The engines that could be chosen instead, as a clause."""
    used = {family(name) for name in chosen[job]}
    others = [name for name in registry.names(job) if name not in used]
    choices = " or ".join(f"{job}:{name}" for name in others)
    return f"set ENGINES to {choices}" if others else "no other is installed"


def _behind(chosen: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    """Who does each job, and who takes it over when that one fails."""
    for job, names in chosen.items():
        unknown = [name for name in names if family(name) not in registry.names(job)]
        if unknown:
            remedy = f"Choose one of {', '.join(registry.names(job))} in ENGINES."
            yield _missing("Engines", f"there is no {job} named {', '.join(unknown)}", remedy)
        elif len(names) > 1:
            yield _ok("Engines", f"{job}: {names[0]}, and {', then '.join(names[1:])} when it fails")


def _names(tags: Iterable[str]) -> str:
    """The languages by their names; of more than anybody reads, how many they are."""
    found = [languages.name(tag) for tag in tags]
    return ", ".join(found) if len(found) <= _READABLE else f"{len(found)} languages"


def _ok(subject: str, text: str) -> Finding:
    return Finding(subject, State.OK, text)


def _advice(subject: str, text: str, remedy: str) -> Finding:
    return Finding(subject, State.ADVICE, text, remedy)


def _missing(subject: str, text: str, remedy: str) -> Finding:
    return Finding(subject, State.MISSING, text, remedy)


def _python() -> Finding:
    # An interpreter that is too old does not come this far: pip refuses it.
    return _ok("Python", f"{platform.python_version()} in {sys.prefix}")


def _pages() -> Finding:
    folder = resources.files("dragoman.server") / "static"
    if (folder / "speaker.html").is_file() and (folder / "listener.html").is_file():
        return _ok("Pages", "built; Node is not needed any more")
    return _missing("Pages", f"not in {folder}", "In a checkout `make run` builds them; a wheel carries them.")


def models(folder: Path) -> Finding:
    """Whether the model files in `folder` are those that were packed, by the SHA256SUMS that lies beside them."""
    remedy = "In a checkout run `python scripts/fetch_models.py`; install a wheel again."
    try:
        sums = [line.split() for line in (folder / "SHA256SUMS").read_text().splitlines()]
    except OSError:
        return _missing("Models", f"not in {folder}", remedy)
    wrong = [name for checksum, name in sums if not _has(folder / name, checksum)]
    if wrong:
        return _missing("Models", f"missing or damaged in {folder}: {', '.join(wrong)}", remedy)
    return _ok("Models", f"{len(sums)} files with the right checksums")


def _apertium() -> Finding:
    lacking = apertium.missing()
    pairs = len(apertium.installed())
    remedy = f"Run: apt-get install --no-install-recommends {' '.join(lacking)}"
    if not pairs or "apertium" in lacking:
        return _missing("Apertium", "not installed, so there is no translation", remedy)
    if lacking:
        return _advice("Apertium", f"{pairs} pairs of languages; {len(lacking)} packages are missing", remedy)
    return _ok("Apertium", f"{pairs} pairs of languages")


def voice(command: Sequence[str]) -> Finding:
    """Whether the embedded voice's program, started so, says a word."""
    remedy = "Install it again: pip install --force-reinstall espeakng-loader. There is a wheel for most machines."
    word = espeak.request("bonan", "eo+f2", 1.0)
    try:
        done = subprocess.run(command, input=word, capture_output=True, timeout=_PROGRAM_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        return _missing("Voice", f"eSpeak NG does not start: {error}", remedy)
    answer = children.counted(bytearray(done.stdout))
    try:
        mute = answer is None or not len(espeak.answer(answer[0]).pcm)
    except EngineFailed:
        mute = True
    if mute:
        return _missing("Voice", "eSpeak NG starts but says nothing", remedy)
    return _ok("Voice", f"eSpeak NG speaks, with voices for {len(Voices(espeak.data()).tags)} languages and varieties")


def _has(path: Path, checksum: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == checksum
    except OSError:
        return False


def _folder(settings: Settings) -> Finding:
    wanted = settings.data_dir.absolute()
    obstacle = _obstacle(wanted)
    if obstacle is None:
        return _ok("Data folder", str(wanted))
    remedy = "Give it to the user who runs the server, or set DATA_DIR to another folder."
    return _missing("Data folder", obstacle, remedy)


def _obstacle(folder: Path) -> str | None:
    """Why nothing can be written into a folder, or into one that has to be made; None where it can."""
    place = next(above for above in (folder, *folder.parents) if above.exists())
    try:
        # Asking the system for permissions would not do: it says yes to root on what is mounted read-only.
        with tempfile.TemporaryFile(dir=place):
            return None
    except OSError as error:
        return f"{place} cannot be written: {error.strerror}"


def _database(settings: Settings) -> Finding:
    """Whether the database opens. One that is not there yet is made by the server, not here."""
    remedy = "Set DATABASE_URL to an SQLAlchemy URL, such as sqlite:////var/lib/dragoman/dragoman.sqlite3."
    try:
        place = make_url(settings.database)
        if place.get_backend_name() == "sqlite" and place.database and not Path(place.database).exists():
            obstacle = _obstacle(Path(place.database).absolute().parent)
            if obstacle is not None:
                return _missing("Database", obstacle, remedy)
            return _ok("Database", f"{place.database} will be made when the server starts")
        engine = create_engine(place)
        try:
            with engine.connect() as connection:
                tables = inspect(connection).get_table_names()
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        return _missing("Database", f"cannot be opened: {getattr(error, 'orig', None) or error}", remedy)
    return _ok("Database", f"{place.render_as_string(hide_password=True)} opens, {len(tables)} tables")


def _port(settings: Settings) -> Finding:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    where = f"{settings.host} port {settings.port}"
    try:
        with contextlib.closing(socket.create_server((settings.host, settings.port), family=family)):
            return _ok("Port", f"{where} is free")
    except OSError as error:
        remedy = "If Dragoman runs there already, all is well; else set HOST or PORT to others."
        return _advice("Port", f"{where} cannot be listened on now: {error.strerror}", remedy)


def _reach(settings: Settings) -> Finding:
    """Whether people can use the server from where they are: the microphone needs HTTPS, strangers a key."""
    if settings.public_url.startswith("https://"):
        by = f"people come by {settings.public_url}"
        if settings.host_key:
            return _ok("Reach", by)
        return _advice("Reach", by, "Set HOST_KEY, or everybody who reaches the server may create sessions.")
    if settings.host in LOOPBACK:
        remedy = "For phones on the same network: `dragoman serve --tls-self-signed`. For others: docs/operations.md."
        return _advice("Reach", "this machine only, where the microphone works without HTTPS", remedy)
    remedy = "Add --tls-self-signed, or put a proxy with HTTPS in front and set PUBLIC_URL to its https:// address."
    return _advice("Reach", "the network, but browsers give a page no microphone without HTTPS", remedy)


def _ice(settings: Settings) -> Iterator[Finding]:
    """Whether the STUN and TURN settings make sense together. Nothing is asked of the servers."""
    relays = any(url.startswith("turn") for url in settings.ice_server_url)
    fixed = bool(settings.ice_server_username and settings.ice_server_password)
    if relays and not (fixed or settings.turn_secret):
        remedy = "Set TURN_SECRET, or ICE_SERVER_USERNAME and ICE_SERVER_PASSWORD."
        yield _advice("ICE_SERVER_URL", "a TURN server refuses whoever has no credentials", remedy)
    if settings.turn_secret and not relays:
        yield _advice("TURN_SECRET", "is set, but no TURN server is named", "Name one in ICE_SERVER_URL.")
