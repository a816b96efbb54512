"""What the server counts, for `/metrics`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from dragoman.events import AvatarState, Caption

CONTENT_TYPE = CONTENT_TYPE_LATEST
_LATENCY_BUCKETS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
_DELAY_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_SPAN_BUCKETS = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0)
_PROBE_SECONDS = 0.5


class Metrics:
    """One server's figures in a registry of their own, so that two servers in a process do not mix."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        registry = self._registry
        self.requests = Counter("dragoman_http_requests", "HTTP answers", ["route", "status"], registry=registry)
        self.refused = Counter("dragoman_refused", "Requests and events refused", ["code"], registry=registry)
        self.dropped = Counter(
            "dragoman_dropped_clients", "Clients cut because they were too far behind", registry=registry
        )
        self._captions = Counter("dragoman_captions", "Final captions made", ["language", "result"], registry=registry)
        self._latency = Histogram(
            "dragoman_caption_latency_seconds",
            "Arrival of a segment's last sample to the sending of its final caption",
            ["language"],
            buckets=_LATENCY_BUCKETS,
            registry=registry,
        )
        self._span = Histogram(
            "dragoman_ear_voice_span_seconds",
            "From the first word of a clause on the floor to the first sound of it from the avatar",
            ["language"],
            buckets=_SPAN_BUCKETS,
            registry=registry,
        )
        self.condensed = Counter(
            "dragoman_condensed_segments", "Clauses shown and not spoken", ["language"], registry=registry
        )
        self.fallbacks = Counter(
            "dragoman_fallbacks",
            "Times another engine took a job over, by the engine that did it before",
            ["job", "engine"],
            registry=registry,
        )
        self.cost = Counter(
            "dragoman_cost",
            "What sessions, their films and tried voices cost, by list prices",
            ["engine", "kind"],
            registry=registry,
        )
        self._delay = Histogram(
            "dragoman_loop_delay_seconds", "How late the event loop runs", buckets=_DELAY_BUCKETS, registry=registry
        )

    def gauge(self, name: str, what: str, read: Callable[[], float]) -> None:
        """A figure that is read when asked for."""
        Gauge(name, what, registry=self._registry).set_function(read)

    def gauge_by_language(self, name: str, what: str, read: Callable[[], Mapping[str, float]]) -> None:
        """A figure for every language that has one when it is asked for."""
        self._registry.register(_ByLanguage(name, what, read))

    def captioned(self, caption: Caption, seconds: float) -> None:
        """A final caption was made and is being sent."""
        self._captions.labels(caption.language, "untranslated" if caption.untranslated else "ok").inc()
        self._latency.labels(caption.language).observe(seconds)

    def said(self, state: AvatarState) -> None:
        """An avatar begins or ends to say a clause."""
        if state.speaking and state.lag_ms is not None:
            self._span.labels(state.language).observe(state.lag_ms / 1000)

    def text(self) -> bytes:
        """OpenMetrics."""
        text: bytes = generate_latest(self._registry)  # type: ignore[no-untyped-call]  # its signature has no types
        return text

    async def watch_loop(self) -> None:
        """Measure the event loop's delay until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _PROBE_SECONDS
            await asyncio.sleep(_PROBE_SECONDS)
            self._delay.observe(max(0.0, loop.time() - due))


@dataclass(frozen=True, slots=True)
class _ByLanguage(Collector):
    """A gauge whose languages come and go."""

    name: str
    what: str
    read: Callable[[], Mapping[str, float]]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(self.name, self.what, labels=["language"])
        for language, value in self.read().items():
            family.add_metric([language], value)
        yield family
