"""A talk in several languages, told apart as they are spoken: followed in translation, or as it is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from azure_service import AzureService, Script, Sentence
from bearing import plain
from hosts import Host
from onlookers import words
from served import serving, without_settings
from visitors import Visitor, Visitors

pytestmark = [pytest.mark.browser, pytest.mark.slow]

expect.set_options(timeout=20_000)

DE = words("de")
TALK = (
    Sentence("Good morning everybody and welcome to the harbour.", {"es": "Buenos días y bienvenidos al puerto."}),
    Sentence("Wir sprechen jetzt von den Schiffen.", {"es": "Ahora hablamos de los barcos."}, "de-DE"),
)
SAID = [("en", TALK[0].text), ("de", TALK[1].text)]


async def test_a_talk_in_two_languages_is_followed_as_it_is_said_or_in_translation(
    tmp_path: Path, crowd: Visitors
) -> None:
    embedded = ",".join(f"{job}:embedded" for job in ("voice", "face"))
    with AzureService(Script(TALK)) as azure:
        settings = {**azure.settings(), "ENGINES": f"recognizer:azure,translator:azure,{embedded}"}
        with serving(tmp_path, environment=without_settings(settings)) as server:
            source = {"sourceLanguage": "auto", "sourceLanguages": ["en", "de"]}
            host = await Host.create(server.url, targetLanguages=("es",), **source)
            uwe = await crowd.visit(f"{server.url}/listener/{host.code}", width=360, locale="de-DE")
            await uwe.page.get_by_role("button", name=DE["mode.captions"]).click()
            await host.speak(azure.talk(pause=0.8), live=True)
            await hears_all(uwe, SAID)
            await expect(uwe.page.locator("#line > .line-text").first).to_have_attribute("lang", "de")
            chooser = uwe.page.locator("#language")
            assert await chooser.locator("option").all_text_contents() == ["español", "English / Deutsch"]
            await plain(uwe)
            await chooser.select_option("es")
            await hears_all(uwe, [("es", one.translations["es"]) for one in TALK])
            await chooser.select_option("English / Deutsch")
            # What was said before he came is told again.
            await hears_all(uwe, SAID)
            await uwe.page.reload()
            await hears_all(uwe, SAID)
            await host.post("endSession")
            await uwe.told("#door-title", "door.over")
            await every_link_works(uwe)


async def hears_all(listener: Visitor, said: list[tuple[str, str]]) -> None:
    """These sentences, in one or more captions each, and nothing else."""
    whole = " ".join(text for _, text in said)
    await listener.until(
        """whole => [...document.querySelectorAll("#captions > li:not(.growing)")]
            .map(item => item.firstChild.textContent).join(" ") === whole""",
        whole,
        40,
    )
    for _, language, text in await listener.captions():
        assert any(language == tag and text in sentence for tag, sentence in said), (language, text)


async def every_link_works(listener: Visitor) -> None:
    links: list[str] = await listener.page.evaluate("[...document.querySelectorAll('#transcripts a')].map(a => a.href)")
    assert len(links) == 8
    for link in links:
        answer = await listener.page.request.get(link)
        assert answer.status == 200, link
