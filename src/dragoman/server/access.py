"""Who may do what: the host's secret, the server's key, passcodes, and how often one may guess."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import math
import secrets
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from dragoman.errors import HostKeyNeeded, NotFound, NotHost, PasscodeNeeded, TooMany
from dragoman.journal import SessionRecord
from dragoman.session import Session

_ADDRESSES = 10_000
"""Addresses remembered per limit; beyond it the one that was quiet longest is forgotten."""


class Attempts:
    """At most `most` attempts per address within `seconds`, a sliding window."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._made: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, address: str, now: float) -> None:
        """Raises TooMany with the seconds to wait. now: any clock in seconds that does not go back."""
        made = self._recent(address, now)
        if len(made) >= self._most:
            wait = max(1, math.ceil(made[0] + self._seconds - now))
            raise TooMany(f"too many attempts; try again in {wait} s", retry_after=wait)

    def count(self, address: str, now: float) -> None:
        """One more attempt."""
        self._recent(address, now).append(now)

    def forgive(self, address: str) -> None:
        """The last attempt was a right one after all."""
        made = self._made.get(address)
        if made:
            made.pop()

    def _recent(self, address: str, now: float) -> deque[float]:
        made = self._made.setdefault(address, deque())
        self._made.move_to_end(address)
        while made and made[0] <= now - self._seconds:
            made.popleft()
        while len(self._made) > _ADDRESSES:
            self._made.popitem(last=False)
        return made


@contextmanager
def guessing(wrong: Attempts, address: str) -> Iterator[None]:
    """Around the look-up of something that can be guessed: what is not found counts. Raises TooMany."""
    now = asyncio.get_running_loop().time
    wrong.check(address, now())
    try:
        yield
    except (NotFound, HostKeyNeeded):
        wrong.count(address, now())
        raise


def visitor(host: str) -> str:
    """What counts as one visitor: an IPv4 address, or an IPv6 network of 64 bits, of which one household has all."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), 64), strict=False))


class Origins:
    """Whose pages may open a socket: the server's own, and those of ALLOWED_ORIGINS."""

    def __init__(self, allowed: Sequence[str], public_url: str) -> None:
        parts = [urlsplit(url) for url in (*allowed, public_url) if url]
        self._any = "*" in allowed
        self._allowed = {f"{url.scheme}://{url.netloc}".lower() for url in parts}

    def allows(self, origin: str, hosts: Sequence[str]) -> bool:
        """origin: as the browser says it. hosts: names and ports under which the request came."""
        if self._any or origin.lower() in self._allowed:
            return True
        try:
            place = urlsplit(origin).netloc.lower()
        except ValueError:
            return False
        # The scheme says nothing: in front of this server somebody else may do the TLS.
        return bool(place) and place in {host.lower() for host in hosts}


def check_host_key(authorization: str | None, host_key: str) -> None:
    """With a HOST_KEY set, `Authorization: Bearer <key>` must carry it. Raises HostKeyNeeded."""
    if not host_key:
        return
    scheme, _, key = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(key.strip().encode(), host_key.encode()):
        raise HostKeyNeeded("this server needs its host key; send it as Authorization: Bearer <key>")


def check_host(session: Session, client: str) -> None:
    """Raises NotHost."""
    if not session.is_host(client):
        raise not_host()


def not_host() -> NotHost:
    """The refusal of everybody else."""
    return NotHost("only the host may do this; send the ClientId that created the session")


def _digest(passcode: str, salt: bytes) -> bytes:
    # Parameters of RFC 7914's interactive use: some 50 ms and 16 MiB, so it runs on a thread.
    return hashlib.scrypt(passcode.encode(), salt=salt, n=2**14, r=8, p=1)


async def hash_passcode(passcode: str) -> str:
    """What is kept of a passcode: salt and scrypt digest."""
    salt = secrets.token_bytes(16)
    digest = await asyncio.to_thread(_digest, passcode, salt)
    return f"{base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


class Passcodes:
    """Checks passcodes, at most `most` wrong ones per address a minute."""

    def __init__(self, most: int) -> None:
        self._attempts = Attempts(most, 60.0)
        self._key = secrets.token_bytes(32)
        self._right: OrderedDict[tuple[str, bytes], None] = OrderedDict()

    async def check(self, record: SessionRecord, passcode: str | None, address: str, now: float) -> None:
        """Raises PasscodeNeeded, TooMany. now: seconds on a clock that does not go back."""
        if record.passcode is None:
            return
        self._attempts.check(address, now)
        if passcode is None:
            raise PasscodeNeeded("this session needs a passcode")
        # A full room joins with one passcode: the slow digest is computed once for it, not once for each.
        seen = (record.passcode, hmac.digest(self._key, passcode.encode(), "sha256"))
        if seen in self._right:
            return
        # Counted before the digest is computed, so that guesses made at the same time count too.
        self._attempts.count(address, now)
        salt, digest = (base64.b64decode(part) for part in record.passcode.split("$"))
        if not hmac.compare_digest(await asyncio.to_thread(_digest, passcode, salt), digest):
            raise PasscodeNeeded("this is not the session's passcode")
        self._attempts.forgive(address)
        self._right[seen] = None
        while len(self._right) > _ADDRESSES:
            self._right.popitem(last=False)
