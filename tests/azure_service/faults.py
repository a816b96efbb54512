"""Faults on demand: what a test may break, per service, while everything runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from .records import SERVICES, Service

Garbage = Literal["frame", "body"]
FOR_EVER = 1 << 30


@dataclass(slots=True)
class _Broken:
    """One service's faults. Counters say how many times more."""

    refusals: list[list[int]] = field(default_factory=list)
    """[status, times], the first is used up first"""
    silent: bool = False
    delay: float = 0.0
    garbage: int = 0
    garbage_kind: Garbage = "frame"
    quota: int = 0
    quota_code: int = 1007
    drops: int = 0
    lifetime: float | None = None
    lifetime_code: int = 1000


class Faults:
    """Thread-safe. Every method takes the service: recognition, synthesis, avatar, http; all are well until told."""

    def __init__(
        self, hang_up: Callable[[Service, int | None, float], None], peers_die: Callable[[bool], None]
    ) -> None:
        """hang_up(service, code, after): ends all websockets of a service in `after` seconds, with a close code or,
        with None, by dropping the connection. peers_die(quietly): of all avatars. Both may be called from any thread.
        """
        self._hang_up = hang_up
        self._peers_die = peers_die
        self._nobody = 0
        self._lock = threading.Lock()
        self._of: dict[Service, _Broken] = {service: _Broken() for service in SERVICES}

    # What a test does

    def refuse(self, service: Service, status: int, times: int = FOR_EVER) -> None:
        """New connections and requests are answered with this HTTP status: 401, 403, 429, 503..."""
        with self._lock:
            self._of[service].refusals.append([status, times])

    def drop(self, service: Service) -> None:
        """All of its websockets break now, without a closing handshake, as when a network goes."""
        self._hang_up(service, None, 0.0)

    def close(self, service: Service, code: int = 1000) -> None:
        """All of its websockets are closed now, in good order; new ones are welcome."""
        self._hang_up(service, code, 0.0)

    def drop_in_turn(self, service: Service, times: int = 1) -> None:
        """The next so many turns break in their middle: a recognition after a hypothesis, a synthesis after half of
        its sound, an avatar in the middle of its sentence."""
        with self._lock:
            self._of[service].drops = times

    def close_after(self, service: Service, seconds: float, code: int = 1000) -> None:
        """Every websocket, those that are open too, is closed when it is (another) so many seconds old."""
        with self._lock:
            self._of[service].lifetime, self._of[service].lifetime_code = seconds, code
        self._hang_up(service, code, seconds)

    def silence(self, service: Service) -> None:
        """It accepts everything and says nothing."""
        with self._lock:
            self._of[service].silent = True

    def slow(self, service: Service, seconds: float) -> None:
        """All its answers come so much later, in their order."""
        with self._lock:
            self._of[service].delay = seconds

    def garbage(self, service: Service, times: int = 1, kind: Garbage = "frame") -> None:
        """The next so many messages are nonsense: as a whole, or in their JSON; for http: bodies that are not JSON."""
        with self._lock:
            self._of[service].garbage, self._of[service].garbage_kind = times, kind

    def quota(self, service: Service, times: int = FOR_EVER, code: int = 1007) -> None:
        """A turn is ended with `Quota exceeded` and this close code (1007, or 4429 as newer services do); for http:
        403 with the body of an exceeded quota."""
        with self._lock:
            self._of[service].quota, self._of[service].quota_code = times, code

    def peers_die(self, *, quietly: bool = False) -> None:
        """The WebRTC peers of all avatars close while their websockets live; quietly: pictures and sound stop, and
        nothing says so. Blocks until it is so."""
        self._peers_die(quietly)

    def no_peer(self, times: int = FOR_EVER) -> None:
        """The next avatars answer an offer, but there is nobody at the addresses they give."""
        with self._lock:
            self._nobody = times

    def clear(self, service: Service | None = None) -> None:
        """That service, or all of them, are well again."""
        with self._lock:
            for name in SERVICES if service is None else (service,):
                self._of[name] = _Broken()
            if service in (None, "avatar"):
                self._nobody = 0

    # What the service asks

    def refusal(self, service: Service) -> int | None:
        """The status to refuse with, used up once."""
        with self._lock:
            waiting = self._of[service].refusals
            if not waiting:
                return None
            waiting[0][1] -= 1
            status = waiting[0][0]
            if waiting[0][1] <= 0:
                waiting.pop(0)
            return status

    def is_silent(self, service: Service) -> bool:
        return self._of[service].silent

    def delay(self, service: Service) -> float:
        return self._of[service].delay

    def lifetime(self, service: Service) -> tuple[float, int] | None:
        """Seconds, and the code to close with."""
        broken = self._of[service]
        return None if broken.lifetime is None else (broken.lifetime, broken.lifetime_code)

    def takes_garbage(self, service: Service) -> Garbage | None:
        """What kind of nonsense to send instead, used up once."""
        with self._lock:
            return self._of[service].garbage_kind if self._used(self._of[service], "garbage") else None

    def takes_drop(self, service: Service) -> bool:
        with self._lock:
            return self._used(self._of[service], "drops")

    def takes_quota(self, service: Service) -> int | None:
        """The code to close with, used up once."""
        with self._lock:
            return self._of[service].quota_code if self._used(self._of[service], "quota") else None

    def takes_peer(self) -> bool:
        """Whether an avatar that answers is nobody."""
        with self._lock:
            self._nobody -= (nobody := self._nobody > 0)
            return nobody

    @staticmethod
    def _used(broken: _Broken, counter: str) -> bool:
        left = int(getattr(broken, counter))
        if left <= 0:
            return False
        setattr(broken, counter, left - 1)
        return True
