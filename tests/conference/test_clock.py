"""The floor's samples on the media clock."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from dragoman.clock import FloorMap, MediaClock
from dragoman.lag import lag_ms
from dragoman.speech import FLOOR_RATE, MEDIA_RATE, Segment

CHUNK = FLOOR_RATE // 25
SECOND = MEDIA_RATE


def live(floor: FloorMap, begin: int, end: int, at: int) -> None:
    """Chunks of 40 ms from floor position `begin` to `end`, each arriving when its last sample was said."""
    for start in range(begin, end, CHUNK):
        floor.arrived(start, start + CHUNK, at + (start + CHUNK - begin) * 3)


def test_a_sample_lies_where_it_arrived_live() -> None:
    floor = FloorMap()
    live(floor, 0, 10 * FLOOR_RATE, at=7 * SECOND)
    assert floor.media(0) == 7 * SECOND
    assert floor.media(5 * FLOOR_RATE) == 12 * SECOND


def test_a_backlog_after_a_cut_shows_as_lag_instead_of_moving_the_floor() -> None:
    floor = FloorMap()
    live(floor, 0, 10 * FLOOR_RATE, at=0)
    for start in range(10 * FLOOR_RATE, 15 * FLOOR_RATE, CHUNK):
        floor.arrived(start, start + CHUNK, 15 * SECOND)
    assert floor.media(12 * FLOOR_RATE) == 12 * SECOND


def test_a_backlog_that_comes_slowly_is_known_when_it_has_caught_up() -> None:
    floor = FloorMap()
    live(floor, 0, 10 * FLOOR_RATE, at=0)
    for number, start in enumerate(range(10 * FLOOR_RATE, 30 * FLOOR_RATE, CHUNK)):
        floor.arrived(start, start + CHUNK, 20 * SECOND + (number + 1) * CHUNK * 3 // 2)  # twice as fast as said
        assert floor.media(start) == start * 3
    assert floor.media(35 * FLOOR_RATE) == 35 * SECOND


def test_a_microphone_that_was_away_is_not_late_for_ever() -> None:
    floor = FloorMap()
    live(floor, 0, 10 * FLOOR_RATE, at=0)
    live(floor, 10 * FLOOR_RATE, 13 * FLOOR_RATE, at=15 * SECOND)  # its page was loaded anew: nothing was said
    assert floor.media(5 * FLOOR_RATE) == 5 * SECOND
    assert floor.media(12 * FLOOR_RATE) == 17 * SECOND


def test_late_first_chunks_are_forgiven_when_the_talk_catches_up() -> None:
    floor = FloorMap()
    floor.arrived(0, CHUNK, 3 * SECOND)
    live(floor, 3 * FLOOR_RATE, 4 * FLOOR_RATE, at=3 * SECOND)
    assert floor.media(0) == 0


def test_a_pause_begins_a_stretch_of_its_own() -> None:
    floor = FloorMap()
    live(floor, 0, 10 * FLOOR_RATE, at=0)
    floor.pause()
    live(floor, 10 * FLOOR_RATE, 20 * FLOOR_RATE, at=100 * SECOND)
    assert floor.media(5 * FLOOR_RATE) == 5 * SECOND
    assert floor.media(10 * FLOOR_RATE) == 100 * SECOND


def test_a_clock_that_drifts_is_followed() -> None:
    floor = FloorMap()
    late = 0
    for second in range(1800):
        late = second * SECOND // 10_000  # the microphone's samples come 100 ppm too slowly
        floor.arrived(second * FLOOR_RATE, (second + 1) * FLOOR_RATE, (second + 1) * SECOND + late)
    found = floor.media(1799 * FLOOR_RATE)
    assert found is not None
    assert 0 <= 1799 * SECOND + late - found <= 0.013 * SECOND


def test_what_was_not_followed_has_no_place() -> None:
    floor = FloorMap()
    assert floor.media(0) is None
    live(floor, 5 * FLOOR_RATE, 6 * FLOOR_RATE, at=0)
    assert floor.media(4 * FLOOR_RATE) is None


@given(delays=st.lists(st.integers(0, 2 * MEDIA_RATE), min_size=1, max_size=50))
def test_no_sample_lies_later_than_it_arrived(delays: list[int]) -> None:
    floor, now, arrivals = FloorMap(), 0, []
    for number, delay in enumerate(delays):
        now = max(now, (number + 1) * CHUNK * 3 + delay)
        floor.arrived(number * CHUNK, (number + 1) * CHUNK, now)
        arrivals.append(now)
    for number, arrival in enumerate(arrivals):
        found = floor.media((number + 1) * CHUNK - 1)
        assert found is not None
        assert found <= arrival


def test_the_lag_is_from_start_to_start_and_from_end_to_end() -> None:
    floor = FloorMap()
    live(floor, 0, 10 * FLOOR_RATE, at=0)
    segment = Segment(1, start=2 * FLOOR_RATE, end=4 * FLOOR_RATE, text="", timestamp=0)
    assert lag_ms(segment, 5 * SECOND, floor, starting=True) == 3000
    assert lag_ms(segment, 5 * SECOND, floor, starting=False) == 1000
    assert lag_ms(segment, 3 * SECOND, floor, starting=False) == 0
    assert lag_ms(segment, 3 * SECOND, FloorMap(), starting=True) is None


def test_the_media_clock_counts_samples_of_real_time() -> None:
    clock = MediaClock()
    before, began = clock.now(), time.monotonic()
    time.sleep(0.05)
    passed, elapsed = clock.now() - before, time.monotonic() - began
    assert abs(passed / MEDIA_RATE - elapsed) < 0.02
    assert abs(clock.wall(clock.now()) - time.time()) < 0.02
    assert 0 < clock.until(clock.now() + MEDIA_RATE) <= 1
