"""The account's speech token: what the SDK is given in place of the key, for ten minutes each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from dragoman.engines.azure import web
from dragoman.engines.azure.account import Account
from dragoman.engines.azure.refusals import Unauthorized
from dragoman.engines.azure.tokens import Renewed
from dragoman.errors import EngineFailed

T = TypeVar("T")

LIFE = 600.0
"""Seconds for which a token is good
(https://learn.microsoft.com/azure/ai-services/authentication#authenticate-with-an-access-token)"""


def speech_token(account: Account) -> Renewed[str]:
    """The token, fetched when it is first wanted. Its fetch raises EngineFailed."""

    async def fetch() -> tuple[str, float]:
        async with web.client() as client:
            answer = await web.ask(
                client,
                "token service",
                "POST",
                account.http("sts") + "/issueToken",
                headers={"Ocp-Apim-Subscription-Key": account.key},
            )
        return answer.text.strip(), LIFE

    return Renewed("speech token", fetch)


def doubted(token: Renewed[str] | None, used: str | None, failure: EngineFailed) -> EngineFailed:
    """What a failure means where this token was used. One that is refused before its time was taken back, as all are
    when the account's keys are changed: the next attempt has another, so that this refusal need not last.
    """
    if token is None or used is None or not isinstance(failure, Unauthorized):
        return failure
    token.refuse(used)
    return EngineFailed(str(failure))


async def with_token(token: Renewed[str] | None, ask: Callable[[str | None], Awaitable[T]]) -> T:
    """What `ask` gives with the token, None where there is none; once more with another one where that is refused."""
    used = await token.get() if token is not None else None
    try:
        return await ask(used)
    except Unauthorized as error:
        if token is None or used is None:
            raise
        doubted(token, used, error)
        return await ask(await token.get())
