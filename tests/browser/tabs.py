"""A Chromium in which a tab behind another one is hidden. Playwright tells all of its own that they are looked at."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, async_playwright

from visitors import CHROMIUM, FLAGS, Visitor

_PATIENCE = 30.0


@asynccontextmanager
async def tabs(folder: Path, preferences: dict[str, Any] | None = None) -> AsyncIterator[BrowserContext]:
    """Its profile lies in the folder. Ends with it. preferences: what its owner has set."""
    profile = folder / "profile"
    if preferences:
        (profile / "Default").mkdir(parents=True)
        (profile / "Default" / "Preferences").write_text(json.dumps(preferences), encoding="utf-8")
    arguments = ("--headless", "--remote-debugging-port=0", f"--user-data-dir={profile}", *FLAGS, "about:blank")
    process = subprocess.Popen([CHROMIUM, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        where = profile / "DevToolsActivePort"
        async with asyncio.timeout(_PATIENCE):
            while not where.exists() or len(where.read_text().split()) < 2:
                await asyncio.sleep(0.1)
        async with async_playwright() as playwright:
            port = where.read_text().split()[0]
            browser = await playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}", no_defaults=True)
            try:
                yield browser.contexts[0]
            finally:
                await browser.close()
    finally:
        process.kill()
        process.wait()


async def visit(context: BrowserContext, url: str, script: str = "") -> Visitor:
    """Open this address in a new tab, in front. script: runs in the page before its own do."""
    page = await context.new_page()
    await page.add_init_script(script)
    visitor = Visitor(page, urlsplit(url).netloc)
    visitor.watch()
    await page.goto(url)
    return visitor
