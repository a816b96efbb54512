"""Who may use the service: its key, and tokens that it issued and that have not expired."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import Literal

Credential = Literal["key", "token", "none"]


class Keys:
    def __init__(self, key: str, token_life: float) -> None:
        """token_life: seconds."""
        self.key = key
        self.token_life = token_life
        self._tokens: dict[str, float] = {}

    def issue(self) -> tuple[str, float]:
        """A token, and when it expires by time.monotonic(). In three parts, as a JSON web token has them."""
        token = ".".join(secrets.token_urlsafe(n) for n in (24, 96, 32))
        expires = time.monotonic() + self.token_life
        self._tokens[token] = expires
        return token, expires

    def revoke(self) -> None:
        """No token that was issued until now is good any more."""
        self._tokens.clear()

    def credential(self, headers: Mapping[str, str], query: Mapping[str, str]) -> tuple[Credential, bool]:
        """What a request shows, and whether it is good. A token counts before a key, as the SDK may send both;
        `Bearer` without a token (which the SDK's request for voices has) counts as nothing."""
        bearer = headers.get("Authorization", query.get("Authorization", ""))
        token = bearer.removeprefix("Bearer").strip()
        if token:
            return "token", self._tokens.get(token, 0.0) > time.monotonic()
        key = headers.get("Ocp-Apim-Subscription-Key", query.get("Ocp-Apim-Subscription-Key", ""))
        if key:
            return "key", secrets.compare_digest(key, self.key)
        return "none", False
