"""The Azure recogniser: speech and its translations in one stream, with the account's Speech resource."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from dragoman.engines.azure import sdk, tags
from dragoman.engines.azure.account import Account
from dragoman.engines.azure.hearing import Hearing
from dragoman.engines.azure.link import Event, Link, Wish
from dragoman.engines.azure.prefixes import CUTTING
from dragoman.engines.azure.speech_token import doubted, speech_token
from dragoman.engines.azure.stream import AzureStream, Patience
from dragoman.engines.azure.tokens import Renewed
from dragoman.engines.azure.wording import UNSPACED
from dragoman.engines.protocols import NOTHING_TOLD, Brief
from dragoman.speech import Begun

MOST_CANDIDATES = 10
"""Languages among which the service identifies the spoken one continuously
(https://learn.microsoft.com/azure/ai-services/speech-service/language-identification)"""
SILENCE = MappingProxyType({"low": 300, "balanced": 500, "consecutive": 900})
"""ms of silence that end a phrase, by latency mode. Whoever wants the text soon has clauses before anyway, and a phrase
that ends at a breath costs only its punctuation; in consecutive mode a sentence is worth more than the half second, and
people breathe for 0.4 to 0.7 s in its middle. The service's own is 650; less than 300 cuts words at their stops."""
_STABLE = MappingProxyType({"low": 0, "balanced": 2, "consecutive": 3})
"""In how many hypotheses a word is before the service tells it: each is some 0.3 s later, and fewer change."""
_GOODBYE = 1.0
"""Seconds for which closing the engine waits for the SDK. It needs milliseconds unless its service does not answer;
then it is 10 to 20 seconds, in which it tells nobody anything any more."""


class AzureRecognizer:
    """A Recognizer. Nothing is asked of Azure before a stream is fed."""

    name = "azure"
    most_candidates = MOST_CANDIDATES

    def __init__(
        self, account: Account, *, token: Renewed[str] | None = None, patience: Patience | None = None
    ) -> None:
        """token: in place of the key; it is closed with the engine."""
        self.languages: Sequence[str] = tags.heard()
        self.translates: Sequence[str] = tags.spoken_targets()
        self._account = account
        self._token = token
        self._patience = patience or Patience()
        self._streams: dict[AzureStream, Callable[[], None]] = {}
        self._going: set[AzureStream] = set()
        """closed streams whose SDK has not let go yet"""

    async def open(
        self, language: str, *, start: int, live: bool, begun: Begun | None = None, brief: Brief = NOTHING_TOLD
    ) -> AzureStream:
        """See Recognizer. Targets without a code of speech translation are left to another translator.

        Raises ValueError for a language that is not heard or too many candidates, EngineFailed where no token is to
        be had.
        """
        candidates = tuple(dict.fromkeys(brief.candidates))
        locales = {tag: tags.locale(tag) for tag in (language, *candidates)}
        unheard = [tag for tag, locale in locales.items() if locale is None]
        if unheard:
            raise ValueError(f"Azure does not hear {', '.join(unheard)}.")
        if len(candidates) > MOST_CANDIDATES:
            raise ValueError(f"Azure identifies a language among {MOST_CANDIDATES} at most, not {len(candidates)}.")
        codes = {code: tag for tag in brief.targets if (code := tags.speech_code(tag))}
        mode = brief.mode if brief.mode in SILENCE else "balanced"
        wish = Wish(
            locale=locales[language] or "",
            targets=tuple(codes),
            candidates=tuple(locales[tag] or "" for tag in candidates),
            phrases=brief.phrases,
            profanity=brief.profanity,
            silence=SILENCE[mode],
            stable=_STABLE[mode] if live else 0,
        )
        token = await self._token.get() if self._token else None

        def link(hand: Callable[[Event], None]) -> Link:
            return Link(self._account, wish, token, hand)

        stream = AzureStream(
            link,
            Hearing(
                start,
                tuple(codes.values()),
                CUTTING.get(mode),
                live=live,
                begun=begun,
                spaced=not any(tag.partition("-")[0] in UNSPACED for tag in locales),
            ),
            start=start,
            silence=wish.silence,
            tags={code.lower(): tag for code, tag in codes.items()},
            candidates=candidates,
            closed=self._gone,
            judged=lambda failure, used: doubted(self._token, used, failure),
            patience=self._patience,
        )
        self._streams[stream] = self._token.watch(stream.link.renew) if self._token else _nothing
        stream.begin()
        return stream

    def _gone(self, stream: AzureStream) -> None:
        self._streams.pop(stream, _nothing)()
        self._going = {one for one in self._going if one.link.alive}
        if stream.link.alive:
            self._going.add(stream)

    async def close(self) -> None:
        """See Recognizer. Closes the streams that are open."""
        if self._streams:
            await asyncio.gather(*(stream.close() for stream in tuple(self._streams)))
        if self._going:
            await asyncio.gather(*(stream.gone(_GOODBYE) for stream in self._going))
            self._going.clear()
        if self._token is not None:
            await self._token.close()


def _nothing() -> None:
    """Nobody watches."""


async def load(_variant: str = "", settings: Mapping[str, Any] | None = None) -> AzureRecognizer:
    """The recogniser of the account in the settings; there is one variant. The account is not tried.

    Raises NotConfigured, and ModelMissing where the SDK is not installed.
    """
    account = Account.of(settings or {})
    await asyncio.to_thread(sdk.translation)
    return AzureRecognizer(account, token=speech_token(account) if account.token_auth else None)
