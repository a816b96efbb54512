"""The composition root: settings become engines, a journal, a conference and a server. Knows everybody."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog
import uvicorn
from starlette.types import ASGIApp

from dragoman.clock import MediaClock
from dragoman.company import Terms
from dragoman.conference import Conference, Limits
from dragoman.cost import Prices, PricesWrong
from dragoman.engines import registry
from dragoman.engines.pool import Pool
from dragoman.fallback import Patience
from dragoman.filmmaker import Filmmaker, filmmaking
from dragoman.ice import IceServers
from dragoman.journal import JournalFailed
from dragoman.ledger import Ledger
from dragoman.server.access import Attempts, Origins, Passcodes
from dragoman.server.desk import Desk
from dragoman.server.live import Live
from dragoman.server.metrics import Metrics
from dragoman.server.previews import Previews
from dragoman.server.sockets import WebSocket
from dragoman.server.web import application
from dragoman.settings import Settings, SettingsError
from dragoman.store import Store
from dragoman.webrtc.doors import Doors
from dragoman.webrtc.peers import Peers

log = structlog.get_logger(__name__)

_GOODBYE_SECONDS = 3
"""How long a stopping server waits for open requests."""


@dataclass(frozen=True, slots=True)
class Started:
    """What a server that is ready can say of itself."""

    url: str
    """where the pages are, for a browser on this machine"""
    port: int
    engines: Pool


class PortTaken(Exception):
    """The address cannot be listened on; the text says why."""


@contextlib.asynccontextmanager
async def engines(settings: Settings) -> AsyncIterator[Pool]:
    """The configured engines, loaded, and let go at the end."""
    chosen = registry.chosen(settings.engines, azure=settings.azure)
    loaded = await registry.load_pool(chosen, settings.for_engines)
    try:
        yield loaded
    finally:
        await loaded.close()


@contextlib.asynccontextmanager
async def application_for(settings: Settings, loaded: Pool) -> AsyncIterator[ASGIApp]:
    """A running server without a socket. Raises SettingsError."""
    terms = _terms(settings)
    async with Store.open(settings.database) as store, contextlib.AsyncExitStack() as stack:
        metrics = Metrics()
        passcodes = Passcodes(settings.wrong_passcodes)
        wrong_codes = Attempts(settings.wrong_codes_per_minute, 60.0)
        live = Live(
            passcodes=passcodes,
            wrong_codes=wrong_codes,
            metrics=metrics,
            origins=Origins(settings.allowed_origins, settings.public_url),
            now=_now,
        )
        clock = MediaClock()
        ledger = Ledger(store, terms.prices, live.spent)
        films = await stack.enter_async_context(filmmaking(settings.data_dir / "films", loaded, terms, ledger))
        conference = Conference(
            loaded, store, live, _limits(settings), clock=clock, now=_now, terms=terms, forgotten=films.forget
        )
        await _forget_orphans(films, store)
        live.conference = conference
        ice = IceServers(
            urls=settings.ice_server_url,
            username=settings.ice_server_username,
            password=settings.ice_server_password,
            secret=settings.turn_secret,
        )
        peers = Peers(clock, ice)
        desk = Desk(
            conference=conference,
            journal=store,
            settings=settings,
            passcodes=passcodes,
            created=Attempts(settings.sessions_per_minute, 60.0),
            wrong_codes=wrong_codes,
            metrics=metrics,
            media=Doors(peers),
            ice=ice,
            films=films,
            previews=Previews(loaded, terms.prices, live.spent),
        )
        _gauges(metrics, conference, live)

        async def unready() -> list[str]:
            return await _unready(loaded, store)

        await conference.open()
        watching = asyncio.create_task(metrics.watch_loop(), name="loop delay")
        try:
            yield application(desk, live.sio, unready)
        finally:
            watching.cancel()
            await conference.close()
            await peers.close()
            await live.close()


async def _forget_orphans(films: Filmmaker, store: Store) -> None:
    """Films whose sessions were forgotten while their files could not be removed."""
    for code in films.sessions():
        if await store.find(code) is None:
            await films.forget(code)


async def serve(
    settings: Settings, *, tls: tuple[Path, Path] | None = None, ready: Callable[[Started], None] = lambda _: None
) -> None:
    """Serve until SIGINT or SIGTERM. tls: certificate and key. Raises PortTaken."""
    listening = _listen(settings)
    async with engines(settings) as loaded, application_for(settings, loaded) as app:
        _spare_what_stays()
        config = uvicorn.Config(
            app,
            lifespan="off",
            loop="uvloop",
            http="httptools",
            ws=WebSocket,
            # Deflating PCM costs time and saves nothing.
            ws_per_message_deflate=False,
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=_GOODBYE_SECONDS,
            ssl_certfile=tls[0] if tls else None,
            ssl_keyfile=tls[1] if tls else None,
        )
        port = listening.getsockname()[1]
        started = Started(url=f"{'https' if tls else 'http'}://localhost:{port}", port=port, engines=loaded)
        log.info("serving", port=port, tls=bool(tls))
        await _Server(config, lambda: ready(started)).serve([listening])


def _spare_what_stays() -> None:
    """Let the collector of cycles look no more at what was loaded.

    A full collection would go through all its objects, a third of a second in which no sound leaves; and as
    there is one only when a quarter of all objects are new, what people leave behind would pile up for hours.
    """
    gc.collect()
    gc.freeze()
    # By this one the collector learns how few objects it has left.
    gc.collect()


class _Server(uvicorn.Server):
    """Uvicorn's server that says when it takes connections."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def _listen(settings: Settings) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        raise PortTaken(
            f"cannot listen on {settings.host} port {settings.port} ({error.strerror}); set HOST or PORT to others"
        ) from error


def _now() -> int:
    return time.time_ns() // 1_000_000


def prices(settings: Settings) -> Prices:
    """What engines cost. Raises SettingsError."""
    try:
        return Prices.read(settings.prices)
    except PricesWrong as error:
        raise SettingsError(str(error)) from error


def _terms(settings: Settings) -> Terms:
    return Terms(
        patience=Patience(failing=settings.fallback_seconds),
        prices=prices(settings),
        most=settings.max_cost_per_session or None,
        profanity=settings.profanity,
    )


def _limits(settings: Settings) -> Limits:
    return Limits(
        sessions=settings.max_sessions,
        listeners=settings.max_listeners,
        retention_days=settings.retention_days,
        unstarted_days=settings.unstarted_days,
        idle_days=settings.idle_days,
    )


def _gauges(metrics: Metrics, conference: Conference, live: Live) -> None:
    metrics.gauge("dragoman_sessions", "Sessions that have not ended", lambda: len(conference))
    metrics.gauge(
        "dragoman_sessions_working",
        "Sessions whose floor and booths are at work",
        lambda: sum(session.working for session in conference.sessions()),
    )
    metrics.gauge(
        "dragoman_listeners",
        "Joined listeners",
        lambda: sum(len(session.audience.listeners()) for session in conference.sessions()),
    )
    metrics.gauge(
        "dragoman_channels",
        "Languages on air: drawn and encoded now",
        lambda: sum(len(session.stage.on_air) for session in conference.sessions()),
    )
    metrics.gauge(
        "dragoman_media_peers",
        "Peers that receive picture and sound, or are connecting",
        lambda: sum(
            sum(session.stage.viewers().values()) + len(session.floor_sound) for session in conference.sessions()
        ),
    )
    metrics.gauge_by_language(
        "dragoman_lag_seconds",
        "Ear-voice span of what the avatars on air said last, of the session that is furthest behind",
        lambda: _lags(conference),
    )
    metrics.gauge("dragoman_sockets", "Open sockets, joined or not", lambda: len(live))
    metrics.gauge("dragoman_tasks", "Tasks of the event loop", lambda: len(asyncio.all_tasks()))


async def _unready(loaded: Pool, store: Store) -> list[str]:
    reasons = []
    if not loaded.targets():
        reasons.append("no translation is installed; `dragoman doctor` says how to get it")
    try:
        await store.check()
    except JournalFailed as error:
        reasons.append(f"the database cannot be written: {error}")
    return reasons


def _lags(conference: Conference) -> Mapping[str, float]:
    """Seconds by language, of the session where it is most."""
    worst: dict[str, float] = {}
    for session in conference.sessions():
        for language, lag in session.stage.lags.items():
            worst[language] = max(worst.get(language, 0.0), lag / 1000)
    return worst
