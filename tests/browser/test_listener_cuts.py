"""A listener whose connection breaks: what was said meanwhile is seen, and what is said now stands in the two lines."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.async_api import WebSocketRoute, expect

from cuts import Line, line
from dragoman.speech import FLOOR_RATE
from hosts import Host
from media import playing
from onlookers import words
from served import Server
from speech_data import recording
from visitors import Visitor, Visitors

pytestmark = [pytest.mark.browser, pytest.mark.slow]

expect.set_options(timeout=20_000)

ES = words("es")
LONG = "The committee has agreed on the new plan after a long debate, and the work on all of it begins in spring. " * 2
_SEEN = """text => [...document.querySelectorAll("#captions p")]
    .some(one => one.textContent.includes(text) && one.checkVisibility())"""


def forgive(crowd: Visitors) -> None:
    """What a browser remarks on where its connection breaks."""
    crowd.forgiven += ["ERR_CONNECTION", "WebSocket connection", "ERR_EMPTY_RESPONSE"]


async def misses(host: Host, ana: Visitor, wire: Line) -> None:
    """Something is said while she is cut off; in the end she sees it."""
    await wire.cut()
    await ana.told("#connection", "connection.lost")
    await expect(ana.page.locator("#line > .line-text").first).to_be_empty()
    await host.say("The next item is the budget.")
    await wire.mend()
    await ana.see('#connection[data-state="connected"]', 30)
    await ana.until(_SEEN, "presupuesto")


async def test_what_was_said_during_a_cut_is_seen_with_captions_alone(server: Server, crowd: Visitors) -> None:
    forgive(crowd)
    host = await Host.create(server.url)
    await host.post("startTranslation")
    async with line(server.url) as wire:
        ana = await crowd.visit(f"{wire.url}/listener/{host.code}?language=es", width=360)
        await ana.page.get_by_role("button", name=ES["mode.captions"]).click()
        await host.say("The meeting begins at noon.")
        await ana.read("#line", "mediodía")
        await misses(host, ana, wire)
        # What stood in the two lines is in the history now.
        await ana.until(_SEEN, "mediodía")
        await host.say("The work begins in spring.")
        await ana.read("#line", "muelle")


async def test_what_was_said_during_a_cut_is_seen_beside_the_avatar(server: Server, crowd: Visitors) -> None:
    forgive(crowd)
    host = await Host.create(server.url)
    await host.post("startTranslation")
    async with line(server.url) as wire:
        ana = await crowd.visit(f"{wire.url}/listener/{host.code}?language=es")
        await ana.page.get_by_role("button", name=ES["listener.watch"]).click()
        await playing(ana, 40)
        await ana.page.get_by_role("toolbar").get_by_role("button", name=ES["history"]).click()
        await host.say(LONG)
        # Whoever said it is not heard to end: what they say would stand there for good.
        await ana.see("#line > .line-text.spoken")
        await misses(host, ana, wire)
        await host.say("The meeting begins at noon.")
        await ana.read("#line", "mediodía", 60)


async def test_a_clause_that_is_taken_back_while_it_grows_leaves_the_two_lines(server: Server, crowd: Visitors) -> None:
    host = await Host.create(server.url)
    ana = await crowd.visit("about:blank", width=360)
    ana.host = server.url.removeprefix("http://")
    await ana.page.route_web_socket("**/socket.io/**", partly('"translationResult"'))
    await ana.page.goto(f"{server.url}/listener/{host.code}?language=es")
    await ana.page.get_by_role("button", name=ES["mode.captions"]).click()
    await host.speak(recording("two_cities").samples[: 5 * FLOOR_RATE], live=True)
    await ana.see("#line > .line-text.growing:not(:empty)")
    for segment in await host.transcript():
        await host.post("retractSegment", segmentId=segment["segmentId"])
    await expect(ana.page.locator("#line > .line-text").first).to_be_empty()


async def test_a_change_of_language_that_nobody_answers_is_said_again(server: Server, crowd: Visitors) -> None:
    host = await Host.create(server.url)
    await host.post("startTranslation")
    ana = await crowd.visit("about:blank", width=360)
    ana.host = server.url.removeprefix("http://")
    await ana.page.route_web_socket("**/socket.io/**", partly('"setLanguage"'))
    await ana.page.goto(f"{server.url}/listener/{host.code}?language=es")
    await ana.page.get_by_role("button", name=ES["mode.captions"]).click()
    await ana.page.locator("#language").select_option("fr")
    async with ana.page.expect_websocket(timeout=30_000):
        pass
    await ana.see('#connection[data-state="connected"]')
    await host.say("The meeting begins at noon.")
    await ana.read("#line", "midi")


async def test_a_device_whose_network_is_back_does_not_wait_for_the_next_attempt(
    server: Server, crowd: Visitors
) -> None:
    forgive(crowd)
    crowd.forgiven += ["ERR_INTERNET_DISCONNECTED"]
    host = await Host.create(server.url)
    async with line(server.url) as wire:
        ana = await crowd.visit(f"{wire.url}/listener/{host.code}?language=es", width=360)
        await ana.see('#connection[data-state="connected"]')
        await ana.page.context.set_offline(True)
        await wire.cut()
        for _ in range(5):
            await failed(ana)
        # The next attempt by itself comes after four seconds or more.
        await wire.mend()
        await ana.page.context.set_offline(False)
        await ana.see('#connection[data-state="connected"]', 3)


async def failed(listener: Visitor) -> None:
    """Wait until an attempt to connect has failed in both ways."""
    async with listener.page.expect_event("requestfailed", lambda request: "transport=polling" in request.url):
        pass


def partly(event: str) -> Callable[[WebSocketRoute], None]:
    """A connection by which all comes through but the events that have this in them."""

    def connect(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def through(send: Callable[[str | bytes], None]) -> Callable[[str | bytes], None]:
            return lambda message: None if event in str(message) else send(message)

        route.on_message(through(server.send))
        server.on_message(through(route.send))

    return connect
