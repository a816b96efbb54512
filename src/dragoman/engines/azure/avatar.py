"""Azure's avatars as a face: one that speaks by itself, shared by the listeners of a language or one for each.

What `open` gives is drawn here and costs nothing: it stands in while the avatar is not connected.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from dragoman.engines.azure import avatar_words
from dragoman.engines.azure.account import Account
from dragoman.engines.azure.avatar_connection import Connection, Studio
from dragoman.engines.azure.avatar_gate import Gate
from dragoman.engines.azure.avatar_presenter import AzurePresenter, Life
from dragoman.engines.azure.avatar_relay import Relays, relays
from dragoman.engines.azure.characters import characters, find
from dragoman.engines.embedded import face as embedded
from dragoman.engines.protocols import Face, FaceStream, Listed, Look, Presenter, Usage, VoiceInfo
from dragoman.engines.threads import Worker
from dragoman.errors import EngineFailed

Voices = Callable[[str], Sequence[VoiceInfo]]
"""The neural voices of an offered tag, the best first."""

_LOOKALIKES = {"female": "amara", "male": "jonas"}
"""Who is drawn for an avatar, by gender."""


class AzureFace:
    """Face, TalkingFace and DirectFace of one account."""

    name = "azure"

    def __init__(
        self,
        account: Account,
        drawn: Face,
        voices: Voices,
        relay: Relays,
        *,
        gate: Gate,
        life: Life,
        mode: Literal["shared", "direct"] = "shared",
    ) -> None:
        self._drawn = drawn
        self._voices = voices
        self._relay = relay
        self._life = life
        self._mode = mode
        self._calls, self._fitting = Worker("avatar calls"), Worker("avatar pictures")
        self._studio = Studio(
            account=account,
            gate=gate,
            calls=self._calls,
            fitting=self._fitting,
            token=_no_token,
            relay=relay.get,
            remote=relay.remote,
        )

    # -- a Face

    def gender(self, character: str) -> str:
        """As the protocol says; a presenter who is drawn elsewhere is known here too."""
        who = find(character)
        return who.gender if who is not None else self._drawn.gender(character)

    async def open(self, look: Look) -> FaceStream:
        """Who stands in for the avatar: drawn, of the same gender, before the same background."""
        return await self._drawn.open(self._drawn_for(look))

    def _drawn_for(self, look: Look) -> Look:
        who = find(look.character)
        if who is None and not look.custom:
            return look
        if who is not None and look.style and look.style not in who.styles:
            raise EngineFailed(f"{look.character} has no style {look.style}; there are {', '.join(who.styles)}")
        return replace(look, character=_LOOKALIKES[who.gender if who else "female"], style="")

    async def close(self) -> None:
        """Let all go. Idempotent."""
        await self._relay.close()
        await self._drawn.close()
        # Presenters are closed by who has them; their last calls end with the workers.
        await asyncio.gather(self._calls.close(), self._fitting.close())

    # -- a TalkingFace

    def presenters(self) -> Sequence[Listed]:
        """As the protocol says."""
        return characters()

    def present(self, look: Look, language: str, usage: Usage) -> Presenter:
        """As the protocol says."""
        who = self._before_the_camera(look)

        def ssml(text: str, voice: str, rate: float) -> str:
            name = avatar_words.voice_for(self._voices(language), voice, self._gender(look))
            return avatar_words.ssml(text, name, rate)

        return AzurePresenter(lambda: Connection(self._studio, who, usage), ssml, usage, self._life)

    def _before_the_camera(self, look: Look) -> Look:
        """The look as Azure knows it: for who is drawn elsewhere, somebody of the same gender."""
        if look.custom:
            return look
        who = find(look.character)
        if who is None:
            gender = self._gender(look)
            who = next(one for one in characters() if one.gender == gender)
        return replace(look, character=who.character, style=look.style if look.style in who.styles else who.styles[0])

    def _gender(self, look: Look) -> str:
        try:
            return self.gender(look.character)
        except EngineFailed:
            # A custom avatar's is not known.
            return "female"


async def _no_token() -> str | None:
    return None


async def load(_variant: str = "", settings: Mapping[str, Any] | None = None) -> AzureFace:
    """Azure's avatars; there is one variant. Raises NotConfigured, ModelMissing."""
    chosen = settings or {}
    account = Account.of(chosen)
    return AzureFace(
        account,
        await embedded.load(),
        lambda _tag: (),
        relays(account, chosen),
        gate=Gate(
            per_minute=int(chosen.get("AZURE_AVATAR_CONNECTS_PER_MINUTE", 2)),
            at_most=int(chosen.get("AZURE_AVATAR_CONNECTIONS", 20)),
        ),
        life=Life(
            idle=float(chosen.get("AZURE_AVATAR_IDLE_SECONDS", 240)),
            renew=float(chosen.get("AZURE_AVATAR_RENEW_SECONDS", 1680)),
        ),
        mode="direct" if chosen.get("AZURE_AVATAR") == "direct" else "shared",
    )
