"""The presenters that a host can choose, and whether a session may have the one that it asks for."""

from __future__ import annotations

from typing import Any

from dragoman.avatar.characters import characters
from dragoman.engines.protocols import Face, Listed, TalkingFace
from dragoman.errors import Unsupported


def listed(face: Face) -> tuple[Listed, ...]:
    """The default first: where an engine's own presenters speak by themselves these, then those who are drawn."""
    drawn = (
        Listed(
            who.character,
            who.name,
            who.gender,
            who.styles,
            f"/static/avatars/{who.character}.svg",
            who.licence,
            f"/static/avatars/{who.character}-moving.svg",
        )
        for who in characters()
    )
    return (*(face.presenters() if isinstance(face, TalkingFace) else ()), *drawn)


def presenter(options: dict[str, Any], face: Face) -> None:
    """Fill in the presenter of a createSession and check that it can be had. Raises Unsupported."""
    if options.get("isCustomAvatar"):
        _custom(options, face)
        return
    if options.get("useBuiltInVoice"):
        raise Unsupported("useBuiltInVoice is for a custom avatar only; set isCustomAvatar too, or leave it out")
    stock = {who.character: who for who in listed(face)}
    chosen = options.setdefault("avatarCharacter", next(iter(stock)))
    who = stock.get(chosen)
    if who is None:
        raise Unsupported(f"there is no such avatarCharacter; choose one of {', '.join(stock)}")
    if options.setdefault("avatarStyle", who.styles[0]) not in who.styles:
        raise Unsupported(f"{who.character} has no such avatarStyle; choose one of {', '.join(who.styles)}")


def _custom(options: dict[str, Any], face: Face) -> None:
    if not isinstance(face, TalkingFace):
        raise Unsupported("isCustomAvatar needs the Azure face, which this server does not have; leave it out")
    if not options.get("avatarCharacter"):
        raise Unsupported("avatarCharacter is missing; a custom avatar is named by the name of its deployment")
    if not options.get("consentId"):
        raise Unsupported(
            "consentId is missing; a custom avatar is the likeness of a person and needs the record of its consent"
        )
    options.setdefault("avatarStyle", "")
