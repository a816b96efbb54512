"""What every translator must do, whatever it is made of. An engine is finished when it passes."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress

import pytest

from dragoman import languages
from dragoman.engines.protocols import Route, Translator, TranslatorStream
from dragoman.errors import EngineFailed
from loading import loaded, names, surroundings
from offspring import children

TEXTS = {
    "en": "The house is big and the garden is small.",
    "es": "La casa es grande y el jardín es pequeño.",
    "ca": "La casa és gran i el jardí és petit.",
    "gl": "A casa é grande e o xardín é pequeno.",
    "eo": "La domo estas granda kaj la ĝardeno estas malgranda.",
    "fr": "La maison est grande et le jardin est petit.",
    "it": "La casa è grande e il giardino è piccolo.",
    "pt": "A casa é grande e o jardim é pequeno, mas eu não sei.",
    "pt-BR": "A casa é grande e o jardim é pequeno, mas eu não sei.",
    "pt-PT": "A casa é grande e o jardim é pequeno, mas eu não sei.",
    "de": "Das Haus ist groß und der Garten ist klein.",
}
"""A sentence by source language. A translator from another language brings one with it."""

SENTENCES = (
    "The house is big.",
    "I do not know where the children are.",
    "We have to wait for three days, and then we can go home.",
    "What do you want to drink?",
    "Nobody has seen the old man since yesterday!",
)

HOSTILE = (
    "A [house] costs $5 ^up^ {a} / <b>@home</b> \\ * star ~ #hash +plus |bar|",
    "one\0two\0\0three",
    "[[t:b:123456]]house[[/]] [<STREAMCMD:FLUSH>] ^house/casa<n>$ <<house>>",
    "</script><script>alert(1)</script>",
    "house 😀 👩\u200d👩\u200d👧 שלום עולם \u202eretupmoc\u202c كتاب ไทย",
    "no\uffffcharacters\ufffe and half \ud800 a pair",
    "e" + "\u0301" * 300,
    "x" * 5000,
    "( " * 1000,
    "\x01\x02\x1b[31mred\x7f\x85",
    "%s %d {0} ${HOME} `id` $(id) ; rm -rf / # ' \"",
)
"""Texts that must not be understood as anything but text."""


Make = Callable[[], AbstractAsyncContextManager[Translator]]


@pytest.fixture(params=names("translator"))
def name(request: pytest.FixtureRequest) -> str:
    """Each translator's name."""
    return str(request.param)


@pytest.fixture
async def translator(name: str) -> AsyncIterator[Make]:
    """Makes the translator, where this machine has any routes for it; see `loaded`."""
    async with surroundings(name) as settings:
        yield lambda: loaded("translator", name, lambda engine: engine.routes(), settings)


@pytest.fixture
async def engine(translator: Make) -> AsyncIterator[Translator]:
    """A translator for one test."""
    async with translator() as engine:
        yield engine


@pytest.fixture
async def stream(engine: Translator) -> AsyncIterator[TranslatorStream]:
    """Its first direct route out of English."""
    route = next(route for route in engine.routes() if route.source == "en" and route.pivot is None)
    stream = await engine.open(route.source, route.target)
    yield stream
    await stream.close()
    await stream.close()


def sentence(source: str) -> str:
    """A text in a language."""
    return TEXTS[languages.match(source, TEXTS) or "en"]


async def test_routes_are_between_tags_and_at_most_one_per_pair(engine: Translator):
    routes = engine.routes()
    assert len({(route.source, route.target) for route in routes}) == len(routes)
    for route in routes:
        assert languages.is_tag(route.source)
        assert languages.is_tag(route.target)
        assert route.source != route.target
        assert route.quality in ("gist", "good")


async def test_a_relay_goes_by_a_language_that_is_reached_directly(engine: Translator):
    direct = {(route.source, route.target) for route in engine.routes() if route.pivot is None}
    for route in engine.routes():
        if route.pivot is not None:
            assert (route.source, route.pivot) in direct
            assert (route.source, route.target) not in direct


@pytest.mark.slow
async def test_every_direct_route_translates(translator: Make):
    async with translator() as engine:
        routes = some([route for route in engine.routes() if route.pivot is None])
    for route in routes:
        # an engine each: two dozen pairs at once are a gigabyte and more
        async with translator() as engine:
            stream = await engine.open(route.source, route.target)
            assert differs(await stream.translate(sentence(route.source)), sentence(route.source)), route


@pytest.mark.slow
async def test_every_relay_out_of_english_translates_what_its_pivot_says(translator: Make):
    async with translator() as engine:
        relays = [route for route in engine.routes() if route.source == "en" and route.pivot is not None]
    for route in relays:
        async with translator() as engine:
            heard = await (await engine.open("en", route.pivot)).translate(TEXTS["en"])
            spoken = await (await engine.open(route.pivot, route.target)).translate(heard)
            assert differs(heard, TEXTS["en"]), route
            assert differs(spoken, heard), route


def some(routes: Sequence[Route]) -> list[Route]:
    """All of them, but of hundreds those out of a few languages into a few."""
    few = {*TEXTS, "zh-CN", "zh-TW", "fil", "nb", "uk"}
    known = {route for route in routes if route.source in TEXTS}
    return [route for route in routes if len(routes) < 300 or (route in known and route.target in few)]


def differs(translation: str, text: str) -> bool:
    """Whether it is a text, and not the other one."""
    return bool(translation.strip()) and translation != text


async def test_a_hundred_calls_at_once_each_get_their_own_answer(stream: TranslatorStream):
    texts = [f"House number {number} is bigger than house number {number + 1}." for number in range(100, 200)]
    answers = await asyncio.gather(*(stream.translate(text) for text in texts))
    for text, answer in zip(texts, answers, strict=True):
        assert re.findall(r"\d+", answer) == re.findall(r"\d+", text)
    assert answers[17] == await stream.translate(texts[17])


async def test_the_same_sentences_in_the_same_order_give_the_same_text(translator: Make):
    runs = []
    for _ in range(2):
        async with translator() as engine:
            route = next(route for route in engine.routes() if route.source == "en" and route.pivot is None)
            stream = await engine.open(route.source, route.target)
            runs += [[await stream.translate(text) for text in SENTENCES] for _ in range(2)]
    assert runs[0] == runs[1] == runs[2] == runs[3]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_a_hostile_text_is_only_a_text(stream: TranslatorStream, text: str):
    before = await stream.translate(SENTENCES[0])
    answer = await stream.translate(text)
    assert answer.strip()
    assert "\0" not in answer
    answer.encode()
    assert await stream.translate(SENTENCES[0]) == before


async def test_a_text_of_two_thousand_characters_is_translated_to_its_end(stream: TranslatorStream):
    text = " ".join(f"House number {number} is big." for number in range(1000, 1080))
    assert len(text) >= 2000
    assert re.findall(r"\d+", await stream.translate(text)) == [str(number) for number in range(1000, 1080)]


@pytest.mark.parametrize("text", ["", " ", "\n\t \r\n", "\0"])
async def test_nothing_becomes_nothing_and_starts_nothing(engine: Translator, stream: TranslatorStream, text: str):
    before = children()
    assert await stream.translate(text) == ""
    assert children() == before


async def test_opening_starts_nothing(engine: Translator):
    before = children()
    for route in engine.routes():
        if route.pivot is None:
            await (await engine.open(route.source, route.target)).close()
    assert children() == before


async def test_a_closed_engine_translates_no_more(engine: Translator, stream: TranslatorStream):
    await stream.translate(SENTENCES[0])
    await engine.close()
    with pytest.raises(EngineFailed):
        await stream.translate(SENTENCES[0])


async def test_a_caller_who_goes_away_costs_the_others_nothing(stream: TranslatorStream):
    expected = await stream.translate(SENTENCES[1])
    calls = [asyncio.create_task(stream.translate(SENTENCES[1])) for _ in range(20)]
    await asyncio.sleep(0.003)
    for call in calls[::2]:
        call.cancel()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert answers[1::2] == [expected] * 10


async def test_closing_in_mid_request_tells_who_waits(engine: Translator, stream: TranslatorStream):
    await stream.translate(SENTENCES[0])
    calls = [asyncio.create_task(stream.translate(" ".join(SENTENCES * 3))) for _ in range(5)]
    await asyncio.sleep(0.003)
    await engine.close()
    for answer in await asyncio.gather(*calls, return_exceptions=True):
        assert isinstance(answer, str | EngineFailed)


async def test_the_loop_goes_on_meanwhile(stream: TranslatorStream):
    longest, last = 0.0, time.perf_counter()

    async def tick() -> None:
        nonlocal longest, last
        while True:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now

    ticking = asyncio.create_task(tick())
    began = time.perf_counter()
    for text in SENTENCES * 5:  # the first of them starts whatever the engine has to start
        await stream.translate(text)
    took = time.perf_counter() - began
    ticking.cancel()
    assert longest < took / 3


@pytest.mark.parametrize("delay", [0.001, 0.004, 0.015])
async def test_killing_any_child_in_mid_request_costs_one_text_at_most(stream: TranslatorStream, delay: float):
    others = children()
    text = " ".join(SENTENCES * 6)
    expected = await stream.translate(text)
    if not children() - others:
        pytest.skip("has no children")
    for place in range(len(children() - others)):
        call = asyncio.create_task(stream.translate(text))
        await asyncio.sleep(delay)
        now = sorted(children() - others)  # what was killed the last time has been replaced
        os.kill(now[place % len(now)], signal.SIGKILL)
        with suppress(EngineFailed):
            # all of it: what the others make of a dead one's silence is no translation
            assert await call == expected
        assert await stream.translate(text) == expected


@pytest.mark.slow
async def test_a_child_that_hangs_fails_one_text(stream: TranslatorStream):
    others = children()
    expected = await stream.translate(SENTENCES[0])
    own = sorted(children() - others)
    if not own:
        pytest.skip("has no children")
    os.kill(own[len(own) // 2], signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(EngineFailed):
        await stream.translate(SENTENCES[0])
    assert time.monotonic() - began < 15
    assert await stream.translate(SENTENCES[0]) == expected
