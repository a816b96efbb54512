"""The relay (TURN) through which avatars are reached: Azure's, lent for a while, or one of the operator's own."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dragoman.engines.azure import web
from dragoman.engines.azure.account import Account
from dragoman.engines.azure.speech_token import with_token
from dragoman.engines.azure.tokens import Renewed
from dragoman.engines.protocols import Relay
from dragoman.errors import EngineFailed
from dragoman.ice import IceServers

PATH = "/avatar/relay/token/v1"
_SECONDS = 600.0
"""For how long lent credentials are used; the service promises a little more."""
_OWN_NAME = "avatar"
"""Under which credentials are made of a shared secret."""


class Relays:
    """Held and renewed by the server; see `protocols.Relay`."""

    def __init__(
        self,
        account: Account,
        own: IceServers,
        remote: str,
        token: Renewed[str] | None = None,
        *,
        seconds: float = _SECONDS,
    ) -> None:
        """own: the operator's servers; used in place of Azure's where they have a relay. remote: the address of that
        relay as the service has to write it, where it is another; replaces Azure's too. token: in place of the key.
        """
        self._address = account.http("tts") + PATH
        self._key = account.key
        self._token = token
        self._own = own
        self._remote = remote
        self._seconds = seconds
        self._lent = Renewed("avatar relay", self._fetch)

    async def get(self) -> Relay | None:
        """The servers by which this side is reached; None where there are none. Raises EngineFailed."""
        if any(url.startswith("turn") for url in self._own.urls):
            username, password = self._own.credentials(_OWN_NAME, int(time.time()))
            return Relay(self._own.urls, username, password)
        lent = await self._lent.get()
        return lent if lent.urls else None

    def remote(self, relay: Relay | None) -> Relay | None:
        """The same as the service is told: one relay."""
        if relay is None:
            return None
        turn = next((url for url in relay.urls if url.startswith("turn")), relay.urls[0])
        return replace(relay, urls=(self._remote or turn,))

    async def close(self) -> None:
        """Idempotent."""
        await self._lent.close()

    async def _fetch(self) -> tuple[Relay, float]:
        answer = await with_token(self._token, self._asked)
        try:
            said = answer.json()
            relay = Relay(tuple(map(str, said["Urls"])), str(said["Username"]), str(said["Password"]))
        except (ValueError, KeyError, TypeError) as error:
            raise EngineFailed("Azure's avatar relay gives no credentials, but something else.") from error
        return relay, self._seconds

    async def _asked(self, token: str | None) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {"Ocp-Apim-Subscription-Key": self._key}
        async with web.client() as client:
            return await web.ask(client, "avatar relay", "GET", self._address, headers=headers)


def own_servers(settings: Mapping[str, Any]) -> IceServers:
    """The operator's, from settings by their names in the environment."""
    return IceServers(
        urls=tuple(settings.get("ICE_SERVER_URL") or ()),
        username=settings.get("ICE_SERVER_USERNAME", ""),
        password=settings.get("ICE_SERVER_PASSWORD", ""),
        secret=settings.get("TURN_SECRET", ""),
    )
