"""The avatar in a real Chromium: how soon its picture stands there, and how well the lips fit the sound.

    python -m benchmarks.browser [--minutes 10] [--opens 10] [--json FILE]

The listener's page, opened and its button pressed as a person would. The fit is Chromium's own estimate: of picture
and sound, `estimatedPlayoutTimestamp` is the sender's time of what is played at this moment; their difference, taken
every second while a talk goes on, is how far the lips are from the voice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from pathlib import Path
from typing import Any

import psutil
from benchmarks.captions import seconds_of, server, speak
from benchmarks.media import session
from benchmarks.recordings import RATE, talk
from playwright.async_api import Browser, Page, async_playwright

_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
_CHROMIUM = "/usr/bin/chromium"
_BUTTON = "#watch"

_REMEMBER_PEERS = """
    window.peers = [];
    window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(...given) { super(...given); window.peers.push(this); }
    };
"""
_PRESS = """
    (button) => new Promise((resolve) => {
        const video = document.querySelector("video");
        const began = performance.now();
        video.requestVideoFrameCallback(() => resolve((performance.now() - began) / 1000));
        document.querySelector(button).click();
    })
"""
_STATS = """
    async () => {
        const found = {};
        for (const peer of window.peers) {
            if (peer.connectionState !== "connected") continue;
            for (const one of (await peer.getStats()).values()) {
                if (one.type === "inbound-rtp") found[one.kind] = one;
            }
        }
        return found;
    }
"""


async def first_picture(browser: Browser, address: str) -> float:
    """Seconds from the press of the button to the first picture on the screen."""
    page = await _page(browser, address)
    seconds: float = await page.evaluate(_PRESS, _BUTTON)
    await page.context.close()
    return seconds


async def _page(browser: Browser, address: str) -> Page:
    context = await browser.new_context()
    await context.add_init_script(_REMEMBER_PEERS)
    page = await context.new_page()
    await page.goto(address)
    await page.wait_for_selector(f"{_BUTTON}:enabled")
    return page


async def fit(page: Page, seconds: float) -> dict[str, Any]:
    """The lips against the sound, ms (positive: the picture is late), for so long."""
    apart, first = [], await page.evaluate(_STATS)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        await asyncio.sleep(1)
        last = await page.evaluate(_STATS)
        if all(last.get(kind, {}).get("estimatedPlayoutTimestamp") for kind in ("audio", "video")):
            apart.append(last["audio"]["estimatedPlayoutTimestamp"] - last["video"]["estimatedPlayoutTimestamp"])
    apart.sort()
    video = {name: last["video"][name] - first["video"][name] for name in ("framesDecoded", "freezeCount")}
    return {
        "samples": len(apart),
        "picture behind sound, median ms": statistics.median(apart),
        "p5 ms": apart[int(0.05 * (len(apart) - 1))],
        "p95 ms": apart[int(0.95 * (len(apart) - 1))],
        "pictures a second": video["framesDecoded"] / seconds,
        "freezes": video["freezeCount"],
        "sound concealed %": 100 * last["audio"]["concealedSamples"] / max(1, last["audio"]["totalSamplesReceived"]),
    }


async def measure(url: str, process: psutil.Process, opens: int, minutes: float) -> dict[str, Any]:
    """Both figures, while the talk is repeated."""
    sound = talk()
    with session(url, ("es",)) as (code, host):
        address = f"{url}/listener/{code}?language=es"
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=_CHROMIUM, args=list(_FLAGS))
            speaking = asyncio.create_task(talk_on(url, code, host, sound))
            opened = [await first_picture(browser, address) for _ in range(opens)]
            page = await _page(browser, address)
            await page.evaluate(_PRESS, _BUTTON)
            await asyncio.sleep(5)  # until the jitter buffers have settled
            cpu, began = seconds_of(process), time.monotonic()
            fitting = await fit(page, minutes * 60)
            busy = 100 * (seconds_of(process) - cpu) / (time.monotonic() - began)
            speaking.cancel()
            await asyncio.gather(speaking, return_exceptions=True)
            await browser.close()
    return {
        "press to first picture, median s": statistics.median(opened),
        "press to first picture, worst s": max(opened),
        "server, % of a core": busy,
        "lips": fitting,
    }


async def talk_on(url: str, code: str, host: str, sound: Any) -> None:
    """The talk, over and over, until cancelled."""
    begin = 0
    while True:
        await speak(url, code, host, sound, offset=begin)
        begin += len(sound) // (RATE // 25) * (RATE // 25)


def main() -> None:
    """Print the figures; write them where --json says."""
    parser = argparse.ArgumentParser(description="The avatar in Chromium.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--opens", type=int, default=10)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with server() as (url, process):
        figures = asyncio.run(measure(url, process, asked.opens, asked.minutes))
    print(json.dumps(figures, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
