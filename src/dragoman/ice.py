"""STUN and TURN servers, and the credentials that people are given for them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

_URL = re.compile(r"(stuns?:[\w.-]+(:\d{1,5})?|turns?:[\w.-]+(:\d{1,5})?(\?transport=(udp|tcp))?)", re.ASCII)
LIFETIME_SECONDS = 3600
"""How long credentials made of a secret are good for. A relay that is in use outlives them: coturn checks them when it
is allocated."""


def check_url(url: str) -> str:
    """The URL of a STUN or TURN server (RFC 7064, RFC 7065). Raises ValueError."""
    if not _URL.fullmatch(url):
        raise ValueError(f"'{url}' is not like stun:host:port or turn:host:port?transport=udp")
    return url


@dataclass(frozen=True, slots=True)
class IceServer:
    """One server as it is told to a client."""

    url: str
    username: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class IceServers:
    """The configured servers. With a secret everybody gets credentials of their own, else all get the same."""

    urls: tuple[str, ...] = ()
    username: str = ""
    password: str = ""
    secret: str = ""

    def credentials(self, name: str, now: int) -> tuple[str, str]:
        """Username and password for TURN. name: who asks; only its hash is told. now: seconds since 1970.

        The shared-secret form of coturn's `use-auth-secret` (draft-uberti-behave-turn-rest): the username begins
        with its expiry, the password is base64(HMAC-SHA1(secret, username)).
        """
        if not self.secret:
            return self.username, self.password
        username = f"{now + LIFETIME_SECONDS}:{hashlib.sha256(name.encode()).hexdigest()[:16]}"
        digest = hmac.digest(self.secret.encode(), username.encode(), "sha1")
        return username, base64.b64encode(digest).decode()

    def stun(self) -> tuple[str, ...]:
        """The URLs that need no credentials."""
        return tuple(url for url in self.urls if url.startswith("stun"))

    def servers(self, name: str, now: int) -> tuple[IceServer, ...]:
        """All of them, with credentials where they are needed; arguments as for `credentials`."""
        username, password = self.credentials(name, now)
        return tuple(
            IceServer(url) if url.startswith("stun") else IceServer(url, username, password) for url in self.urls
        )
