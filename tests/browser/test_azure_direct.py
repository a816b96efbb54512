"""Avatars that go from Azure straight to each listener's Chromium, until the session may cost no more."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from azure_service import AzureService, Script
from harbour import PATIENCE, STANDING, TALK, sees, shown
from hosts import Host, apertium
from media import SPEECH, listen, watch
from served import serving, without_settings
from visitors import Visitor, visitors

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TEXTS = [sentence.translation("es") for sentence in TALK]
PER_CHARACTER = {"price": 1, "per": 1, "unit": "character"}


async def test_each_has_an_avatar_of_its_own_until_all_are_handed_to_the_channel(tmp_path: Path) -> None:
    # Two avatars say the first sentence, and the second is more than the session may cost.
    most = 2 * len(TEXTS[0]) + len(TEXTS[1]) // 2
    (tmp_path / "prices.json").write_text(
        json.dumps({"currency": "EUR", "engines": {"azure": {"voice": PER_CHARACTER}}})
    )
    with AzureService(Script(TALK), relays=()) as azure:
        settings = {
            "AZURE_AVATAR": "direct",
            "AZURE_AVATAR_CONNECTS_PER_MINUTE": "60",
            "PRICES": str(tmp_path / "prices.json"),
            "MAX_COST_PER_SESSION": str(most),
        }
        environment = without_settings({**azure.settings(), **settings})
        async with visitors() as crowd:
            with serving(tmp_path, environment=environment) as server:
                host = await Host.create(server.url, avatarCharacter="lisa", targetLanguages=["es"])
                await host.post("startTranslation")
                link = f"{server.url}/listener/{host.code}?language=es"
                listeners = [await crowd.visit(link, width=360) for _ in range(2)]
                for listener in listeners:
                    await listener.see('#connection[data-state="connected"]', PATIENCE)
                    await watch(listener, PATIENCE)
                    await listen(listener)
                await speak_by_themselves(azure, host, listeners)
                await are_handed_over(azure, host, listeners)
        assert not azure.failures, azure.failures[0]


async def speak_by_themselves(azure: AzureService, host: Host, listeners: list[Visitor]) -> None:
    numbers = [(await sees(listener, lambda seen: not seen.speaking)).number for listener in listeners]
    assert len(set(numbers)) == 2
    await azure.until(lambda: len(azure.live("avatar")) == 2, PATIENCE)
    await host.say(TALK[0].text)
    await asyncio.gather(*(sees(listener, lambda seen: seen.speaking) for listener in listeners))
    await asyncio.gather(*(hears(listener, 1) for listener in listeners))
    await asyncio.gather(*(sees(listener, lambda seen: not seen.speaking) for listener in listeners))
    assert [one.text for one in azure.spoken] == [TEXTS[0]] * 2


async def are_handed_over(azure: AzureService, host: Host, listeners: list[Visitor]) -> None:
    """The line that broke off is said again by the drawn presenter, and the next ones too."""
    await host.say(TALK[1].text)
    await azure.until(lambda: not azure.live("avatar"), PATIENCE)
    for listener in listeners:
        # From here on it counts who is heard.
        await listener.page.evaluate("window.heard.length = 0")
    await host.say(TALK[2].text)
    said = [*TEXTS[:2], apertium(TALK[2].text, "en", "es")]
    for listener in listeners:
        await hears(listener, 2)
        assert await shown(listener) is None
        await hears(listener, 3)
        assert await shown(listener) is None
        await listener.until(f"count => {STANDING} === count", 3, PATIENCE)
        assert await listener.captions() == [(number, "es", text) for number, text in enumerate(said, 1)]
        assert await listener.page.locator("#cover").is_hidden()
    assert len(azure.pictures) == 2, "nobody asks Azure any more"


async def hears(listener: Visitor, segment: int) -> None:
    """The page marks this segment, and meanwhile somebody speaks."""
    spoken = "([segment, loud]) => window.heard.some(([, energy, spoken]) => spoken === segment && energy > loud)"
    await listener.until(spoken, [segment, SPEECH], PATIENCE)
