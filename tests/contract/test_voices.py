"""What every voice must do, whatever it is made of. An engine is finished when it passes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any

import numpy as np
import psutil
import pytest

from dragoman import languages
from dragoman.engines.protocols import Voice
from dragoman.errors import EngineFailed
from dragoman.speech import MEDIA_RATE, Utterance, Viseme
from loading import loaded, names, surroundings
from offspring import assert_gone, children
from sentences import SENTENCES

LIPS = {
    "en": "Pamper my papa, Bob, maybe.",
    "es": "Mi papá y mi mamá beben poco.",
    "fr": "Mon papa porte ma pomme et ma poupée.",
    "it": "Mia mamma e mio papà bevono poco.",
    "pt": "Papai pode comprar uma pomba, mamãe.",
    "ca": "El pare i la mare mengen pa i poma.",
    "de": "Mama und Papa mögen Pappe, Baum und Bombe.",
    "ru": "Мама и папа пьют пиво.",
}
"""Texts with at least five sounds that close the lips."""

HOSTILE = (
    "[[abc]] a [[/]] <speak><break time='30s'/></speak> &amp; <audio src='/etc/passwd'/>",
    "uno\0dos\0\0tres",
    "</script><script>alert(1)</script>",
    "casa 😀 👩\u200d👩\u200d👧 שלום עולם \u202eretupmoc\u202c كتاب ไทย 日本語 ဗမာ",
    "no\uffffcharacters\ufffe and half \ud800 a pair",
    "e" + "\u0301" * 300,
    "x" * 5000,
    "( " * 1000,
    "\x01\x02\x1b[31mred\x7f\x85",
    "%s %d {0} ${HOME} `id` $(id) ; rm -rf / # ' \"",
    "9" * 300,
    "www." * 200 + "a.b/" + "c" * 300,
)
"""Texts that must not be understood as anything but text."""

SILENT = ("", " ", "\n\t \r\n", "\0", "... !!! ???", "😀 👍🏽 🇪🇸", "-", "\u200b\u200d\ufeff", "* _ ~ #️⃣")
"""Texts without anything to say."""

PARENT = """
import asyncio, json, sys
from dragoman.engines import registry

async def main():
    engine = await registry.load_one("voice", sys.argv[1], json.loads(sys.argv[2]))
    await engine.speak("uno, dos, tres", engine.voices("es")[0].name)
    print("ready", flush=True)
    while True:
        await engine.speak("uno, dos, tres. " * 50, engine.voices("es")[0].name)

asyncio.run(main())
"""
"""A program that speaks for ever."""


@pytest.fixture(params=names("voice"))
def name(request: pytest.FixtureRequest) -> str:
    """Each voice engine's name."""
    return str(request.param)


@pytest.fixture
async def around(name: str) -> AsyncIterator[dict[str, Any]]:
    """The engine's settings, and the service that they name."""
    async with surroundings(name) as settings:
        yield settings


@pytest.fixture
async def engine(name: str, around: dict[str, Any]) -> AsyncIterator[Voice]:
    """An engine for one test."""
    async with loaded("voice", name, offered, around) as engine:
        yield engine


@pytest.fixture
def spanish(engine: Voice) -> str:
    """The name of a voice for what these tests say."""
    return best(engine, "es")


def offered(engine: Voice) -> list[str]:
    """The languages among those of the sentences that it speaks."""
    return [tag for tag in SENTENCES if engine.voices(tag)]


def best(engine: Voice, language: str) -> str:
    """The name of its best voice."""
    voices = engine.voices(language)
    if not voices:
        pytest.skip(f"does not speak {languages.name(language)}")
    return voices[0].name


def seconds(utterance: Utterance) -> float:
    """How long it is."""
    return len(utterance.pcm) / MEDIA_RATE


def assert_sound(utterance: Utterance) -> None:
    """It is what an Utterance must be, whatever is said."""
    assert utterance.pcm.dtype == np.int16
    assert utterance.pcm.ndim == 1
    visemes = utterance.visemes
    assert visemes[0].start == 0
    assert visemes[-1].id == 0
    assert all(0 <= viseme.id <= 21 for viseme in visemes)
    assert visemes[-1].start < len(utterance.pcm)
    assert all(one.start < other.start and one.id != other.id for one, other in pairwise(visemes))


def frames(utterance: Utterance) -> np.ndarray:
    """RMS of every 20 ms, of full scale."""
    pcm = utterance.pcm[: len(utterance.pcm) // 960 * 960].reshape(-1, 960) / 32768
    return np.sqrt(np.mean(pcm**2, axis=1))


def assert_speech(utterance: Utterance) -> None:
    """It is speech, as loud as speech should be, and the mouth moves."""
    assert_sound(utterance)
    loud = frames(utterance)
    assert 0.04 < np.sqrt(np.mean(loud[loud > 0.005] ** 2)) < 0.2
    assert np.abs(utterance.pcm.astype(int)).max() < 32767, "clipped"
    assert len({viseme.id for viseme in utterance.visemes}) >= 5
    # nothing drags behind it or goes before it
    voiced = np.flatnonzero(loud > 0.01)
    assert voiced[0] <= 5
    assert voiced[-1] >= len(loud) - 12


def rms(pcm: np.ndarray) -> float:
    """Root mean square of samples."""
    return float(np.sqrt(np.mean(pcm.astype(float) ** 2)))


def shapes(utterance: Utterance) -> list[int]:
    """The visemes without their times."""
    return [viseme.id for viseme in utterance.visemes]


def closures(utterance: Utterance) -> Iterator[tuple[Viseme, Viseme]]:
    """Where the lips are closed, and what comes after."""
    return ((one, other) for one, other in pairwise(utterance.visemes) if one.id == 21)


def test_voices_have_names_of_their_own_and_both_genders(engine: Voice):
    for tag in offered(engine):
        voices = engine.voices(tag)
        assert len({voice.name for voice in voices}) == len(voices)
        assert {voice.gender for voice in voices} == {"female", "male"}
        assert voices == engine.voices(tag)


def test_what_is_no_language_has_no_voices(engine: Voice):
    for tag in ("", "tlh-Latn-XX-unheard", "../../etc/passwd", "es\0", "xx", "es_ES"):
        assert list(engine.voices(tag)) == []


async def test_asking_for_voices_starts_nothing(engine: Voice):
    before = children()
    for tag in SENTENCES:
        engine.voices(tag)
    assert children() == before


async def test_every_language_on_offer_is_spoken(engine: Voice):
    for tag in offered(engine):
        utterance = await engine.speak(SENTENCES[tag], best(engine, tag))
        assert_speech(utterance)
        pace = len(SENTENCES[tag]) / seconds(utterance)
        assert 2 < pace < 25, f"{tag}: {pace} characters a second"


async def test_every_voice_of_a_language_speaks(engine: Voice, spanish: str):
    spoken = [await engine.speak(SENTENCES["es"], voice.name) for voice in engine.voices("es")]
    for utterance in spoken:
        assert_speech(utterance)
    assert len({utterance.pcm.tobytes() for utterance in spoken}) == len(spoken)


@pytest.mark.parametrize("tag", LIPS)
async def test_the_lips_close_at_p_b_and_m(engine: Voice, tag: str):
    utterance = await engine.speak(LIPS[tag], best(engine, tag))
    closed = list(closures(utterance))
    assert len(closed) >= 5
    for start, end in closed:
        assert end.start - start.start < 0.3 * MEDIA_RATE
        # it begins with less than what is said around it: the lips part in its second half, and sooner at a p
        middle = (start.start + end.start) // 2
        around = utterance.pcm[max(0, start.start - 9600) : end.start + 9600]
        assert rms(utterance.pcm[start.start : middle]) < max(rms(part) for part in np.array_split(around, 20))


async def test_the_same_text_gives_the_same_speech(engine: Voice, spanish: str):
    one, other = [await engine.speak(SENTENCES["es"], spanish) for _ in range(2)]
    assert shapes(one) == shapes(other)
    assert len(one.pcm) == pytest.approx(len(other.pcm), abs=0.01 * MEDIA_RATE)
    for here, there in zip(one.visemes, other.visemes, strict=True):
        assert here.start == pytest.approx(there.start, abs=0.01 * MEDIA_RATE)


@pytest.mark.parametrize("rate", [0.8, 1.15, 1.3, 1.5])
async def test_the_rate_shortens_or_stretches_by_about_as_much(engine: Voice, spanish: str, rate: float):
    text = " ".join(SENTENCES["es"] for _ in range(2))
    natural = seconds(await engine.speak(text, spanish))
    utterance = await engine.speak(text, spanish, rate=rate)
    assert_speech(utterance)
    assert natural / seconds(utterance) == pytest.approx(rate, rel=0.15)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_a_hostile_text_is_only_a_text(engine: Voice, spanish: str, text: str):
    utterance = await engine.speak(text, spanish)
    assert_sound(utterance)
    assert seconds(utterance) < 400
    assert_speech(await engine.speak(SENTENCES["es"], spanish))


@pytest.mark.parametrize("text", SILENT, ids=range(len(SILENT)))
async def test_nothing_to_say_is_a_moment_of_silence(engine: Voice, spanish: str, text: str):
    utterance = await engine.speak(text, spanish)
    assert_sound(utterance)
    assert 0 < seconds(utterance) <= 0.1
    assert not utterance.pcm.any()


@pytest.mark.parametrize(
    "voice", ["", "es", "es+f2\0", "es\nes+f2", "../../../../etc/passwd", "mb/mb-es1", "x" * 10000]
)
async def test_a_voice_that_is_not_on_offer_is_refused(engine: Voice, spanish: str, voice: str):
    before = children()
    with pytest.raises(ValueError):
        await engine.speak("hola", voice)
    assert children() == before


async def test_a_long_text_is_said_to_its_end(engine: Voice, spanish: str):
    numbered = [f"Frase {number}: la casa es grande." for number in range(1, 161)]
    text = " ".join(numbered)
    assert len(text) >= 4500
    whole, tenth = await engine.speak(text, spanish), await engine.speak(" ".join(numbered[-16:]), spanish)
    assert_speech(whole)
    assert seconds(whole) == pytest.approx(10 * seconds(tenth), rel=0.2)
    # said to its end: it ends as its last tenth does
    assert shapes(whole)[-80:] == shapes(tenth)[-80:]


async def test_many_calls_at_once_each_get_their_own_answer(engine: Voice, spanish: str):
    texts = ["Uno.", "La casa es grande.", "¿Dónde están los niños?", SENTENCES["es"]] * 6
    alone = {text: await engine.speak(text, spanish) for text in set(texts)}
    spoken = await asyncio.gather(*(engine.speak(text, spanish) for text in texts))
    for text, utterance in zip(texts, spoken, strict=True):
        assert shapes(utterance) == shapes(alone[text])


async def test_a_short_text_does_not_wait_for_all_of_a_long_one(engine: Voice, spanish: str):
    await engine.speak("Uno.", spanish)
    long = asyncio.create_task(engine.speak(" ".join([SENTENCES["es"]] * 60), spanish))
    await asyncio.sleep(0)
    await engine.speak("Dos.", spanish)
    assert not long.done()
    await long


async def test_a_caller_who_goes_away_costs_the_others_nothing(engine: Voice, spanish: str):
    expected = shapes(await engine.speak(SENTENCES["es"], spanish))
    calls = [asyncio.create_task(engine.speak(SENTENCES["es"], spanish)) for _ in range(12)]
    await asyncio.sleep(0.005)
    for call in calls[::2]:
        call.cancel()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [shapes(answer) for answer in answers[1::2] if isinstance(answer, Utterance)] == [expected] * 6


async def test_a_closed_engine_says_no_more(engine: Voice, spanish: str):
    calls = [asyncio.create_task(engine.speak(" ".join([SENTENCES["es"]] * 20), spanish)) for _ in range(4)]
    await asyncio.sleep(0.02)
    await engine.close()
    for answer in await asyncio.gather(*calls, return_exceptions=True):
        assert isinstance(answer, Utterance | EngineFailed)
    with pytest.raises(EngineFailed):
        await engine.speak("hola", spanish)


async def test_the_loop_goes_on_meanwhile(engine: Voice, spanish: str):
    longest, last = 0.0, time.perf_counter()

    async def tick() -> None:
        nonlocal longest, last
        while True:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now

    ticking = asyncio.create_task(tick())
    began = time.perf_counter()
    for _ in range(60):
        await engine.speak(SENTENCES["es"], spanish)
    took = time.perf_counter() - began
    ticking.cancel()
    assert longest < took / 3


@pytest.mark.parametrize("delay", [0.001, 0.004, 0.015])
async def test_killing_a_child_in_mid_speech_costs_one_text_at_most(engine: Voice, spanish: str, delay: float):
    others = children()
    text = " ".join([SENTENCES["es"]] * 15)
    expected = shapes(await engine.speak(text, spanish))
    own = children() - others
    if not own:
        pytest.skip("has no children")
    call = asyncio.create_task(engine.speak(text, spanish))
    await asyncio.sleep(delay)
    os.kill(min(own), signal.SIGKILL)
    with suppress(EngineFailed):
        assert shapes(await call) == expected
    assert shapes(await engine.speak(text, spanish)) == expected


async def test_a_killed_parent_leaves_no_child(name: str, around: dict[str, Any]):
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT, name.partition("@")[0], json.dumps(around)),
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert parent.stdout is not None
    try:
        assert await parent.stdout.readline() == b"ready\n"
        orphans: Sequence[psutil.Process] = psutil.Process(parent.pid).children(recursive=True)
    finally:
        parent.kill()
        await parent.wait()
    assert_gone([orphan.pid for orphan in orphans], 20)
