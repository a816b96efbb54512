"""Films of talks, made on demand one after the other, each by a program of its own; the files that come of it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import shutil
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import Any, Literal

import structlog

from dragoman.casting import look_of, voice_for
from dragoman.company import Company, Terms
from dragoman.cost import spoken_characters
from dragoman.engines.pool import Pool
from dragoman.engines.protocols import Face
from dragoman.errors import EngineFailed, TooMany, Unavailable, Unsupported, WrongState
from dragoman.filmed import Job, Sentence
from dragoman.glossary import following
from dragoman.interpret import about
from dragoman.journal import SessionRecord
from dragoman.ledger import Ledger
from dragoman.speech import Entry

log = structlog.get_logger(__name__)

WAITING = 20
"""Films that may wait to be made; who asks for more is told to come back."""
STUCK_SECONDS = 600.0
"""A film of which nothing is heard for so long is given up. A long silence in a talk is drawn in one go."""

WRITTEN_SECONDS = 5.0
"""What a film costs is written down so often."""
_ALWAYS = "embedded"
"""The engine that every server can load."""

State = Literal["working", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class Film:
    """A film, as it is kept beside its file."""

    film_id: str
    """nobody guesses it: who has it may fetch the film"""
    session_id: str
    language: str
    name: str
    """what the file is called where it is kept"""
    digest: str
    """of what is said and shown in it"""
    state: State = "working"
    error: str = ""


class Filmmaker:
    """Makes films and keeps them until their sessions are forgotten. Open with `filmmaking`."""

    def __init__(self, folder: Path, pool: Pool, terms: Terms, ledger: Ledger) -> None:
        """folder: where the films are kept. pool: the engines, of which each film's program loads its own. terms: on
        which they are used; ledger: where that is written down.
        """
        self._folder = folder
        self._pool = pool
        self._terms = terms
        self._ledger = ledger
        self._said: Counter[str] = Counter()
        """characters by engine that are not written down yet, of the film that is being made"""
        self._films: dict[str, Film] = {}
        self._shares: dict[str, float] = {}
        self._jobs: asyncio.Queue[tuple[Film, Job]] = asyncio.Queue(WAITING)
        self._running: tuple[str, Popen[bytes]] | None = None
        self._heard = 0.0

    # -- what is asked

    async def make(self, record: SessionRecord, entries: Sequence[Entry], tag: str) -> Film:
        """Have a film made of an ended session, in an offered tag; the one that there is where nothing has changed.

        Raises WrongState, Unsupported, TooMany, Unavailable.
        """
        if record.ended is None:
            raise WrongState("the talk still goes on; a film can be made of it when the session has ended")
        film_id = secrets.token_urlsafe(16)
        mine = [film for film in self._of(record.session_id) if film.language == tag]
        for job in self._jobs_for(record, entries, tag, self._folder / record.session_id / f"{film_id}.mp4"):
            digest = hashlib.sha256(replace(job, file="").written().encode()).hexdigest()
            same = next((film for film in mine if film.digest == digest and film.state != "failed"), None)
            if same is not None:
                return same
        if self._jobs.full():
            raise TooMany(f"{WAITING} films wait to be made; try again later", retry_after=60)
        film = Film(film_id, record.session_id, tag, _file_name(record.name, tag), digest)
        for old in mine:
            await self._discard(old)
        try:
            await asyncio.to_thread(_keep, self._folder, film)
        except OSError as error:
            raise Unavailable(f"the server cannot keep films now ({error.strerror}); try again later") from error
        self._films[film_id] = film
        self._shares[film_id] = 0.0
        try:
            self._jobs.put_nowait((film, job))
        except asyncio.QueueFull:
            await self._discard(film)
            raise TooMany(f"{WAITING} films wait to be made; try again later", retry_after=60) from None
        return film

    def _jobs_for(self, record: SessionRecord, entries: Sequence[Entry], tag: str, file: Path) -> Iterator[Job]:
        """The film as the host would have it, and, where the session may not cost as much, as it is made then: with a
        voice that costs nothing. Raises Unsupported where no voice speaks this language.
        """
        company = Company(
            self._pool,
            replace(self._terms, most=None),
            options=lambda: record.options,
            usage=record.usage,
            tell=lambda _: None,
            time=time.monotonic,
        )
        job = self._job(record, entries, tag, company, file)
        yield job
        characters = sum(spoken_characters(sentence.spoken) for sentence in job.sentences)
        company.meter.used(job.engines["voice"][0], "voice", characters)
        if self._terms.most is not None and company.meter.total > self._terms.most:
            company.lineup.save(tell=False)
            yield self._job(record, entries, tag, company, file)

    def _job(self, record: SessionRecord, entries: Sequence[Entry], tag: str, company: Company, file: Path) -> Job:
        interpreted = any(target.tag == tag for target in record.targets)
        voice = voice_for(company, tag, record.options) if interpreted else None
        if voice is None:
            raise Unsupported("no avatar speaks this language here; there is no film in it")
        return _job(record, entries, tag, voice, self._chosen(record, tag, voice), file)

    def find(self, film_id: str) -> Film | None:
        """The film of this id."""
        return self._films.get(film_id)

    def share(self, film: Film) -> float:
        """How much of it is made, 0 to 1."""
        return 1.0 if film.state == "ready" else self._shares.get(film.film_id, 0.0)

    def file(self, film: Film) -> Path:
        """Where the film lies, once it is ready."""
        return self._folder / film.session_id / f"{film.film_id}.mp4"

    def sessions(self) -> set[str]:
        """The sessions of which there are films."""
        return {film.session_id for film in self._films.values()}

    async def forget(self, session_id: str) -> None:
        """The session is gone, or says something else; and so its films are gone, those too that were being made."""
        for film in self._of(session_id):
            await self._discard(film)
        await asyncio.to_thread(shutil.rmtree, self._folder / session_id, ignore_errors=True)

    def _of(self, session_id: str) -> list[Film]:
        return [film for film in self._films.values() if film.session_id == session_id]

    async def _discard(self, film: Film) -> None:
        self._films.pop(film.film_id, None)
        self._shares.pop(film.film_id, None)
        if self._running is not None and self._running[0] == film.film_id:
            self._running[1].kill()
        await asyncio.to_thread(_remove, self._folder, film)

    def _chosen(self, record: SessionRecord, tag: str, voice: str) -> dict[str, tuple[str, ...]]:
        """The engines that may make a film, by job: those of the voice and of the presenter, then who can do it too."""
        choice = record.options.get("engines") or {}
        voices = self._pool.order("voice", choice.get("voice"))
        own = [name for name in voices if any(one.name == voice for one in self._pool.voices[name].voices(tag))]
        faces = self._pool.order("face", choice.get("face"))
        there = [name for name in faces if _has(self._pool.faces[name], record.options.get("avatarCharacter", ""))]
        return {"voice": (*own, _ALWAYS), "face": (*there, _ALWAYS)}

    # -- work

    async def open(self) -> None:
        """Know what was made before; what was being made then has failed."""
        for film in await asyncio.to_thread(_kept, self._folder):
            if film.state == "working":
                film = replace(film, state="failed", error="the server was restarted; ask for the film again")
                await self._note(film)
            self._films[film.film_id] = film

    async def work(self) -> None:
        """Make one film after the other until cancelled."""
        while True:
            film, job = await self._jobs.get()
            if film.film_id not in self._films:
                continue
            try:
                error = await self._shoot(film, job)
            except Exception as bug:  # noqa: BLE001  # whatever happens to one film, others are made
                log.error("filming failed", session=film.session_id, error=type(bug).__name__)
                error = "the film could not be made; ask for it again"
            await self._settle(film, error)

    async def _settle(self, film: Film, error: str) -> None:
        self._shares.pop(film.film_id, None)
        if film.film_id not in self._films:  # discarded while it was being made
            await asyncio.to_thread(_remove, self._folder, film)
            return
        film = replace(film, state="failed" if error else "ready", error=error)
        self._films[film.film_id] = film
        if error:
            await asyncio.to_thread(_unlink, self.file(film))
        await self._note(film)
        log.info("film made", session=film.session_id, language=film.language, state=film.state)

    async def _note(self, film: Film) -> None:
        """Keep what is known of a film beside it. Where that cannot be written it is so until the server stops."""
        try:
            await asyncio.to_thread(_keep, self._folder, film)
        except OSError as error:
            log.error("film not noted", session=film.session_id, reason=error.strerror)

    async def _shoot(self, film: Film, job: Job) -> str:
        """Why it failed; empty where it is there."""
        loop = asyncio.get_running_loop()
        try:
            program = await asyncio.to_thread(_start, job)
        except OSError as error:
            return f"the film cannot be made: {error.strerror}"
        self._running = film.film_id, program
        self._heard = loop.time()
        reading = asyncio.ensure_future(asyncio.to_thread(self._follow, film.film_id, program, loop))
        try:
            while not reading.done():
                await asyncio.wait((reading,), timeout=WRITTEN_SECONDS)
                await self._write_down(film)
                if loop.time() - self._heard > STUCK_SECONDS:
                    program.kill()
            return reading.result()
        finally:
            self._running = None
            program.kill()
            # The thread ends with the program's output.
            await asyncio.wait((reading,))
            await self._write_down(film)

    def _follow(self, film_id: str, program: Popen[bytes], loop: asyncio.AbstractEventLoop) -> str:
        """In a thread: what the program says, to its end."""
        error = "the film could not be made; the server's log may say why"
        assert program.stdout is not None
        assert program.stdin is not None
        for line in program.stdout:
            with suppress(ValueError):
                said: dict[str, Any] = json.loads(line)
                error = "" if said.get("done") else str(said.get("error", error))
                loop.call_soon_threadsafe(self._hear, film_id, said)
        program.stdout.close()
        with suppress(OSError):
            program.stdin.close()
        program.wait()
        return error

    def _hear(self, film_id: str, said: Mapping[str, Any]) -> None:
        self._heard = asyncio.get_running_loop().time()
        if "characters" in said:
            self._said[str(said.get("engine"))] += int(said["characters"])
        if film_id in self._shares:
            self._shares[film_id] = max(self._shares[film_id], float(said.get("share", 0.0)))

    async def _write_down(self, film: Film) -> None:
        """What its voice has said until now."""
        said, self._said = self._said, Counter()
        for engine, characters in said.items():
            await self._ledger.add(film.session_id, engine, {"voice": characters})


def _job(
    record: SessionRecord,
    entries: Sequence[Entry],
    tag: str,
    voice: str,
    engines: Mapping[str, Sequence[str]],
    file: Path,
) -> Job:
    glossary = following(lambda: record.options)()
    lines = [(entry.segment, entry.lines[tag]) for entry in entries if tag in entry.lines]
    sentences = tuple(
        Sentence(
            segment.id,
            segment.start,
            segment.end,
            line.text,
            "" if line.untranslated else glossary.respelled(line.text, tag),
        )
        for segment, line in lines
        if line.text.strip()
    )
    return Job(
        tag, voice, look_of(record.options), about(record.name, record.source, tag), sentences, engines, str(file)
    )


@asynccontextmanager
async def filmmaking(folder: Path, pool: Pool, terms: Terms, ledger: Ledger) -> AsyncIterator[Filmmaker]:
    """A filmmaker at work until the end of the block; a film that is not finished then has failed."""
    maker = Filmmaker(folder, pool, terms, ledger)
    await maker.open()
    working = asyncio.create_task(maker.work(), name="filmmaker")
    try:
        yield maker
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


def _has(face: Face, character: str) -> bool:
    try:
        face.gender(character)
    except EngineFailed:
        return False
    return True


def _start(job: Job) -> Popen[bytes]:
    program = Popen(
        [sys.executable, "-m", "dragoman.filmed"], stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True
    )
    assert program.stdin is not None
    with suppress(BrokenPipeError):  # it has died already, which its silence says
        program.stdin.write(job.written().encode() + b"\n")
        program.stdin.flush()
    return program


def _file_name(talk: str, tag: str) -> str:
    """What a browser may call the file: letters, digits and blanks of the talk's name."""
    kept = "".join(character if character.isalnum() else " " for character in talk)
    return f"{' '.join(kept.split())[:80] or 'talk'} ({tag}).mp4"


def _keep(folder: Path, film: Film) -> None:
    place = folder / film.session_id
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = place / f".{film.film_id}.part"
    draft.write_text(json.dumps(asdict(film)), encoding="utf-8")
    draft.replace(place / f"{film.film_id}.json")


def _remove(folder: Path, film: Film) -> None:
    for ending in ("json", "mp4"):
        _unlink(folder / film.session_id / f"{film.film_id}.{ending}")


def _unlink(file: Path) -> None:
    """A file that stays must keep nobody from anything else: neither from another film, nor from the server's start."""
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        log.error("file not removed", folder=str(file.parent), reason=error.strerror)


def _kept(folder: Path) -> list[Film]:
    """What is there; a note that cannot be read, with its film, is removed."""
    found = []
    for note in sorted(folder.glob("*/*.json")):
        try:
            found.append(Film(**json.loads(note.read_text(encoding="utf-8"))))
        except (OSError, ValueError, TypeError):
            _unlink(note)
            _unlink(note.with_suffix(".mp4"))
    return found
