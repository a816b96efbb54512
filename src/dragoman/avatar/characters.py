"""The presenters as data: read from `characters.json`, which the front end's build draws previews and layers from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Character:
    """A presenter that a host can choose."""

    character: str
    """the name in the interface"""
    name: str
    gender: str
    """`female` or `male`: which voices suit"""
    styles: tuple[str, ...]
    licence: str
    lashes: bool
    """whether they are drawn"""
    skin: str
    """#rrggbb"""
    hair: str
    """#rrggbb"""
    background: str
    """#rrggbb, where the host chose none"""


@cache
def characters() -> tuple[Character, ...]:
    """All presenters; the first is the default."""
    text = resources.files("dragoman.avatar").joinpath("characters.json").read_text(encoding="utf-8")
    return tuple(
        Character(
            entry["character"],
            entry["name"],
            entry["gender"],
            tuple(entry["styles"]),
            entry["licence"],
            entry["lashes"],
            *(f"#{entry['dicebear']['options'][part][0]}" for part in ("skinColor", "hairColor", "backgroundColor")),
        )
        for entry in json.loads(text)
    )
