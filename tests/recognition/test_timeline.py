"""Where words were said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dragoman.engines.embedded.timeline import Timeline
from dragoman.engines.embedded.vad import FRAME


def timeline(frames: str, origin: int = 1000) -> Timeline:
    """Frames: S speech, anything else silence."""
    made = Timeline(origin)
    for frame in frames:
        made.hear(1.0 if frame == "S" else 0.0)
    return made


def test_words_share_the_speech_by_their_letters_and_silence_belongs_to_none():
    placed = timeline("..SSSS......SSSS").place(["aaaa", "bbbb"], (), 1000 + 16 * FRAME)
    assert placed == ((1000 + 2 * FRAME, 1000 + 6 * FRAME), (1000 + 12 * FRAME, 1000 + 16 * FRAME))


def test_a_place_once_given_stays_whatever_comes():
    made = timeline("SSSSSSSS")
    first = made.place(["one"], ["two"], 1000 + 8 * FRAME)
    for _ in range(20):
        made.hear(1.0)
    assert made.place(["one", "two", "three"], ["four"], 1000 + 28 * FRAME)[:1] == first


def test_words_without_any_speech_are_where_nothing_is_known_of_them():
    assert timeline("....").place(["one", "two"], (), 1000 + 4 * FRAME) == ((1000, 1000), (1000, 1000))


@given(st.text("S.", max_size=80), st.lists(st.text("abc,.", min_size=1, max_size=12), max_size=12), st.data())
def test_places_are_in_order_and_within_what_was_heard(frames, words, data):
    made, end = timeline(frames), 1000 + len(frames) * FRAME
    for number in sorted(data.draw(st.lists(st.integers(0, len(words))))):
        made.place(words[:number], words[number : number + 2], end)
    places = made.place(words, (), end)
    assert len(places) == len(words)
    before = 1000
    for start, stop in places:
        assert before <= start <= stop <= end
        before = stop
