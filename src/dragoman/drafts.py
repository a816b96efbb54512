"""The files of an interpreted talk: made beside their places, and put there when all of them are complete."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from dragoman.transcript import ALL

FILM = "mp4"


class Unwritable(Exception):
    """The files cannot be written; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A file in the making."""

    form: str
    """one of transcript.FORMATS, or FILM"""
    language: str
    """a tag, or transcript.ALL"""
    path: Path
    """where it is to be"""

    @property
    def made(self) -> Path:
        """Where it is made: hidden, in the same folder, so that it takes its place at once."""
        return self.path.with_name(f".{self.path.name}.{os.getpid()}.part")


@contextmanager
def drafts(out: Path, name: str, floor: str, tags: Sequence[str], filmed: Iterable[str]) -> Iterator[tuple[Draft, ...]]:
    """The drafts of a talk's files. None outlives the block, nor does a folder in which nothing was written.

    filmed: the languages of which there is a film; these drafts are there from the beginning, empty. Raises
    Unwritable.
    """
    wanted = [(form, tag) for tag in (floor, *tags) for form in ("vtt", "srt")]
    wanted += [(FILM, tag) for tag in filmed]
    found = tuple(Draft(form, tag, out / f"{name}.{tag}.{form}") for form, tag in wanted)
    found = (*found, Draft("json", ALL, out / f"{name}.json"))
    films = [draft for draft in found if draft.form == FILM]
    made = [folder for folder in (out, *out.parents) if films and not folder.exists()]
    try:
        if films:
            _make_room(out, name, films)
        yield found
    finally:
        for draft in found:
            with suppress(OSError):
                draft.made.unlink(missing_ok=True)
        for folder in made:
            # Fails where something is in it, which is then of use.
            with suppress(OSError):
                folder.rmdir()


def publish(out: Path, name: str, found: Sequence[Draft], texts: Iterable[tuple[Draft, str]]) -> None:
    """Write the texts; then every draft takes its place, and older files go. Raises Unwritable."""
    with _unwritable(out, name):
        out.mkdir(parents=True, exist_ok=True)
        for draft, text in texts:
            draft.made.write_text(text, encoding="utf-8")
        for draft in found:
            draft.made.replace(draft.path)


def _make_room(out: Path, name: str, films: Sequence[Draft]) -> None:
    with _unwritable(out, name):
        out.mkdir(parents=True, exist_ok=True)
        for film in films:
            # From now on another talk that fails does not take the folder away.
            film.made.touch()


@contextmanager
def _unwritable(out: Path, name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unwritable(f"the files of {name} cannot be written to {out}: {error.strerror}") from error
