"""What is made of a service's sound, visemes and words, however they arrive."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dragoman.engines.azure.lips import BLOCK, visemes_of
from dragoman.engines.azure.making import BETWEEN, LEAD, NOTHING, TAIL, Making, Shape, Sound, Word
from dragoman.speech import MEDIA_RATE, Utterance, Viseme

TICKS = 10_000_000 // MEDIA_RATE
MS = MEDIA_RATE // 1000


def ticks(sample: int) -> int:
    """The service's time of a sample, rounded up, so that it is that sample again."""
    return -(-sample * 10_000_000 // MEDIA_RATE)


def voiced(length: int) -> np.ndarray:
    return (8000 * np.sin(np.arange(1, length + 1) * 2 * np.pi * 200 / MEDIA_RATE) + 500).astype(np.int16)


def sound(lead: int, length: int, tail: int) -> bytes:
    return np.concatenate([np.zeros(lead, np.int16), voiced(length), np.zeros(tail, np.int16)]).tobytes()


def heard(making: Making, data: bytes, cuts: list[int]) -> list[Utterance]:
    """What there is after each part of the sound."""
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    found = []
    for begin, end in pairwise(places):
        if making.take(Sound(data[begin:end])):
            found.append(making.growing())
    return found


def well_formed(utterance: Utterance) -> None:
    visemes = utterance.visemes
    assert visemes[0].start == 0
    assert visemes[-1].id == 0
    assert visemes[-1].start < len(utterance.pcm)
    assert all(one.start < other.start and one.id != other.id for one, other in pairwise(visemes))
    assert list(utterance.words) == sorted(utterance.words)
    assert all(0 <= word < len(utterance.pcm) for word in utterance.words)


lengths = st.integers(0, 400 * MS)


@given(
    st.lists(st.tuples(lengths, st.integers(1, 900 * MS), lengths), min_size=1, max_size=3),
    st.lists(st.integers(0, 10**6), max_size=8),
    st.lists(st.tuples(st.integers(0, 1000 * MS), st.integers(0, 21)), max_size=12),
)
def test_it_grows_by_its_end_only_and_is_whole_in_the_end(
    parts: list[tuple[int, int, int]], cuts: list[int], shapes: list[tuple[int, int]]
) -> None:
    making, grown = Making(), list[Utterance]()
    for lead, length, tail in parts:
        making.next_piece()
        for at, shape in sorted(shapes):
            making.take(Shape(ticks(at), shape))
            making.take(Word(ticks(at)))
        grown += heard(making, sound(lead, length, tail), cuts)
    whole = making.whole()
    well_formed(whole)
    for one, other in pairwise([*grown, whole]):
        assert len(one.pcm) <= len(other.pcm)
        assert np.array_equal(other.pcm[: len(one.pcm)], one.pcm)
    said = np.concatenate([voiced(length) for _, length, _ in parts])
    kept = whole.pcm[whole.pcm != 0]
    assert np.array_equal(kept, said[said != 0]), "no sample of speech is lost"
    silence = sum(min(lead, LEAD) for lead, _, _ in parts) + (len(parts) - 1) * BETWEEN + TAIL
    assert len(whole.pcm) <= len(said) + silence


def test_shapes_and_words_are_where_their_sound_is() -> None:
    making = Making()
    making.next_piece()
    lead = 300 * MS
    for at, shape in ((0, 0), (lead, 21), (lead + 100 * MS, 2), (lead + 900 * MS, 0)):
        making.take(Shape(ticks(at), shape))
    making.take(Word(ticks(lead)))
    making.take(Word(ticks(lead + 500 * MS)))
    (grown,) = heard(making, sound(lead, 900 * MS, 600 * MS), [])
    whole = making.whole()
    assert whole.visemes == (
        Viseme(0, 0),
        Viseme(LEAD, 21),
        Viseme(LEAD + 100 * MS, 2),
        Viseme(LEAD + 900 * MS, 0),
    )
    assert whole.words == (LEAD, LEAD + 500 * MS)
    assert len(whole.pcm) == LEAD + 900 * MS + TAIL
    assert grown.visemes == whole.visemes[:3]
    assert grown.words == whole.words


def test_silence_in_the_middle_is_kept_and_at_the_end_is_not() -> None:
    making = Making()
    making.next_piece()
    making.take(Sound(sound(0, 200 * MS, 700 * MS)))
    assert len(making.growing().pcm) <= 200 * MS, "nobody knows yet whether more follows"
    making.take(Sound(sound(0, 200 * MS, 700 * MS)))
    assert len(making.whole().pcm) == (200 + 700 + 200) * MS + TAIL


def test_a_text_of_which_nothing_is_heard_is_a_moment_of_silence() -> None:
    making = Making()
    assert making.whole() is NOTHING
    making.next_piece()
    making.take(Shape(0, 4))
    making.take(Sound(bytes(MEDIA_RATE)))
    assert making.whole() is NOTHING
    well_formed(NOTHING)


def test_a_voice_that_tells_no_visemes_still_moves_its_lips() -> None:
    loud, soft = voiced(3 * BLOCK), voiced(3 * BLOCK) // 8
    hiss = np.tile(np.array([3000, -3000], np.int16), BLOCK)
    making = Making()
    making.next_piece()
    making.take(Shape(0, 0))
    pcm = np.concatenate([loud, soft, hiss, np.zeros(2 * BLOCK, np.int16), loud])
    for begin in range(0, len(pcm), 50 * MS):
        making.take(Sound(pcm[begin : begin + 50 * MS].tobytes()))
        grown = making.growing()
    whole = making.whole()
    well_formed(whole)
    found = {viseme.start // BLOCK: viseme.id for viseme in whole.visemes}
    assert [found[place] for place in (0, 3, 6, 8, 10)] == [2, 6, 15, 0, 2]
    assert whole.visemes[: len(grown.visemes)] == grown.visemes


def test_estimated_shapes_of_a_longer_sound_begin_with_those_of_a_shorter() -> None:
    pcm = np.concatenate([voiced(7 * BLOCK + 5), np.zeros(5 * BLOCK, np.int16), voiced(4 * BLOCK)])
    whole = visemes_of(pcm)
    for end in range(0, len(pcm), 1000):
        part = visemes_of(pcm[:end])
        assert whole[: len(part)] == part
