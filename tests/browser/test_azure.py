"""The main job on Azure: recognised, translated, spoken and shown by it, until it refuses."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from azure_service import AzureService, Script
from azure_service.records import SERVICES
from harbour import PATIENCE, STANDING, TALK, sees, shown
from hosts import apertium, transcript
from media import SPEECH, heard, listen, watch
from served import serving, without_settings
from speech_data import silence
from visitors import Visitor, Visitors, visitors, write_wav

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LANGUAGES = ("es", "fr")
TYPED = "The meeting begins at noon."
"""What is said when Azure refuses, in words that the embedded engines translate well."""
WAYS = {"es": ("en", "es"), "fr": ("en", "es", "fr")}
"""How the embedded engines translate into each."""


async def test_a_talk_on_azure_with_its_avatar_goes_on_where_azure_refuses(tmp_path: Path) -> None:
    with AzureService(Script(TALK)) as azure:
        # The microphone's file begins when the talk does.
        microphone = write_wav(tmp_path / "talk.wav", [silence(1.0), azure.talk(pause=1.2), silence(60)])
        environment = without_settings(azure.settings())
        async with visitors(microphone) as crowd:
            with serving(tmp_path, environment=environment) as server:
                speaker, code = await created(crowd, server.url)
                listeners = await watching(crowd, f"{server.url}/listener/{code}")
                await avatars_are_shown(azure, listeners)
                await speaker.page.click("#toggle")
                await asyncio.gather(*map(avatar_speaks, listeners.values()))
                for listener in listeners.values():
                    await listener.until(f"count => {STANDING} === count", len(TALK), PATIENCE)
                    await said(listener)
                await everything_once(azure, server.url, code, speaker, listeners)
                await engines_and_cost(speaker)
                await azure_refuses(azure, speaker, listeners)
        assert not azure.failures, azure.failures[0]


async def created(crowd: Visitors, url: str) -> tuple[Visitor, str]:
    """A speaker who chooses an Azure presenter and two languages, and nothing else; the session's code."""
    speaker = await crowd.visit(f"{url}/speaker")
    await speaker.see("#setup-form")
    await speaker.page.fill("#session-name", "Harbour")
    # Of a hundred languages the browser's is the one that is spoken.
    assert await speaker.page.input_value("#source-language") == "en"
    for tag in LANGUAGES:
        await speaker.page.check(f"#target-languages input[value={tag}]")
    await speaker.page.get_by_role("radio", name="Lisa").check()
    await speaker.page.click("#create")
    await speaker.see("#desk", PATIENCE)
    return speaker, await speaker.text("#code")


async def watching(crowd: Visitors, link: str) -> dict[str, Visitor]:
    """One listener in each language, in front of its avatar."""
    listeners = {tag: await crowd.visit(f"{link}?language={tag}", width=360) for tag in LANGUAGES}
    for listener in listeners.values():
        await listener.see('#connection[data-state="connected"]', PATIENCE)
        await watch(listener, PATIENCE)
        await listen(listener)
    return listeners


async def avatars_are_shown(azure: AzureService, listeners: Mapping[str, Visitor]) -> None:
    """Each sees an avatar of its own, which moves; the service has one connection for each language."""
    numbers = set()
    for listener in listeners.values():
        first = await sees(listener, lambda seen: not seen.speaking)
        await sees(listener, lambda seen, before=first: seen.number == before.number and seen.phase != before.phase)
        numbers.add(first.number)
    assert len(numbers) == len(LANGUAGES)
    assert numbers <= {picture.number for picture in azure.pictures}
    await azure.until(lambda: len(azure.live("avatar")) == len(LANGUAGES), PATIENCE)
    assert {picture.character for picture in azure.pictures} == {"lisa"}


async def avatar_speaks(listener: Visitor) -> None:
    """The avatar moves its lips, and meanwhile it is heard."""
    await sees(listener, lambda seen: seen.speaking)
    await listener.until("loud => window.heard.slice(-25).some(([, energy]) => energy > loud)", SPEECH, PATIENCE)


async def said(listener: Visitor) -> None:
    """Every sentence was marked while it was spoken, and speech was heard then and only then."""
    done = """count => new Set(window.heard.map(([, , spoken]) => spoken)).size === count + 1
        && window.heard.slice(-50).every(([, , spoken]) => spoken === 0)"""
    await listener.until(done, len(TALK), PATIENCE)
    sound = await heard(listener)
    marked, unmarked = sound.well_inside(marked=True), sound.well_inside(marked=False)
    assert np.median(marked) > SPEECH
    assert np.quantile(unmarked, 0.95) < SPEECH / 3


async def everything_once(
    azure: AzureService, url: str, code: str, speaker: Visitor, listeners: Mapping[str, Visitor]
) -> None:
    """Sentences, captions, transcript and what the avatars said are the script's: nothing is lost, nothing is twice."""
    expected = [
        {"id": number, "growing": False, "heard": one.text, "lines": {tag: one.translation(tag) for tag in LANGUAGES}}
        for number, one in enumerate(TALK, 1)
    ]
    assert await speaker.passages() == expected
    written = await transcript(url, code)
    assert [(one["sourceText"], one["translations"]) for one in written] == [
        (one["heard"], one["lines"]) for one in expected
    ]
    for tag, listener in listeners.items():
        texts = [one.translation(tag) for one in TALK]
        assert await listener.captions(final=False) == [(number, tag, text) for number, text in enumerate(texts, 1)]
        assert [one.text for one in azure.spoken if one.voice.startswith(tag)] == texts
    assert [one.text for one in azure.recognised] == [one.text for one in TALK]
    assert not azure.translated, "the stream translates"


async def engines_and_cost(speaker: Visitor) -> None:
    await speaker.page.click("#engines-box > summary")
    assert await speaker.page.locator("#engines b").all_inner_texts() == ["azure"] * 4
    cost = await speaker.page.inner_text("#cost")
    assert re.search(r"[1-9]", cost), cost
    assert await speaker.page.locator("#engine-note").is_hidden()


async def azure_refuses(azure: AzureService, speaker: Visitor, listeners: Mapping[str, Visitor]) -> None:
    """The key is not taken any more: others do the work, the page says so, and what is said then is understood."""
    for service in SERVICES:
        azure.faults.refuse(service, 401)
    for service in SERVICES:
        azure.faults.drop(service)
    spoken = len(azure.spoken)
    await speaker.page.get_by_role("textbox", name="Type instead of speaking").fill(TYPED)
    await speaker.page.keyboard.press("Enter")
    await speaker.see("#engine-note", PATIENCE)
    for job in ("Hears", "Translates"):
        await speaker.read("#engine-note", f"{job}: embedded has taken over", PATIENCE)
    await speaker.accessible()
    for tag, listener in listeners.items():
        await listener.until(f"count => {STANDING} === count", len(TALK) + 1, PATIENCE)
        number, language, text = (await listener.captions())[-1]
        assert (number, language, text) == (len(TALK) + 1, tag, apertium(TYPED, *WAYS[tag]))
        # Who is drawn here stands in for who is gone, and says it.
        await listener.until("number => window.heard.at(-1)[2] === number", len(TALK) + 1, PATIENCE)
        await listener.until("loud => window.heard.slice(-25).some(([, energy]) => energy > loud)", SPEECH, PATIENCE)
        assert await shown(listener) is None
    assert len(azure.spoken) == spoken
