"""Joins, one after the other."""

from __future__ import annotations

import pytest

from dragoman.errors import TooMany
from dragoman.webrtc.pace import Pace


def test_the_first_of_a_crowd_is_let_in_at_once_and_the_others_at_an_even_pace() -> None:
    pace = Pace(per_second=20, most_wait=10)
    assert [round(pace.turn(100.0), 3) for _ in range(4)] == [0, 0.05, 0.1, 0.15]
    assert pace.turn(100.5) == 0


def test_who_would_wait_too_long_is_sent_away_and_takes_no_turn() -> None:
    pace = Pace(per_second=2, most_wait=1)
    assert [pace.turn(0.0) for _ in range(3)] == [0, 0.5, 1]
    for _ in range(3):
        with pytest.raises(TooMany) as refused:
            pace.turn(0.0)
        assert refused.value.retry_after
    assert pace.turn(0.6) == pytest.approx(0.9)
