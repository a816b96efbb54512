"""What lets a request of this server in: the account's key, or a token that it buys ten minutes' access with.

https://learn.microsoft.com/azure/ai-services/authentication#authenticate-with-an-access-token
"""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from dragoman.engines.azure.account import Account
from dragoman.engines.azure.tokens import Renewed
from dragoman.errors import EngineFailed

_LIFE_SECONDS = 600.0
"""Of a token, as the page above says."""
_TIMEOUT_SECONDS = 10.0


class Access:
    """One account's way in. `close` ends it; the HTTP client stays its owner's."""

    def __init__(self, account: Account, client: httpx.AsyncClient, *, life: float = _LIFE_SECONDS) -> None:
        """life: seconds that a token can be used."""
        self._account = account
        self._client = client
        self._life = life
        self._token: Renewed[str] = Renewed("Azure token", self._issued)

    async def token(self) -> str | None:
        """A token that is good for minutes; None where the key is to be used. Raises EngineFailed."""
        return await self._token.get() if self._account.token_auth else None

    async def headers(self) -> Mapping[str, str]:
        """For an HTTP request. Raises EngineFailed."""
        token = await self.token()
        return {"Authorization": f"Bearer {token}"} if token else {"Ocp-Apim-Subscription-Key": self._account.key}

    async def close(self) -> None:
        """Forget the token. Idempotent."""
        await self._token.close()

    async def _issued(self) -> tuple[str, float]:
        address = f"{self._account.http('sts')}/issueToken"
        key = {"Ocp-Apim-Subscription-Key": self._account.key}
        try:
            answer = await self._client.post(address, headers=key, timeout=_TIMEOUT_SECONDS)
            answer.raise_for_status()
        except httpx.HTTPStatusError as error:
            raise EngineFailed(f"Azure gives no token for this key ({error.response.status_code}).") from error
        except httpx.HTTPError as error:
            raise EngineFailed(f"Azure gives no token: it cannot be reached ({type(error).__name__}).") from error
        if not answer.text.strip().isascii() or not answer.text.strip():
            raise EngineFailed("Azure gives no token, but something else.")
        return answer.text.strip(), self._life
