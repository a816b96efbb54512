"""Azure's prebuilt avatars as data, from the page that `characters.json` names."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources

from dragoman.engines.protocols import Listed

_LICENCE = "Prebuilt avatar of Azure AI Speech, under Microsoft's terms for the service"


@cache
def characters() -> tuple[Listed, ...]:
    """All of them; the first is the default."""
    text = resources.files("dragoman.engines.azure").joinpath("characters.json").read_text(encoding="utf-8")
    return tuple(
        Listed(
            entry["character"],
            entry["name"],
            entry["gender"],
            tuple(entry["styles"]),
            # What Azure's own pictures of them are licensed for is its business: ours is a silhouette.
            preview=f"/static/silhouette-{entry['gender']}.svg",
            licence=_LICENCE,
        )
        for entry in json.loads(text)["characters"]
    )


def find(character: str) -> Listed | None:
    """The prebuilt avatar of this name."""
    return next((who for who in characters() if who.character == character), None)
