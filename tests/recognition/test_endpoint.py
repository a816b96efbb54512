"""Where speech begins and ends, without a model: any sequence of probabilities."""

import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.engines.embedded.endpoint import CUT_FROM, LONGEST, PRE_ROLL, TAIL, Endpointer, Span
from dragoman.engines.embedded.vad import FRAME
from dragoman.speech import samples

RUNS = st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.4, 0.6, 1.0]), st.integers(1, 120)), min_size=1, max_size=40)
"""stretches of equal probability of speech, lengths in frames: up to two and a half minutes"""


class Talk:
    """A recording that is only its probabilities of speech and its loudness."""

    def __init__(self, runs, seed=0):
        self.probabilities = [probability for probability, frames in runs for _ in range(frames)]
        self.loudness = [random.Random(seed + i).random() for i in range(len(self.probabilities))]
        self.end = len(self.probabilities) * FRAME

    def spans(self, origin=0):
        """What an Endpointer per Span finds when listening begins at `origin`, as the Ear does."""
        found = []
        endpointer = Endpointer(origin)
        while endpointer.position + FRAME <= self.end:
            at = endpointer.position // FRAME
            if span := endpointer.hear(self.probabilities[at], self.loudness[at]):
                found.append(span)
                endpointer = Endpointer(span.safe, speaking=span.cut)
        if span := endpointer.flush(self.end):
            found.append(span)
        return found

    def speech(self):
        """Runs of at least five frames of certain speech, as (start, end)."""
        runs, start = [], None
        for i, probability in enumerate([*self.probabilities, 0.0]):
            if probability >= 0.5 and start is None:
                start = i
            elif probability < 0.5 and start is not None:
                if i - start >= 5:
                    runs.append((start * FRAME, i * FRAME))
                start = None
        return runs


def single(seconds, *, before=1.0, after=2.0):
    """One stretch of speech between silences."""
    return Talk([(0.0, int(before * 31.25)), (1.0, int(seconds * 31.25)), (0.0, int(after * 31.25))])


@given(RUNS)
def test_spans_never_overlap_and_never_go_back(runs):
    talk = Talk(runs)
    spans = talk.spans()
    for span in spans:
        assert 0 <= span.listen <= span.start < span.end <= span.safe <= talk.end
        assert span.start - span.listen <= PRE_ROLL
    for before, after in pairwise(spans):
        assert before.safe <= after.listen


@given(RUNS)
def test_no_window_is_longer_than_the_model_can_hear(runs):
    assert all(span.safe - span.listen <= LONGEST for span in Talk(runs).spans())


@given(RUNS)
def test_all_speech_is_decoded_exactly_once(runs):
    talk = Talk(runs)
    spans = talk.spans()
    for start, end in talk.speech():
        heard = sum(max(0, min(end, span.safe) - max(start, span.listen)) for span in spans)
        # what a cut leaves over may be too short to be speech
        assert end - start - heard <= (3 * FRAME if any(span.cut for span in spans) else 0)


@given(RUNS)
def test_resuming_where_an_utterance_ended_finds_the_same_utterances(runs):
    talk = Talk(runs)
    spans = talk.spans()
    for i, span in enumerate(spans):
        if not span.cut:
            assert talk.spans(span.safe) == spans[i + 1 :]


@given(RUNS)
def test_what_is_safe_only_grows(runs):
    talk = Talk(runs)
    endpointer, safe = Endpointer(0), 0
    while endpointer.position + FRAME <= talk.end:
        at = endpointer.position // FRAME
        span = endpointer.hear(talk.probabilities[at], talk.loudness[at])
        assert endpointer.listen >= safe
        safe = endpointer.listen
        if span:
            assert safe <= span.listen
            safe = span.safe
            endpointer = Endpointer(safe, speaking=span.cut)


def test_a_window_has_the_pre_roll_and_the_tail_around_the_speech():
    [span] = single(2.0).spans()
    assert span == Span(span.start - PRE_ROLL, 31 * FRAME, 93 * FRAME, 93 * FRAME + TAIL, 1.0, cut=False)


def test_a_click_is_no_speech():
    assert Talk([(0.0, 30), (1.0, 2), (0.0, 60)]).spans() == []


def test_speech_that_the_vad_doubts_is_told_by_its_certainty():
    [span] = Talk([(0.0, 30), (0.5, 1), (0.4, 40), (0.0, 60)]).spans()
    assert span.certainty == pytest.approx(0.4, abs=0.01)


@pytest.mark.parametrize(("speech", "pause"), [(3.0, 0.544), (8.5, 0.4), (12.5, 0.2)])
def test_the_longer_a_window_is_the_shorter_is_the_pause_that_ends_it(speech, pause):
    frames = -(-samples(1000 * pause) // FRAME)
    enough = [(0.0, 31), (1.0, int(speech * 31.25)), (0.0, frames)]
    assert len(Talk([*enough, (1.0, 5)]).spans()) == 2
    enough[-1] = (0.0, frames - 1)
    assert len(Talk([*enough, (1.0, 5)]).spans()) == 1


def test_speech_without_a_pause_is_cut_at_its_quietest_and_the_next_window_adjoins():
    talk = Talk([(1.0, 700)])
    quiet = (CUT_FROM + samples(700)) // FRAME
    talk.loudness[quiet - 2 : quiet + 3] = [0.001] * 5
    first, second = talk.spans()[:2]
    assert first.cut
    assert first.end == first.safe == second.listen == second.start
    assert first.end == quiet * FRAME + FRAME // 2


def test_a_cut_that_is_followed_by_silence_leaves_no_utterance():
    endpointer = Endpointer(0, speaking=True)
    assert [endpointer.hear(0.0, 0.0) for _ in range(100)] == [None] * 100
    assert endpointer.start is None


def test_a_resumed_cut_finds_the_same_window():
    talk = Talk([(1.0, 700), (0.0, 30)])
    first, second = talk.spans()[:2]
    assert first.cut
    assert replace(talk.spans(first.safe)[0], start=second.start) == second
