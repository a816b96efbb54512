"""Apertium as it is installed: its modes, read from their files without a shell and without starting anything."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MODES = Path("/usr/share/apertium/modes")
"""Where Debian's packages put their mode files."""

PACKAGES: Mapping[str, tuple[str, str]] = {
    "apertium-eng-spa": ("en", "es"),
    "apertium-eng-cat": ("en", "ca"),
    "apertium-en-gl": ("en", "gl"),
    "apertium-eo-en": ("en", "eo"),
    "apertium-fr-es": ("es", "fr"),
    "apertium-es-pt": ("es", "pt-PT"),
    "apertium-spa-ita": ("es", "it"),
    "apertium-fra-cat": ("ca", "fr"),
    "apertium-por-cat": ("ca", "pt-PT"),
    "apertium-cat-ita": ("ca", "it"),
}
"""Debian's packages for English into eight languages, each with a pair that is there when it is installed."""

_PROGRAM = "apertium-transfer"
"""One of the programs in Debian's package `apertium`, on which all pairs depend."""

_SOURCES: Mapping[str, tuple[str, ...]] = {
    "en": ("eng", "en"),
    "es": ("spa", "es"),
    "ca": ("cat", "ca"),
    "gl": ("glg", "gl"),
    "eo": ("epo", "eo"),
    "fr": ("fra", "fr"),
    "it": ("ita", "it"),
    "pt-PT": ("por", "pt"),
    "pt-BR": ("por", "pt"),
}
"""What a source language may be called in the name of a mode, by tag."""

_TARGETS: Mapping[str, tuple[str, ...]] = {
    **_SOURCES,
    # the spelling that has been official since 2017, which the other pairs write without being asked
    "ca": ("cat_iec2017", "cat", "ca"),
    "pt-BR": ("por_BR", "pt_BR"),
}
"""What a target language may be called, the best variety first."""

TAGS = tuple(_SOURCES)
"""The languages known here."""

_FLUSHING = frozenset(
    {
        *("apertium-anaphora", "apertium-interchunk", "apertium-postchunk", "apertium-posttransfer"),
        *("apertium-pretransfer", "apertium-tagger", "apertium-transfer"),
        *("cg-proc", "lrx-proc", "lsx-proc", "lt-proc"),
    }
)
"""The programs that take -z and then answer at each NUL. A mode with any other cannot be kept alive."""

_TAGGER = "apertium-tagger"


class ModeError(Exception):
    """A mode file that cannot be run from here; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Mode:
    """How Apertium translates a pair: programs, each reading what the one before it writes."""

    name: str
    commands: tuple[tuple[str, ...], ...]

    @property
    def forgetful(self) -> int | None:
        """Which command is a tagger that has to be replaced now and then (see `pipeline`), None where none has.

        Only the statistical tagger has to be (`-g`), not the perceptron (`-gx`).
        """
        for place, (program, *arguments) in enumerate(self.commands):
            flags = "".join(argument.lstrip("-") for argument in arguments if argument.startswith("-"))
            if program == _TAGGER and "x" not in flags:
                return place
        return None


def installed(folder: Path = MODES) -> dict[tuple[str, str], Mode]:
    """The modes that are there and can be kept alive, by source and target tag."""
    found = {}
    for source, names in _SOURCES.items():
        for target, varieties in _TARGETS.items():
            files = (folder / f"{name}-{variety}.mode" for variety in varieties for name in names)
            mode = next(filter(None, map(_usable, files)), None)
            if mode is not None:
                found[source, target] = mode
    return found


def _usable(file: Path) -> Mode | None:
    try:
        return read(file) if file.is_file() else None
    except ModeError:
        return None


def missing(folder: Path = MODES) -> list[str]:
    """The Debian packages that would bring what is not there of English into eight languages."""
    pairs = installed(folder)
    lacking = [package for package, pair in PACKAGES.items() if pair not in pairs]
    return lacking if shutil.which(_PROGRAM) else ["apertium", *lacking]


def read(file: Path) -> Mode:
    """The mode in a file. Raises ModeError, also where the file cannot be read."""
    try:
        return Mode(file.stem, parse(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, ModeError) as error:
        raise ModeError(f"{file}: {error}") from error


def parse(text: str) -> tuple[tuple[str, ...], ...]:
    """The commands of a mode, without marks on unknown words and flushing at NUL. Raises ModeError.

    A mode is a line of shell with two variables. What the command `apertium -u` puts there is put there: for $1 the
    generator's `-n` (no marks), for $2 nothing.
    """
    words = shlex.shlex(text, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    words.commenters = ""
    commands: list[list[str]] = [[]]
    try:
        for word in words:
            if word == "|":
                commands.append([])
            elif word == "$1":
                commands[-1].append("-n")
            elif word != "$2":
                commands[-1].append(_plain(word))
    except ValueError as error:
        raise ModeError(f"is not a line of commands: {error}") from error
    return tuple(_flushing(command) for command in commands)


def _plain(word: str) -> str:
    if not word or set(word) & set("()<>|&;$`"):
        raise ModeError(f"needs a shell for {word!r}")
    return word


def _flushing(command: list[str]) -> tuple[str, ...]:
    if not command or command[0] not in _FLUSHING:
        raise ModeError(f"{' '.join(command) or 'an empty command'} cannot be kept alive")
    program, *arguments = command
    return (program, "-z", *(argument for argument in arguments if argument != "-z"))
