"""Sound and shapes of the mouth belong together, to the sample."""

from __future__ import annotations

from collections.abc import AsyncIterator
from difflib import SequenceMatcher
from itertools import pairwise

import numpy as np
import pytest

from dragoman.engines.children import Children
from dragoman.engines.embedded import espeak, pronunciation
from dragoman.engines.embedded.espeak import Phoneme, Sound
from dragoman.engines.embedded.utterance import NOTHING, joined, utterance
from dragoman.engines.embedded.voices import Voices
from dragoman.speech import MEDIA_RATE, Utterance, Viseme
from sentences import SENTENCES

RATE = 22_050
HOP = 240
"""Media samples of one step of an envelope: 5 ms."""


@pytest.fixture
async def child() -> AsyncIterator[Children]:
    """espeak's program."""
    child = await espeak.start()
    yield child
    await child.end()


async def sound(child: Children, text: str, voice: str, pace: float = 1.0) -> Sound:
    """What espeak makes of a text."""
    return espeak.answer(await child.ask(espeak.request(text, voice, pace)))


def spoken_by(voices: Voices, tag: str, text: str) -> tuple[str, str]:
    """The text as a language's best voice reads it, and that voice as espeak knows it."""
    speaker = voices.speaker(voices.of(tag)[0].name)
    return speaker.spelled(text), speaker.voice


def tone(*stretches: tuple[float, float], loud: float = 0.1) -> np.ndarray:
    """A sine of 300 Hz in each (seconds, 1) and silence in each (seconds, 0)."""
    parts = [np.full(int(seconds * RATE), on) for seconds, on in stretches]
    gate = np.concatenate(parts)
    return (np.sin(2 * np.pi * 300 / RATE * np.arange(len(gate))) * gate * loud * 32767).astype(np.int16)


def ms(viseme: Viseme) -> tuple[int, int]:
    """Start in milliseconds, id."""
    return round(viseme.start * 1000 / MEDIA_RATE), viseme.id


def test_silence_around_speech_goes_and_the_shapes_stay_where_they_belong():
    phonemes = [Phoneme(int(0.5 * RATE), "m"), Phoneme(int(0.7 * RATE), "ˈa"), Phoneme(int(1.0 * RATE), "")]
    spoken = utterance(Sound(tone((0.5, 0), (0.5, 1), (0.7, 0)), RATE, phonemes))
    assert len(spoken.pcm) == pytest.approx(0.57 * MEDIA_RATE, abs=0.011 * MEDIA_RATE)
    opening, closed, wide, end = spoken.visemes
    assert (opening.id, closed.id, wide.id, end.id) == (0, 21, 2, 0)
    assert opening.start == 0
    onset = int(np.flatnonzero(np.abs(spoken.pcm) > 300)[0])
    assert closed.start == pytest.approx(onset, abs=0.002 * MEDIA_RATE)
    assert wide.start - closed.start == pytest.approx(0.2 * MEDIA_RATE, abs=2)
    assert end.start - closed.start == pytest.approx(0.5 * MEDIA_RATE, abs=0.011 * MEDIA_RATE)


def test_a_stop_closes_the_mouth_where_the_sound_before_it_ends():
    phonemes = [Phoneme(0, "a"), Phoneme(int(0.26 * RATE), "p"), Phoneme(int(0.30 * RATE), "o")]
    spoken = utterance(Sound(tone((0.2, 1), (0.06, 0), (0.3, 1)), RATE, phonemes))
    a, p, o, _ = map(ms, spoken.visemes)
    assert a == (0, 2)
    assert p == (pytest.approx(200, abs=6), 21)
    assert o == (pytest.approx(300, abs=2), 8)


@pytest.mark.parametrize(("pause", "shapes"), [(0, [2, 0, 8, 0]), (1, [2, 8, 0])])
def test_a_nameless_phoneme_is_a_pause_only_where_nothing_sounds(pause: int, shapes: list[int]):
    phonemes = [Phoneme(0, "a"), Phoneme(int(0.2 * RATE), ""), Phoneme(int(0.4 * RATE), "o")]
    spoken = utterance(Sound(tone((0.2, 1), (0.2, pause), (0.2, 1)), RATE, phonemes))
    assert [viseme.id for viseme in spoken.visemes] == shapes


def test_the_parts_of_a_sound_share_its_time_and_a_change_of_language_is_none():
    phonemes = [Phoneme(0, "ts"), Phoneme(int(0.2 * RATE), "(en)"), Phoneme(int(0.2 * RATE), "aɪ")]
    spoken = utterance(Sound(tone((0.4, 1)), RATE, phonemes))
    *shapes, end = map(ms, spoken.visemes)
    assert shapes == [(0, 19), (100, 15), (200, 11)]
    assert end == (pytest.approx(400, abs=10), 0)


@pytest.mark.parametrize("loud", [0.01, 0.1, 0.9])
def test_everything_is_equally_loud_and_nothing_clips(loud: float):
    spoken = utterance(Sound(tone((1.0, 1), loud=loud), RATE, [Phoneme(0, "a")]))
    level = np.sqrt(np.mean((spoken.pcm[: MEDIA_RATE * 9 // 10] / 32768) ** 2))
    assert 20 * np.log10(level) == pytest.approx(-20, abs=0.2)
    sharp = tone((1.0, 1), loud=0.01)
    sharp[5000:5003] = 30_000
    peak = np.abs(utterance(Sound(sharp, RATE, [Phoneme(0, "a")])).pcm.astype(int)).max()
    assert peak <= 32768 * 10 ** (-1 / 20) + 1


@pytest.mark.parametrize("length", [1, 219, 220, 221, 22_050, 30_011])
def test_the_rate_changes_and_no_place_does(length: int):
    pcm = np.zeros(length, np.int16)
    places = range(0, length, 2501)
    pcm[list(places)] = 20_000
    spoken = utterance(Sound(pcm, RATE, [Phoneme(0, "a")]))
    for place in places:
        at = round(place * MEDIA_RATE / RATE)
        around = np.abs(spoken.pcm[max(0, at - 20) : at + 20].astype(int))
        assert around.argmax() + max(0, at - 20) == pytest.approx(at, abs=1)


@pytest.mark.parametrize("pcm", [np.zeros(0, np.int16), np.zeros(9000, np.int16)], ids=["empty", "silent"])
def test_no_sound_is_a_moment_of_silence(pcm: np.ndarray):
    assert utterance(Sound(pcm, RATE, [Phoneme(0, "")])) is NOTHING


def test_pieces_follow_each_other_without_a_break():
    one = Utterance(np.ones(100, np.int16), (Viseme(0, 0), Viseme(10, 2), Viseme(90, 0)))
    other = Utterance(np.full(50, 2, np.int16), (Viseme(0, 0), Viseme(5, 21), Viseme(40, 0)))
    both = joined([one, other])
    assert both.pcm.tolist() == [1] * 100 + [2] * 50
    assert both.visemes == (Viseme(0, 0), Viseme(10, 2), Viseme(90, 0), Viseme(105, 21), Viseme(140, 0))
    assert joined([one]) is one
    assert joined([]) is NOTHING


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        *(("m", (21,)), ("pʰ", (21,)), ("bʲ", (21,)), ("f", (18,)), ("ˈa", (2,)), ("ˌɛː", (4,)), ("ɔ̃", (3,))),
        *(("t͡ʃ", (16,)), ("dʒ", (16,)), ("ts", (19, 15)), ("aʊ", (9,)), ("ˈaɪ", (11,)), ("eɪ", (4, 6))),
        *(("ʔ", ()), ("", ()), ("r̝", (16,)), ("s̪", (15,)), ("ẽ", (4,)), ("ᶑ", (19,)), ("☃", (1,))),
    ],
)
def test_a_phoneme_has_its_shapes(name: str, shapes: tuple[int, ...]):
    assert pronunciation.shapes(name) == shapes


async def test_no_phoneme_of_any_language_on_offer_is_guessed(child: Children):
    voices = Voices(espeak.data())
    assert set(voices.tags) - set(SENTENCES) <= {"en-GB", "en-US", "es-419", "es-MX", "fr-BE", "fr-CH"}
    for tag in voices.tags:
        text = SENTENCES.get(tag) or SENTENCES[tag.partition("-")[0]]
        phonemes = (await sound(child, *spoken_by(voices, tag, text))).phonemes
        names = {phoneme.name for phoneme in phonemes if not pronunciation.is_switch(phoneme.name)}
        assert [name for name in names if not pronunciation.is_known(name)] == [], tag


async def test_a_voice_stays_in_its_language_for_what_people_say(child: Children):
    voices = Voices(espeak.data())
    for tag in voices.tags:
        text = SENTENCES.get(tag) or SENTENCES[tag.partition("-")[0]]
        phonemes = (await sound(child, *spoken_by(voices, tag, text))).phonemes
        assert not any(pronunciation.is_switch(phoneme.name) for phoneme in phonemes), tag


@pytest.mark.parametrize(
    ("voice", "figures", "words"),
    [
        ("es+f2", "25 %", "veinticinco por ciento"),
        ("fr+f2", "25 %", "vingt-cinq pour cent"),
        ("it+f2", "25 %", "venticinque per cento"),
        ("pt+f2", "25 %", "vinte e cinco por cento"),
        ("ca+f2", "25 %", "vint-i-cinc per cent"),
        ("es+f2", "3,5", "tres coma cinco"),
        ("it+f2", "10:30", "dieci e trenta"),
        ("es+f2", "10:30", "diez treinta"),
    ],
)
async def test_numbers_are_said_in_the_voices_language(child: Children, voice: str, figures: str, words: str):
    async def said(text: str) -> str:
        return "".join(phoneme.name.strip("ˈˌ") for phoneme in (await sound(child, text, voice)).phonemes)

    assert SequenceMatcher(None, await said(figures), await said(words)).ratio() >= 0.8


async def test_words_with_capitals_are_read_and_not_spelled(child: Children):
    nato = [phoneme.name for phoneme in (await sound(child, "NATO", "es+f2")).phonemes if phoneme.name]
    assert nato == ["n", "ˈa", "t", "o"]


async def test_vowels_are_where_the_sound_is_loud(child: Children):
    """In every language, the envelope and the open shapes fit best when neither is moved, within 20 ms."""
    voices = Voices(espeak.data())
    shifts = []
    for tag, text in SENTENCES.items():
        spoken = utterance(await sound(child, *spoken_by(voices, tag, text)))
        shifts.append(best_shift(*envelopes(spoken)) * HOP * 1000 / MEDIA_RATE)
    assert abs(np.median(shifts)) <= 10
    assert np.abs(shifts).max() <= 20


def envelopes(spoken: Utterance) -> tuple[np.ndarray, np.ndarray]:
    """Loudness, and 1 where the mouth is open for a vowel, per HOP."""
    count = len(spoken.pcm) // HOP
    loud = np.sqrt(np.mean(spoken.pcm[: count * HOP].reshape(-1, HOP).astype(float) ** 2, axis=1))
    vowel = np.zeros(count)
    for viseme, after in pairwise(spoken.visemes):
        vowel[viseme.start // HOP : after.start // HOP] = 1 <= viseme.id <= 11
    return loud, vowel


def best_shift(loud: np.ndarray, vowel: np.ndarray) -> int:
    """By how many steps the vowels fit best when they are moved."""
    edge = 20
    return max(
        range(-edge, edge + 1),
        key=lambda shift: np.corrcoef(np.roll(vowel, shift)[edge:-edge], loud[edge:-edge])[0, 1],
    )


async def test_a_faster_voice_keeps_its_pitch(child: Children):
    pitches = [pitch(utterance(await sound(child, SENTENCES["es"], "es+m3", pace))) for pace in (1.0, 1.3)]
    assert pitches[1] == pytest.approx(pitches[0], rel=0.08)


def pitch(spoken: Utterance) -> float:
    """The median of the fundamental frequencies of its loud stretches of 40 ms, Hz, by autocorrelation."""
    width = MEDIA_RATE // 25
    stretches = spoken.pcm[: len(spoken.pcm) // width * width].reshape(-1, width).astype(float)
    loud = np.sqrt(np.mean(stretches**2, axis=1))
    found = []
    for stretch in stretches[loud > np.median(loud)]:
        repeats = np.correlate(stretch, stretch, "full")[width - 1 :]
        shortest = MEDIA_RATE // 300
        found.append(MEDIA_RATE / (shortest + int(repeats[shortest : MEDIA_RATE // 60].argmax())))
    return float(np.median(found))
