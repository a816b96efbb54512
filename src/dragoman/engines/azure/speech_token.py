"""The account's speech token: what the SDK is given in place of the key, for ten minutes each."""

from __future__ import annotations

from dragoman.engines.azure import web
from dragoman.engines.azure.account import Account
from dragoman.engines.azure.tokens import Renewed

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
