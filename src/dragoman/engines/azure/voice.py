"""Azure's neural voices: what is said is heard while it is made, with the shapes of the mouth."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import structlog

from dragoman.engines.azure.account import Account
from dragoman.engines.azure.making import Heard, Making
from dragoman.engines.azure.refusals import Unauthorized
from dragoman.engines.azure.sdk import speech
from dragoman.engines.azure.speech_token import doubted, speech_token
from dragoman.engines.azure.ssml import pieces, ssml
from dragoman.engines.azure.synthesis import Lost, Patience, Synthesizer, Synthesizers, Throttled
from dragoman.engines.azure.voice_list import VoiceList
from dragoman.engines.azure.voices import Listed, custom
from dragoman.engines.protocols import VoiceInfo
from dragoman.errors import EngineFailed
from dragoman.speech import Utterance

log = structlog.get_logger(__name__)

_AGAIN_SECONDS = (0.3, 0.6, 1.2)
"""How long a text that was refused for others waits, times 0.5 to 1.5, before it is asked for again."""


class AzureVoice:
    """A Voice and a StreamingVoice."""

    name = "azure"

    def __init__(
        self,
        account: Account,
        directory: Path,
        own: Sequence[Listed] = (),
        *,
        most: int | None = None,
        patience: Patience | None = None,
    ) -> None:
        """directory: where the list of voices is kept. own: custom voices. most: texts under way at a time."""
        self._token = speech_token(account) if account.token_auth else None
        self._list = VoiceList(account, directory, own, self._token)

        def make(endpoint: str, token: str | None) -> Synthesizer:
            return Synthesizer(account, endpoint, token)

        self._synthesizers = Synthesizers(make, patience=patience, **({} if most is None else {"most": most}))

    async def open(self) -> None:
        """Have a list of voices and a connection, as far as the service answers."""
        await self._list.open()
        try:
            self._synthesizers.warm(await self._allowed())
        except EngineFailed as error:
            log.warning("Azure's voices are not there yet", reason=str(error))

    def voices(self, language: str) -> Sequence[VoiceInfo]:
        """See Voice. From the list of the account's region."""
        return self._list.voices.of(language)

    async def speak(self, text: str, voice: str, *, rate: float = 1.0) -> Utterance:
        """See Voice. A text with nothing in it to say is a silence of 20 ms. Paces below 0.5 and above 2 are said at
        those. Raises ValueError for a voice that is not on offer.
        """
        making = Making()
        async with aclosing(self._making(making, text, voice, rate)) as coming:
            async for _ in coming:
                pass
        return making.whole()

    async def stream(self, text: str, voice: str, *, rate: float = 1.0) -> AsyncGenerator[Utterance, None]:
        """See StreamingVoice. Raises as `speak` does."""
        making = Making()
        async with aclosing(self._making(making, text, voice, rate)) as coming:
            async for more in coming:
                if more:
                    yield making.growing()
        yield making.whole()

    async def _making(self, making: Making, text: str, voice: str, rate: float) -> AsyncGenerator[bool, None]:
        """Make it; gives after everything that is heard whether that is sound."""
        who = self._list.voices.named(voice)
        for piece in pieces(text):
            making.next_piece()
            document = ssml(piece, voice=who.name, locale=who.locale, rate=rate)
            async with aclosing(self._said(document, who.endpoint)) as events:
                async for heard in events:
                    yield making.take(heard)

    async def close(self) -> None:
        """See Voice."""
        await self._synthesizers.close()
        await self._list.close()
        if self._token is not None:
            await self._token.close()

    async def _allowed(self) -> str | None:
        """The token to be used in place of the key; None where that is used. Raises EngineFailed."""
        return await self._token.get() if self._token is not None else None

    async def _said(self, document: str, endpoint: str) -> AsyncGenerator[Heard, None]:
        """What is heard of a piece. Until it has begun it is asked for again: at once where the connection was lost, as
        one is that was open for long, or the token was taken back; where the service is too busy, a little later.
        """
        waits, lost, refused = list(_AGAIN_SECONDS), 0, 0
        while True:
            begun, token = False, await self._allowed()
            try:
                async with aclosing(self._synthesizers.say(document, endpoint, token)) as events:
                    async for heard in events:
                        begun = True
                        yield heard
                return
            except Throttled:
                if begun or not waits:
                    raise
                await asyncio.sleep(waits.pop(0) * random.uniform(0.5, 1.5))
            except Lost:
                lost += 1
                if begun or lost > 1:
                    raise
            except Unauthorized as error:
                refused += 1
                if token is None or begun or refused > 1:
                    raise
                doubted(self._token, token, error)


async def load(_variant: str = "", settings: Mapping[str, Any] | None = None) -> AzureVoice:
    """The voices of the account in the settings; there is one variant. Raises NotConfigured, ModelMissing."""
    settings = settings or {}
    account, own = Account.of(settings), custom(settings.get("AZURE_VOICE_ENDPOINTS", ""))
    await asyncio.to_thread(speech)
    voice = AzureVoice(account, Path(settings.get("DATA_DIR") or "data") / "azure", own)
    try:
        await voice.open()
    except BaseException:  # cancelled too: nothing of it is left behind
        await voice.close()
        raise
    return voice
