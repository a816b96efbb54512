"""What arrives of picture and sound in front of a real Chromium."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
import numpy as np
import numpy.typing as npt

from served import Server
from visitors import Visitor

SPEECH = 0.01
"""RMS of full scale that only speech reaches; the avatar's silence is digital silence, coded."""
_MOMENT = 0.4
"""Seconds that may lie between two clauses of a sentence."""
_EDGE = 0.8
"""Seconds around a mark in which the ear is not asked: packets wait in the jitter buffer, events on the network."""
NO_SOUND = """() => {
    window.play = HTMLMediaElement.prototype.play;
    HTMLMediaElement.prototype.play = function () {
        return this.muted ? window.play.call(this) : Promise.reject(new DOMException("no", "NotAllowedError"));
    };
}"""
"""Makes this browser one that wants a click for every sound."""
_SAMPLER = """() => {
    const hearing = new AudioContext();
    const ear = new AnalyserNode(hearing, { fftSize: 2048 });
    const wave = new Float32Array(ear.fftSize);
    const video = document.querySelector("#video");
    let heard, source;
    window.heard = [];
    setInterval(() => {
        if (video.srcObject !== heard) {
            source?.disconnect();
            heard = video.srcObject;
            source = heard && hearing.createMediaStreamSource(heard);
            source?.connect(ear);
        }
        ear.getFloatTimeDomainData(wave);
        const energy = Math.sqrt(wave.reduce((sum, sample) => sum + sample * sample, 0) / wave.length);
        const spoken = document.querySelector("#captions > .spoken")?.dataset.segment ?? 0;
        window.heard.push([Date.now() / 1000, energy, Number(spoken)]);
    }, 40);
}"""


@dataclass(frozen=True)
class Heard:
    """What one listener heard, about 25 times a second. Arrays of shape (n,)."""

    at: npt.NDArray[np.float64]
    """seconds since 1970"""
    energy: npt.NDArray[np.float64]
    """RMS, full scale is 1"""
    spoken: npt.NDArray[np.float64]
    """the segment that the page marks, 0 for none"""

    def between(self, start: float, end: float) -> Heard:
        """The part from one time to another."""
        part = (self.at >= start) & (self.at < end)
        return Heard(self.at[part], self.energy[part], self.spoken[part])

    def well_inside(self, *, marked: bool) -> npt.NDArray[np.float64]:
        """Energies while a segment was marked, or while none was, away from the edges.

        Between the clauses of a sentence the mark is off for a moment: the avatar goes on.
        """
        state = self.spoken > 0
        changes = self.at[1:][state[1:] != state[:-1]]
        for off, on in zip(changes[int(state[0]) ^ 1 :: 2], changes[(int(state[0]) ^ 1) + 1 :: 2], strict=False):
            if on - off < _MOMENT:
                state = state | ((self.at >= off) & (self.at < on))
        changes = self.at[1:][state[1:] != state[:-1]]
        edges = np.concatenate([changes, self.at[-1:]])
        near = np.abs(self.at[:, None] - edges[None, :]).min(axis=1) < _EDGE
        return self.energy[(state == marked) & ~near]


async def watch(visitor: Visitor, seconds: float = 20) -> None:
    """Press the button and wait until the picture moves."""
    # A page that has just been opened has neither yet.
    await visitor.until(
        "() => ['watch', 'controls'].some(id => document.getElementById(id).checkVisibility())", seconds=seconds
    )
    if await visitor.page.locator("#watch").is_visible():
        await visitor.page.click("#watch")
    else:
        await follow(visitor, "avatar")
    await playing(visitor, seconds)


async def follow(visitor: Visitor, mode: str) -> None:
    """Choose another way to follow: avatar, sound or captions."""
    # The controls are there for whoever touches the page.
    await visitor.page.mouse.move(100, 100)
    await visitor.page.mouse.move(120, 120)
    await visitor.page.click("#more-toggle")
    await visitor.page.check(f"#modes [value={mode}]")
    await visitor.page.click("#more-close")


async def playing(visitor: Visitor, seconds: float = 20) -> None:
    """Wait until picture and sound arrive."""
    await visitor.see('#stage[data-sign="playing"]', seconds)


async def listen(visitor: Visitor) -> None:
    """From here on note what is heard, and what is marked meanwhile."""
    await visitor.page.evaluate(_SAMPLER)


async def heard(visitor: Visitor) -> Heard:
    """All that was noted since `listen`."""
    at, energy, spoken = np.array(await visitor.page.evaluate("window.heard")).T
    return Heard(at, energy, spoken)


async def peers(visitor: Visitor) -> list[str]:
    """The state of every peer that the page has made, in order."""
    states: list[str] = await visitor.page.evaluate("window.peers.map(peer => peer.connectionState)")
    return states


async def media_peers(server: Server) -> float:
    """How many peers the server has, in all sessions."""
    async with httpx.AsyncClient(base_url=server.url) as http:
        metrics = (await http.get("/metrics")).text
    return sum(float(line.split()[-1]) for line in metrics.splitlines() if line.startswith("dragoman_media_peers"))


async def pictures_per_second(visitor: Visitor, seconds: float = 4) -> float:
    """Decoded pictures of the newest peer, over this time."""
    rate: float = await visitor.page.evaluate(
        """async seconds => {
            const look = async () => {
                const reports = [...(await window.peers.at(-1).getStats()).values()];
                const video = reports.find(one => one.type === "inbound-rtp" && one.kind === "video");
                return { at: performance.now() / 1000, pictures: video.framesDecoded };
            };
            const before = await look();
            await new Promise(done => setTimeout(done, seconds * 1000));
            const after = await look();
            return (after.pictures - before.pictures) / (after.at - before.at);
        }""",
        seconds,
    )
    return rate


def alike(one: Heard, other: Heard) -> float:
    """How far two listeners heard the same: the best correlation of loudness within 0.4 s, 1 for the same."""
    step = 0.02
    start, end = max(one.at[0], other.at[0]) + 0.5, min(one.at[-1], other.at[-1]) - 0.5
    grid = np.arange(start, end, step)
    loudness = np.interp(grid, one.at, one.energy)
    shifts = np.arange(-0.4, 0.4, step)
    return max(float(np.corrcoef(loudness, np.interp(grid + shift, other.at, other.energy))[0, 1]) for shift in shifts)
