"""Captions and history for people who read or have read out: what is said, in which language, nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from azure_service import AzureService, Script, Sentence
from bearing import bears
from cuts import Line, line
from dragoman.speech import FLOOR_RATE
from hosts import Host
from media import follow, playing
from onlookers import words
from served import Server, serving, without_settings
from speech_data import recording
from visitors import Visitor, Visitors

pytestmark = [pytest.mark.browser, pytest.mark.slow]

expect.set_options(timeout=20_000)

ES = words("es")
AR = words("ar")
TALK = (
    Sentence(
        "Good morning everybody.",
        {"es": "Buenos días a todos.", "ar": "صباح الخير جميعا.", "ja": "皆さん、おはようございます。"},
    ),
    Sentence(
        "We will talk about ships.",
        {"es": "Hablaremos de barcos.", "ar": "سنتحدث عن السفن.", "ja": "船について話します。"},
    ),
)
DIRECTIONS = {"es": "ltr", "ar": "rtl", "ja": "ltr"}
_EAR = """
    window.announced = [];
    const LIVE = "[role=status], [role=alert], [role=log], [aria-live]";
    const kinds = { status: "polite", log: "polite", alert: "assertive" };
    const hear = region => {
        const polite = region.getAttribute("aria-live") ?? kinds[region.getAttribute("role")];
        // A status is read as a whole, a plain live region as far as it is new.
        const whole = ["status", "alert"].includes(region.getAttribute("role"));
        let before = "";
        new MutationObserver(changes => {
            const added = changes.flatMap(({ addedNodes }) => [...addedNodes]);
            const text = whole ? region.textContent : added.map(one => one.textContent).join(" ");
            const shown = region.checkVisibility() && text.trim() !== "";
            if (shown && !(whole && text === before)) window.announced.push([region.id, polite, text.trim()]);
            before = shown ? text : "";
        }).observe(region, { childList: true, characterData: true, subtree: true, attributes: true });
    };
    document.addEventListener("DOMContentLoaded", () => {
        document.querySelectorAll(LIVE).forEach(hear);
        window.grown = 0;
        const growing = new MutationObserver(() => {
            if (document.querySelector("#captions > .growing")) window.grown += 1;
        });
        growing.observe(document.querySelector("#captions"), { childList: true, characterData: true, subtree: true });
    });
"""
"""What a screen reader says of this page: the region, how urgent it is, the words. And how often captions grew."""


@pytest.fixture(scope="module")
def polyglot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that translates into languages of three scripts; its voices speak one of them."""
    embedded = ",".join(f"{job}:embedded" for job in ("recognizer", "voice", "face"))
    with AzureService(Script(TALK)) as azure:
        environment = without_settings({**azure.settings(), "ENGINES": f"translator:azure,{embedded}"})
        with serving(tmp_path_factory.mktemp("polyglot"), environment=environment) as ready:
            yield ready


async def announced(visitor: Visitor, region: str = "") -> list[str]:
    """What was said so far, by this region if one is named."""
    said: list[tuple[str, str, str]] = await visitor.page.evaluate("window.announced")
    return [text for name, _, text in said if region in ("", name)]


async def test_every_line_says_its_language_and_direction(polyglot: Server, crowd: Visitors) -> None:
    host = await Host.create(polyglot.url, targetLanguages=tuple(DIRECTIONS))
    await host.post("startTranslation")
    reader = await crowd.visit(f"{polyglot.url}/listener/{host.code}?language=es", width=360)
    page = reader.page
    await page.get_by_role("button", name=ES["mode.captions"]).click()
    await page.get_by_role("button", name=ES["showOriginal"]).click()
    for sentence in TALK:
        await host.say(sentence.text)
    for language, direction in DIRECTIONS.items():
        await page.locator("#language").select_option(language)
        await expect(page.locator("#captions")).to_contain_text(TALK[1].translations[language])
        await expect(page.locator("html")).to_have_attribute("lang", language)
        await expect(page.locator("html")).to_have_attribute("dir", direction)
        await host.say(TALK[0].text)
        now, read_out = page.locator("#line > .line-text").first, page.locator("#announcer > p").last
        for place in (now, read_out):
            await expect(place).to_have_text(TALK[0].translations[language])
            await expect(place).to_have_attribute("lang", language)
            await expect(place).to_have_attribute("dir", direction)
        assert await written(reader, "#captions > li > p:first-child") == {f"{language} {direction}"}
        assert await written(reader, "#captions .original") == {"en ltr"}
    await finds_and_copies(reader)


async def written(reader: Visitor, selector: str) -> set[str]:
    """Language and direction of all of these."""
    pairs = "at => [...document.querySelectorAll(at)].map(({ lang, dir }) => `${lang} ${dir}`)"
    return set(await reader.page.evaluate(pairs, selector))


async def finds_and_copies(reader: Visitor) -> None:
    """In Arabic, from right to left."""
    page = reader.page
    await page.locator("#language").select_option("ar")
    panel = page.get_by_role("region", name=AR["history"])
    await panel.get_by_role("button", name=AR["search"]).click()
    await panel.get_by_role("searchbox", name=AR["search"]).fill("السفن")
    await expect(panel.get_by_role("listitem")).to_have_count(1)
    await bears(reader)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await panel.get_by_role("button", name=AR["copy"]).click()
    await expect(panel.get_by_role("status").filter(has_text=AR["copied"])).to_be_visible()
    # What is found, with its original.
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{TALK[1].translations['ar']}\n{TALK[1].text}"


async def test_a_screen_reader_says_each_caption_once_and_each_cut_once(server: Server, crowd: Visitors) -> None:
    crowd.forgiven += ["ERR_CONNECTION", "WebSocket connection", "ERR_EMPTY_RESPONSE"]
    host = await Host.create(server.url)
    async with line(server.url) as wire:
        ana = await crowd.visit(f"{wire.url}/listener/{host.code}?language=es", width=360, script=_EAR)
        await ana.page.get_by_role("button", name=ES["mode.captions"]).click()
        await each_caption_once(host, ana)
        await each_cut_once(host, ana, wire)
        await what_the_avatar_says_is_not_read_out(host, ana)


async def each_caption_once(host: Host, ana: Visitor) -> None:
    """As it is in the end; while it grows nothing says it, and nothing interrupts."""
    await host.speak(recording("two_cities").samples[: 10 * FLOOR_RATE], live=True)
    said = await host.transcript()
    await ana.until(
        "count => document.querySelectorAll('#captions > .caption:not(.growing)').length === count", len(said)
    )
    assert await announced(ana, "announcer") == [one["translations"]["es"] for one in said]
    # There was something to keep silent about.
    assert await ana.page.evaluate("window.grown") > 0
    urgent = await ana.page.evaluate(
        "window.announced.filter(([name, how]) => how !== 'polite' && name !== 'door-sentence')"
    )
    assert urgent == []
    # The words that change in sight are none of its business; the history is read at leisure.
    await expect(ana.page.locator("#line")).to_have_attribute("aria-hidden", "true")
    inside = "document.querySelector('#captions').closest('[role=status], [role=alert], [role=log], [aria-live]')"
    assert await ana.page.evaluate(inside) is None


async def each_cut_once(host: Host, ana: Visitor, wire: Line) -> None:
    assert await announced(ana, "connection") == [ES["connection.connecting"], ES["connection.connected"]]
    await wire.cut()
    await ana.told("#connection", "connection.lost")
    await host.post("startTranslation")
    await host.say("The meeting begins at noon.")
    # It tries several times.
    await asyncio.sleep(3)
    await bears(ana)
    await wire.mend()
    await ana.told("#connection", "connection.connected", 30)
    await ana.read("#captions", "mediodía")
    heard = await announced(ana, "connection")
    assert heard[2:] == [ES["connection.lost"], ES["connection.connected"]]


async def what_the_avatar_says_is_not_read_out(host: Host, ana: Visitor) -> None:
    await follow(ana, "avatar")
    await playing(ana, 40)
    before = len(await announced(ana, "announcer"))
    await host.say("The next item is the budget.")
    await ana.read("#line", "presupuesto")
    assert len(await announced(ana, "announcer")) == before


async def test_who_reads_further_up_is_left_there_until_they_jump_to_live(server: Server, crowd: Visitors) -> None:
    host = await Host.create(server.url)
    await host.post("startTranslation")
    for number in range(14):
        await host.say(f"The committee has agreed on the new plan, and work {number} begins in spring.")
    ana = await crowd.visit(f"{server.url}/listener/{host.code}?language=es", width=360)
    page = ana.page
    await page.get_by_role("button", name=ES["mode.captions"]).click()
    place, jump = page.locator("#scroller"), page.get_by_role("button", name=ES["jumpToLive"])
    await ana.until("() => document.querySelectorAll('#captions > li').length === 14")
    await at_the_end(ana)
    await expect(jump).to_be_hidden()
    await place.hover()
    await page.mouse.wheel(0, -600)
    await expect(jump).to_be_visible()
    await bears(ana)
    top = await page.evaluate("document.querySelector('#scroller').scrollTop")
    await host.say("The next item is the budget.")
    await ana.read("#captions", "presupuesto")
    assert await page.evaluate("document.querySelector('#scroller').scrollTop") == top
    await jump.click()
    await at_the_end(ana)
    await expect(jump).to_be_hidden()
    await expect(place).to_be_focused()
    await host.say("The meeting begins at noon.")
    await ana.read("#captions", "mediodía")
    await at_the_end(ana)


async def at_the_end(listener: Visitor) -> None:
    """Nothing is below what is seen of the history."""
    left = "({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight"
    await listener.until(f"() => ({left})(document.querySelector('#scroller')) <= 2")
