"""The lag as somebody would take it with a watch: when a word leaves the microphone, and when a listener hears it.

All by the wall clock of the machine that both pages are on, and without asking the server. Of what the server says only
positions are used: where on the floor a clause begins.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from dragoman.speech import FLOOR_RATE
from media import SPEECH
from visitors import Visitor

WIRE = """
    window.wire = { sent: [], told: [] };
    window.WebSocket = class extends WebSocket {
        constructor(...how) {
            super(...how);
            this.addEventListener("message", ({ data }) => {
                if (typeof data !== "string" || !data.startsWith("42[")) return;
                const [event, what] = JSON.parse(data.slice(2));
                window.wire.told.push([Date.now() / 1000, event, what]);
            });
        }
        send(data) {
            super.send(data);
            const chunk = typeof data === "string" && data.match(/"audioData".*"position":(\\d+)/);
            if (chunk) this.position = Number(chunk[1]);
            if (data instanceof ArrayBuffer) {
                window.wire.sent.push([Date.now() / 1000, this.position + data.byteLength / 2]);
            }
        }
    };
"""
"""Notes what a page sends and is told by Socket.IO. It must be there before the page is: a script for `visit`."""
QUIET = 0.15
"""Seconds of silence after which one hears that something begins."""
_AUDIBLE = SPEECH / 3
"""RMS of full scale: words may begin softly, and the avatar's silence stays far below this."""
_FOLLOWED = 120
"""Seconds after which a microphone that has become later counts as one that is not late."""
_ROUGHLY = 0.05
"""Seconds by which the times at which two events arrive may be further apart than what they tell of."""
_EARLY, _LATE = 0.1, 0.8
"""Seconds before and after the word that a clause begins, within which it is heard to begin. This only tells which
beginning belongs to which clause; a word that came at another time than the sound would find none."""
_LEND = """async () => {
    const track = document.querySelector("#video").srcObject.getAudioTracks()[0];
    const sound = new MediaStreamTrackProcessor({ track, maxBufferSize: 500 }).readable.getReader();
    const ear = (window.ear = { blocks: [], marked: [], held: [] });
    const listen = async () => {
        for (let block = await sound.read(); !block.done; block = await sound.read()) {
            const { value } = block;
            const wave = new Float32Array(value.numberOfFrames);
            value.copyTo(wave, { planeIndex: 0, format: "f32-planar" });
            const energy = Math.sqrt(wave.reduce((sum, sample) => sum + sample * sample, 0) / wave.length);
            ear.blocks.push([value.timestamp / 1e6, energy, Date.now() / 1000]);
            value.close();
            const spoken = Number(document.querySelector("#captions > .spoken")?.dataset.segment ?? 0);
            if (spoken && spoken !== ear.marked.at(-1)) ear.marked.push(spoken);
        }
    };
    void listen();
    setInterval(async () => {
        const reports = [...(await window.peers.at(-1).getStats()).values()];
        const { jitterBufferDelay, jitterBufferEmittedCount } = reports.find(
            one => one.type === "inbound-rtp" && one.kind === "audio");
        ear.held.push([Date.now() / 1000, jitterBufferDelay, jitterBufferEmittedCount]);
    }, 500);
}"""
"""Takes the very blocks of 10 ms that are decoded and played. Their stamps are of the moment at which the jitter buffer
gave them out, by a clock of Chromium's own, so that it does not matter how late this script gets to see them."""


@dataclass(frozen=True, slots=True)
class Told:
    """The page was told that the avatar begins to say a clause."""

    segment: int
    at: float
    """seconds since 1970"""
    lag: float
    """seconds"""
    pause: float
    """seconds since it was told that the one before had ended"""


@dataclass(frozen=True, slots=True)
class Span:
    """One clause's ear-voice span in two ways."""

    segment: int
    told: float
    """lagMs, in seconds"""
    heard: float
    """seconds from the clause's first sample at the microphone to the first sound of it at the ear"""
    held: float
    """seconds for which Chromium says that it held the sound back then, in its jitter buffer"""

    @property
    def apart(self) -> float:
        """By how many seconds the listener waited longer than it was told."""
        return self.heard - self.told


@dataclass(frozen=True)
class Microphone:
    """What the speaker's page sent, chunk by chunk. Arrays of shape (n,)."""

    at: npt.NDArray[np.float64]
    """seconds since 1970"""
    offset: npt.NDArray[np.float64]
    """when the floor would have begun if this chunk was not late, seconds since 1970"""

    def began(self, at: float) -> float:
        """When the floor began, as known at this time: seconds since 1970, of the chunk that was least late.

        That of _FOLLOWED. On a starved machine Chromium's microphone loses seconds, and nobody can tell those from
        chunks that are late, but by their not being made up for.
        """
        return float(self.offset[(self.at <= at) & (self.at > at - _FOLLOWED)].min())

    @property
    def lost(self) -> float:
        """Seconds of the talk that the microphone lost, or that were late in the end."""
        return float(self.offset[self.at > self.at[-1] - 10].min() - self.offset.min())


@dataclass(frozen=True)
class Ear:
    """What one listener heard."""

    at: npt.NDArray[np.float64]
    """of every block of 10 ms, seconds since 1970; shape (n,)"""
    energy: npt.NDArray[np.float64]
    """its RMS, full scale is 1; shape (n,)"""
    held: npt.NDArray[np.float64]
    """seconds since 1970, seconds in the jitter buffer, summed over all samples, and their number; shape (m, 3)"""
    marked: tuple[int, ...]
    """the segments that the page marked as spoken, one after the other"""

    def beginnings(self) -> npt.NDArray[np.float64]:
        """When something was heard after QUIET of silence, seconds since 1970."""
        loud = self.at[self.energy > _AUDIBLE]
        return loud[np.diff(loud, prepend=-math.inf) > QUIET]

    def held_back(self, at: float) -> float:
        """Seconds for which a sample had been in the jitter buffer, about this time."""
        times, waited, count = self.held.T
        later = int(np.clip(np.searchsorted(times, at), 1, len(times) - 1))
        earlier = max(0, later - 2)
        return float((waited[later] - waited[earlier]) / (count[later] - count[earlier]))


async def lend_ear(visitor: Visitor) -> None:
    """From here on take what this listener hears. Its avatar is playing."""
    await visitor.page.evaluate(_LEND)


async def taken(visitor: Visitor) -> Ear:
    """All that was heard since `lend_ear`."""
    found = await visitor.page.evaluate("window.ear")
    stamps, energy, seen = np.array(found["blocks"]).T
    # The two clocks run alike: the block that was seen soonest after it was played shows how far they are apart.
    return Ear(stamps + (seen - stamps).min(), energy, np.array(found["held"]), tuple(found["marked"]))


async def told(visitor: Visitor, event: str) -> list[tuple[float, dict[str, Any]]]:
    """When and what the page was told by this event. The page has WIRE."""
    found = await visitor.page.evaluate("event => window.wire.told.filter(one => one[1] === event)", event)
    return [(at, what) for at, _, what in found]


async def microphone(speaker: Visitor) -> Microphone:
    """What the speaker's microphone has given so far. The page has WIRE."""
    at, end = np.array(await speaker.page.evaluate("window.wire.sent")).T
    return Microphone(at, at - end / FLOOR_RATE)


def spans(begins: Sequence[Told], starts: dict[int, float], microphone: Microphone, ear: Ear) -> list[Span]:
    """The clauses that follow a pause, as they were told and as they were heard. starts: seconds on the floor."""
    beginnings, found = ear.beginnings(), []
    for one in begins:
        near = beginnings[(beginnings > one.at - _EARLY) & (beginnings < one.at + _LATE)]
        if one.pause > QUIET and len(near):
            heard = float(near[0])
            said = starts[one.segment] + microphone.began(heard)
            found.append(Span(one.segment, one.lag, heard - said, ear.held_back(heard)))
    return found


def after_pauses(begins: Sequence[Told]) -> int:
    """How many clauses must be heard to begin: those that surely follow a pause."""
    return sum(one.pause > QUIET + _ROUGHLY for one in begins)


def begun(states: Sequence[tuple[float, dict[str, Any]]]) -> Iterator[Told]:
    """The clauses that the avatar began, of all that was told by `avatarState`."""
    silent = (-math.inf, {"speaking": False})
    for (before, _), (at, what) in pairwise((silent, *states)):
        if what["speaking"]:
            yield Told(what["segmentId"], at, what["lagMs"] / 1000, at - before)
