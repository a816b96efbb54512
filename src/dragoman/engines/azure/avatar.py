"""Azure's avatars as a face: one that speaks by itself, shared by the listeners of a language or one for each.

What `open` gives is drawn here and costs nothing: it stands in while the avatar is not connected.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from dragoman.engines.azure.account import Account
from dragoman.engines.azure.avatar_connection import Connection, Studio
from dragoman.engines.azure.avatar_direct import DirectSpeaker
from dragoman.engines.azure.avatar_gate import Gate
from dragoman.engines.azure.avatar_presenter import AzurePresenter, Life
from dragoman.engines.azure.avatar_relay import Relays, own_servers
from dragoman.engines.azure.avatar_words import Words
from dragoman.engines.azure.characters import characters, find
from dragoman.engines.azure.sdk import speech
from dragoman.engines.azure.speech_token import doubted, speech_token
from dragoman.engines.azure.tokens import Renewed
from dragoman.engines.azure.voice_list import VoiceList
from dragoman.engines.azure.voices import custom
from dragoman.engines.embedded.face import EmbeddedFace
from dragoman.engines.protocols import (
    Attendance,
    FaceStream,
    Listed,
    Look,
    Presenter,
    Relay,
    Speaker,
    Usage,
    unattended,
)
from dragoman.engines.threads import Worker
from dragoman.errors import EngineFailed


@dataclass(frozen=True, slots=True)
class Parts:
    """What the face owns, and closes."""

    account: Account
    token: Renewed[str] | None
    """in place of the key"""
    relays: Relays
    voices: VoiceList
    drawn: EmbeddedFace

    async def close(self) -> None:
        """Idempotent."""
        await self.drawn.close()
        await self.voices.close()
        await self.relays.close()
        if self.token is not None:
            await self.token.close()

    async def allowed(self) -> str | None:
        """The token to be used in place of the key; None where that is used. Raises EngineFailed."""
        return await self.token.get() if self.token is not None else None


_LOOKALIKES = {"female": "amara", "male": "jonas"}
"""Who is drawn for an avatar, by gender."""


class AzureFace:
    """Face, TalkingFace and DirectFace of one account."""

    name = "azure"

    def __init__(self, parts: Parts, *, gate: Gate, life: Life, mode: Literal["shared", "direct"] = "shared") -> None:
        self._parts = parts
        self._life = life
        self._mode = mode
        self._calls, self._fitting = Worker("avatar calls"), Worker("avatar pictures")
        self._studio = Studio(
            account=parts.account,
            gate=gate,
            calls=self._calls,
            fitting=self._fitting,
            token=parts.allowed,
            judged=lambda failure, used: doubted(parts.token, used, failure),
            relay=parts.relays.get,
            remote=parts.relays.remote,
        )

    # -- a Face

    def gender(self, character: str) -> str:
        """As the protocol says; a presenter who is drawn elsewhere is known here too."""
        who = find(character)
        return who.gender if who is not None else self._parts.drawn.gender(character)

    async def open(self, look: Look) -> FaceStream:
        """Who stands in for the avatar: drawn, of the same gender, before the same background."""
        return await self._parts.drawn.open(self._drawn_for(look))

    def _drawn_for(self, look: Look) -> Look:
        who = find(look.character)
        if who is None and not look.custom:
            return look
        if who is not None and look.style and look.style not in who.styles:
            raise EngineFailed(f"{look.character} has no style {look.style}; there are {', '.join(who.styles)}")
        return replace(look, character=_LOOKALIKES[who.gender if who else "female"], style="")

    async def close(self) -> None:
        """Let all go. Idempotent."""
        await self._parts.close()
        # Presenters are closed by who has them; their last calls end with the workers.
        await asyncio.gather(self._calls.close(), self._fitting.close())

    # -- a TalkingFace

    def presenters(self) -> Sequence[Listed]:
        """As the protocol says."""
        return characters()

    def speaks(self, look: Look) -> bool:
        """As the protocol says."""
        return look.custom or find(look.character) is not None

    def present(self, look: Look, language: str, usage: Usage, attendance: Attendance = unattended) -> Presenter:
        """As the protocol says."""
        who = self._before_the_camera(look)
        words = Words(lambda: self._parts.voices.voices, self._gender(look))

        def connection(voice: str) -> Connection:
            return Connection(self._studio, who, usage, endpoint=words.endpoint(language, voice))

        def ssml(text: str, voice: str, rate: float) -> Sequence[str]:
            return words.ssml(text, language, voice, rate)

        return AzurePresenter(connection, ssml, usage, self._life, attendance)

    # -- a DirectFace

    @property
    def direct(self) -> bool:
        """As the protocol says."""
        return self._mode == "direct"

    def speaker(self, look: Look, usage: Usage, attendance: Attendance = unattended) -> Speaker:
        """As the protocol says."""
        words = Words(lambda: self._parts.voices.voices, self._gender(look))
        return DirectSpeaker(self._studio, self._before_the_camera(look), words, usage, self._life, attendance)

    async def relay(self) -> Relay:
        """As the protocol says."""
        return await self._parts.relays.get() or Relay((), "", "")

    # --

    def _before_the_camera(self, look: Look) -> Look:
        """The look with its style: the service has none of its own for who has several."""
        who = find(look.character)
        if look.custom or who is None or look.style in who.styles:
            return look
        return replace(look, style=who.styles[0])

    def _gender(self, look: Look) -> str:
        try:
            return self.gender(look.character)
        except EngineFailed:
            # A custom avatar's is not known.
            return "female"


async def load(_variant: str = "", settings: Mapping[str, Any] | None = None) -> AzureFace:
    """Azure's avatars; there is one variant. Raises NotConfigured, ModelMissing."""
    chosen = settings or {}
    account = Account.of(chosen)
    own = custom(chosen.get("AZURE_VOICE_ENDPOINTS", ""))
    await asyncio.to_thread(speech)
    token = speech_token(account) if account.token_auth else None
    parts = Parts(
        account=account,
        token=token,
        relays=Relays(account, own_servers(chosen), chosen.get("ICE_SERVER_URL_REMOTE", ""), token),
        voices=VoiceList(account, Path(chosen.get("DATA_DIR") or "data") / "azure", own, token),
        drawn=EmbeddedFace(),
    )
    try:
        await parts.drawn.prepare()
        await parts.voices.open()
    except BaseException:  # cancelled too: nothing of it is left behind
        await parts.close()
        raise
    return AzureFace(
        parts,
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
