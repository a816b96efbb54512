"""The languages in which espeak-ng speaks so that people understand, and its voices for them.

`voices.json` holds, by tag, the espeak voice that speaks it and the script of its letters (Latin where none is named).
The choice was made by reading what espeak's phonemes make of a sentence in each of its languages. Left out are those
that it reads wrongly or not at all (release 1.52):

- Arabic, Hebrew, Thai: vowels that are not written are not said, or said in the wrong places.
- Japanese: a kanji is read as the words "Chinese letter". Burmese: ends the process. Faroese: has no dictionary.
- Assamese, Konkani: signs that join letters are read out by their names.
- Constructed and ancient languages, but for Esperanto, Interlingua and Latin, which are translated into.

Asturian and Galician are spoken by the Spanish voice, Occitan by the Catalan one: espeak has none for them, and those
are the nearest in spelling and sound. What they would read otherwise is spelled for them: regular expressions in the
table, and what to put there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from dragoman import languages
from dragoman.engines.protocols import VoiceInfo

TABLE = "voices.json"
"""The table's file, beside this module."""

VARIANTS: Mapping[str, str] = {"f2": "female", "m3": "male", "f5": "female", "m7": "male"}
"""espeak's variants on offer with their genders, the best of each first. The others whisper, croak, are out of tune
or clip at the usual loudness."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """An espeak voice with a variant, speaking a language."""

    name: str
    """`es+f2`, or with the tag of a language that it speaks besides its own: `gl+f2`"""
    voice: str
    """as espeak knows it: `es+f2`"""
    tag: str
    """the language that it speaks: `es-MX`"""
    language: str
    """without a region: `es`"""
    script: str
    """what the Unicode names of its letters begin with: `LATIN`"""
    spelling: tuple[tuple[re.Pattern[str], str], ...]
    """what to spell differently for the voice, in order"""

    def spelled(self, text: str) -> str:
        """The text as the voice should read it."""
        for pattern, replacement in self.spelling:
            text = pattern.sub(replacement, text)
        return text


class Voices:
    """What a copy of espeak's data has of the table."""

    def __init__(self, data: Path) -> None:
        """data: the folder `espeak-ng-data`; where it has nothing, nothing is on offer."""
        present = _present(data)
        table = json.loads(resources.files(__package__).joinpath(TABLE).read_text(encoding="utf-8"))
        self._offered = {tag: _speakers(tag, row) for tag, row in table.items() if row["voice"] in present}
        self._speakers = {speaker.name: speaker for speakers in self._offered.values() for speaker in speakers}

    @property
    def tags(self) -> tuple[str, ...]:
        """The languages on offer."""
        return tuple(self._offered)

    def of(self, language: str) -> Sequence[VoiceInfo]:
        """The voices for a tag, the best first; nothing where it matches none on offer."""
        tag = languages.match(language, self._offered)
        speakers = self._offered[tag] if tag is not None else ()
        return [VoiceInfo(speaker.name, VARIANTS[speaker.name.rpartition("+")[2]]) for speaker in speakers]

    def speaker(self, name: str) -> Speaker:
        """The speaker of this name. Raises ValueError for any other name: none reaches espeak."""
        try:
            return self._speakers[name]
        except KeyError:
            raise ValueError(f"there is no voice of this name; es+f2 would be one: {name[:40]!r}") from None


def _speakers(tag: str, row: Mapping[str, Any]) -> tuple[Speaker, ...]:
    """All variants of a row of the table."""
    spelling = tuple((re.compile(wrong, re.IGNORECASE), right) for wrong, right in row.get("spelling", ()))
    name = tag if spelling else row["voice"]
    language, script = tag.partition("-")[0], row.get("script", "LATIN")
    return tuple(Speaker(f"{name}+{v}", f"{row['voice']}+{v}", tag, language, script, spelling) for v in VARIANTS)


def _present(data: Path) -> set[str]:
    """The voices in espeak's data whose dictionaries are there too, by name in lower case."""
    files = (file for file in (data / "lang").rglob("*") if file.is_file())
    return {file.name.lower() for file in files if (data / f"{_dictionary(file)}_dict").is_file()}


def _dictionary(voice: Path) -> str:
    """The dictionary that a voice's file names, else that of its language."""
    for line in voice.read_text(encoding="utf-8", errors="replace").splitlines():
        key, _, value = line.strip().partition(" ")
        if key == "dictionary":
            return value.strip()
    return voice.name.partition("-")[0].lower()
