"""A lid that closes in the middle of the talk: everything in the page stands still, and goes on later.

Chromium freezes no page that is seen, and without a screen none is hidden (`Page.setWebLifecycleState` answers and does
nothing): here the page's process is stopped as a sleeping machine stops it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from desk_states import loudness, microphone, rooms, seated
from houses import until
from visitors import Visitors

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_WATCH = """() => {
    window.seen = { longest: 0, last: performance.now() };
    setInterval(() => {
        const now = performance.now();
        window.seen.longest = Math.max(window.seen.longest, now - window.seen.last);
        window.seen.last = now;
    }, 100);
}"""


@asynccontextmanager
async def asleep(crowd: Visitors) -> AsyncIterator[None]:
    """No page of this browser does anything meanwhile."""
    browser = await crowd.browser.new_browser_cdp_session()
    processes = (await browser.send("SystemInfo.getProcessInfo"))["processInfo"]
    pages = [int(process["id"]) for process in processes if process["type"] == "renderer"]
    assert pages
    for page in pages:
        os.kill(page, signal.SIGSTOP)
    try:
        yield
    finally:
        for page in pages:
            os.kill(page, signal.SIGCONT)


async def test_a_page_that_slept_goes_on_with_the_same_talk(tmp_path: Path, crowd: Visitors) -> None:
    async with rooms(tmp_path, crowd) as here:
        speaker = await seated(here, "en-US")
        page, code = speaker.page, await speaker.text("#code")
        session = here.house.conference.running(code)
        assert session is not None
        await microphone(page, gain=0.1)
        await page.click("#toggle")
        await speaker.see("#passages > :nth-child(2)", 40)
        await page.evaluate(_WATCH)
        async with asleep(crowd):
            # It answers no ping any more: for the server it is gone.
            await until(lambda: len(session.audience) == 0, 40)
            said = session.history.last_id
        await until(lambda: len(session.audience) == 1, 40)
        await speaker.see('#connection[data-state="connected"]')
        await speaker.see('#state[data-phase="on"]')
        assert await page.evaluate("window.seen.longest") > 3000, "its timers stood still"
        # Still the same session, and the microphone is heard again without being asked for.
        assert await speaker.text("#code") == code
        await until(lambda: session.history.last_id > said + 1, 40)
        await loudness(page, 0)
        shown = [one["id"] for one in await speaker.passages() if not one["growing"]]
        assert shown == list(range(1, len(shown) + 1)), "nothing twice, nothing left out"
        assert len(shown) > said
