"""The presenters as data: read from `characters.json`, which the front end's build draws the previews from."""

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
    styles: tuple[str, ...]
    licence: str


@cache
def characters() -> tuple[Character, ...]:
    """All presenters; the first is the default."""
    text = resources.files("dragoman.avatar").joinpath("characters.json").read_text(encoding="utf-8")
    return tuple(
        Character(entry["character"], entry["name"], tuple(entry["styles"]), entry["licence"])
        for entry in json.loads(text)
    )
