"""The Azure translator: text by Translator's REST interface, version 3.

https://learn.microsoft.com/azure/ai-services/translator/text-translation/reference/v3/translate
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from dragoman.engines.azure import plain, tags, web
from dragoman.engines.azure.account import Account
from dragoman.engines.azure.speech_token import speech_token, with_token
from dragoman.engines.azure.tokens import Renewed
from dragoman.engines.protocols import Route
from dragoman.errors import EngineFailed
from dragoman.languages import match

SERVICE = "translator"
_MOST_CHARACTERS = 50_000
_MOST_TEXTS = 1_000
"""In one request, all texts together."""


@cache
def _routes() -> tuple[Route, ...]:
    """Out of everything that Azure hears into every other language."""
    sources = {source: code for source in tags.heard() if (code := tags.text_source(source))}
    return tuple(
        Route(source, target, "good")
        for source, code in sources.items()
        for target in tags.text_targets()
        if tags.text_code(target) != code and match(source, (target,)) is None
    )


class AzureTranslator:
    """A Translator. Every pair is direct; nothing is asked of Azure before a text is translated."""

    name = "azure"

    def __init__(self, account: Account, client: Any, *, token: Renewed[str] | None = None) -> None:
        """client: of `web.client`; token: in place of the key. Both are closed with the engine."""
        self._account = account
        self._client = client
        self._token = token
        self._address = account.http("translator") + "/translate"
        self._asking: set[asyncio.Task[list[str]]] = set()
        self._closed = False

    def routes(self) -> Sequence[Route]:
        """See Translator."""
        return _routes()

    async def open(self, source: str, target: str) -> AzureTranslation:
        """See Translator. Raises EngineFailed for a pair that Azure has not, and after `close`."""
        codes = tags.text_source(source), tags.text_code(target)
        if codes[0] is None or codes[1] is None or codes[0] == codes[1]:
            raise EngineFailed(f"Azure does not translate from {source} into {target}.")
        if self._closed:
            raise EngineFailed("The Azure translator was closed.")
        return AzureTranslation(self, codes[0], codes[1])

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """Texts, one line each, by Azure's codes; a text each. Raises EngineFailed."""
        if self._closed:
            raise EngineFailed("The Azure translator was closed.")
        asking = asyncio.create_task(self._ask(texts, source, target), name="translating by Azure")
        self._asking.add(asking)
        asking.add_done_callback(self._asking.discard)
        try:
            await asyncio.wait([asking])
        except asyncio.CancelledError:
            asking.cancel()
            raise
        if asking.cancelled():
            raise EngineFailed("The Azure translator was closed.")
        return asking.result()

    async def _ask(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        async def ask(token: str | None) -> Any:
            return await web.ask(
                self._client,
                SERVICE,
                "POST",
                self._address,
                params={"api-version": "3.0", "from": source, "to": target, "textType": "plain"},
                headers=self._headers(token),
                json=[{"Text": text} for text in texts],
            )

        return _texts(await with_token(self._token, ask), len(texts))

    def _headers(self, token: str | None) -> dict[str, str]:
        if token is not None:
            headers = {"Authorization": f"Bearer {token}"}
        else:
            headers = {"Ocp-Apim-Subscription-Key": self._account.translator_key}
        if self._account.translator_region:
            headers["Ocp-Apim-Subscription-Region"] = self._account.translator_region
        return headers

    async def close(self) -> None:
        """See Translator. What is being translated fails."""
        self._closed = True
        asking = tuple(self._asking)
        for task in asking:
            task.cancel()
        if asking:
            await asyncio.wait(asking)
        await self._client.aclose()
        if self._token is not None:
            await self._token.close()


class AzureTranslation:
    """A TranslatorStream: one pair. It holds nothing."""

    def __init__(self, engine: AzureTranslator, source: str, target: str) -> None:
        """source, target: Azure's codes."""
        self._engine = engine
        self._source = source
        self._target = target
        self._open = True

    async def translate(self, text: str) -> str:
        """See TranslatorStream. Line breaks stay where they are; other space becomes single."""
        if not self._open:
            raise EngineFailed("this translation was closed")
        lines = [plain.pieces(plain.tidy(line)) for line in text.splitlines()]
        asked = [piece for line in lines for piece in line if plain.says_something(piece)]
        answers = iter([answer for batch in _batches(asked) for answer in await self._batch(batch)])
        made = [
            " ".join((next(answers) if plain.says_something(piece) else piece).strip() for piece in line)
            for line in lines
        ]
        return "\n".join(made).strip()

    async def _batch(self, texts: Sequence[str]) -> list[str]:
        return await self._engine.translate(texts, self._source, self._target)

    async def close(self) -> None:
        """See TranslatorStream."""
        self._open = False


def _batches(texts: Sequence[str]) -> list[list[str]]:
    """The texts in requests that are not too large."""
    batches: list[list[str]] = []
    length = 0
    for text in texts:
        if not batches or length + len(text) > _MOST_CHARACTERS or len(batches[-1]) == _MOST_TEXTS:
            batches.append([])
            length = 0
        batches[-1].append(text)
        length += len(text)
    return batches


def _texts(answer: Any, number: int) -> list[str]:
    """The translations in an answer, one per text that was asked. Raises EngineFailed where it is something else."""
    try:
        found = [plain.tidy(row["translations"][0]["text"]) for row in answer.json()]
    except (ValueError, LookupError, TypeError) as error:
        raise EngineFailed("Azure's translator answered with something that is no translation.") from error
    if len(found) != number:
        raise EngineFailed("Azure's translator did not answer every text.")
    return found


async def load(_variant: str = "", settings: Mapping[str, Any] | None = None) -> AzureTranslator:
    """The translator of the account in the settings; there is one variant. The account is not tried.

    Raises NotConfigured, and ModelMissing where httpx is not installed.
    """
    account = Account.of(settings or {})
    # In a thread: reading the certificates takes a while.
    client = await asyncio.to_thread(web.client)
    # A Translator resource of its own has a key of its own, with which the Speech resource's tokens have nothing to do.
    tokens = account.token_auth and account.translator_key == account.key
    return AzureTranslator(account, client, token=speech_token(account) if tokens else None)
