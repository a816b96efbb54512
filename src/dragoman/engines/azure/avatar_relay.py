"""The relay (TURN) through which avatars are reached: Azure's, lent for a while, or one of the operator's own."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx

from dragoman.engines.azure.access import Access
from dragoman.engines.azure.account import Account
from dragoman.engines.azure.tokens import Renewed
from dragoman.engines.protocols import Relay
from dragoman.errors import EngineFailed
from dragoman.ice import IceServers

PATH = "/avatar/relay/token/v1"
_SECONDS = 600.0
"""For how long lent credentials are used; the service promises a little more."""
_TIMEOUT_SECONDS = 10.0
_OWN_NAME = "avatar"
"""Under which credentials are made of a shared secret."""


class Relays:
    """Held and renewed by the server; see `protocols.Relay`."""

    def __init__(
        self,
        account: Account,
        client: httpx.AsyncClient,
        access: Access,
        own: IceServers,
        remote: str,
        *,
        seconds: float = _SECONDS,
    ) -> None:
        """own: the operator's servers; used in place of Azure's where they have a relay. remote: the address of that
        relay as the service has to write it, where it is another; replaces Azure's too.
        """
        self._address = account.http("tts") + PATH
        self._client = client
        self._access = access
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
        headers = await self._access.headers()
        try:
            answer = await self._client.get(self._address, headers=headers, timeout=_TIMEOUT_SECONDS)
            answer.raise_for_status()
            said = answer.json()
            relay = Relay(tuple(map(str, said["Urls"])), str(said["Username"]), str(said["Password"]))
        except httpx.HTTPStatusError as error:
            raise EngineFailed(f"the avatar relay's credentials were refused: {error.response.status_code}") from error
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise EngineFailed(f"the avatar relay's credentials could not be had: {type(error).__name__}") from error
        return relay, self._seconds


def own_servers(settings: Mapping[str, Any]) -> IceServers:
    """The operator's, from settings by their names in the environment."""
    return IceServers(
        urls=tuple(settings.get("ICE_SERVER_URL") or ()),
        username=settings.get("ICE_SERVER_USERNAME", ""),
        password=settings.get("ICE_SERVER_PASSWORD", ""),
        secret=settings.get("TURN_SECRET", ""),
    )
