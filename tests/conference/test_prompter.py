"""How the next clause is to be said."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dragoman.modes import BALANCED
from dragoman.prompter import FADE, GUARD, MARGIN, Prompter, latest_start, without_tail
from dragoman.speech import MEDIA_RATE, Utterance, Viseme

SECOND = MEDIA_RATE


def spoken(seconds: float, tail: float) -> Utterance:
    """A tone, and then what is hardly more than silence."""
    loud = np.full(int(seconds * MEDIA_RATE), 8000, np.int16)
    soft = np.full(int(tail * MEDIA_RATE), 50, np.int16)
    return Utterance(np.concatenate([loud, soft]), (Viseme(0, 2), Viseme(len(loud) // 2, 4), Viseme(len(loud), 0)))


def test_the_silence_after_the_words_is_cut_off_without_a_click() -> None:
    cut = without_tail(spoken(1.0, 0.2))
    assert len(cut.pcm) == SECOND + FADE
    assert (cut.pcm[:SECOND] == 8000).all()
    assert abs(int(cut.pcm[-1])) <= 1
    assert cut.visemes == spoken(1.0, 0.2).visemes


def test_a_mouth_that_closes_in_the_silence_closes_with_the_words() -> None:
    whole = spoken(1.0, 0.2)
    late = Utterance(whole.pcm, (Viseme(0, 2), Viseme(len(whole.pcm), 0)))
    assert without_tail(late).visemes == (Viseme(0, 2), Viseme(SECOND + FADE, 0))


def test_silence_alone_and_words_to_the_end_stay_as_they_are() -> None:
    for pcm in (np.zeros(960, np.int16), np.full(960, 8000, np.int16), np.zeros(0, np.int16)):
        said = Utterance(pcm, (Viseme(0, 0),))
        assert without_tail(said) is said


@given(st.integers(0, 10**9), st.integers(-10 * SECOND, 30 * SECOND), st.integers(0, 2000), st.integers(0, 10**9))
def test_a_cue_is_given_only_where_there_is_time_to_spare(now: int, free: int, coming: int, said: int) -> None:
    latest = latest_start(said, 8000)
    assert latest == said + 8 * SECOND - GUARD
    prompter = Prompter()
    cue = prompter.cue(now=now, free=now + free, coming=coming, latest=latest, mode=BALANCED)
    unhurried = prompter.cue(now=now, free=now + free, coming=coming, latest=None, mode=BALANCED)
    assert unhurried is not None
    start = prompter.start(unhurried, now=now, free=now + free)
    assert (cue is None) == (start + MARGIN > latest)
    if cue is not None:
        assert not prompter.late(cue, now=now, free=now + free)
        assert prompter.late(cue, now=latest + 1, free=now + free)


def test_the_pause_is_for_what_ended_whether_it_was_said_or_shown() -> None:
    prompter = Prompter()
    prompter.passed("Así es.")
    after = prompter.cue(now=0, free=0, coming=0, latest=None, mode=BALANCED)
    prompter.passed("y entonces")
    within = prompter.cue(now=0, free=0, coming=0, latest=None, mode=BALANCED)
    assert after is not None
    assert within is not None
    assert after.pause == MEDIA_RATE * 350 // 1000
    assert within.pause == MEDIA_RATE * 30 // 1000
