"""The floor's own sound: nothing of it is lost while it comes in time, and it is never far behind."""

from __future__ import annotations

import numpy as np
import pytest

from dragoman.monitor import MOST, START, JitterBuffer, Monitor, Upsampler
from dragoman.packets import FRAME_SAMPLES
from dragoman.speech import FLOOR_RATE, MEDIA_RATE

TICK = FRAME_SAMPLES // 3


def tone(seconds: float, frequency: float = 440.0) -> np.ndarray:
    times = np.arange(int(seconds * FLOOR_RATE)) / FLOOR_RATE
    return (10_000 * np.sin(2 * np.pi * frequency * times)).astype(np.int16)


@pytest.mark.parametrize("frequency", [200, 1000, 3000, 5500])
def test_a_tone_stays_the_same_tone_whatever_the_runs_it_comes_in(frequency: int) -> None:
    upsampler, sound, made, place = Upsampler(), tone(1.0, frequency), [], 0
    for length in (320, 1, 7, 640, 320, 5000):
        made.append(upsampler.convert(sound[place : place + length]))
        place += length
    whole = np.concatenate([*made, upsampler.convert(sound[place:])])
    assert len(whole) == MEDIA_RATE
    middle = whole[MEDIA_RATE // 10 : -MEDIA_RATE // 10].astype(float)
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    peak = int(spectrum.argmax())
    assert peak * MEDIA_RATE / len(middle) == pytest.approx(frequency, abs=2)
    assert np.abs(middle).max() == pytest.approx(10_000, rel=0.02)
    # No image of it above the floor's own band.
    assert spectrum[int(len(middle) * 9500 / MEDIA_RATE) :].max() < spectrum[peak] / 300


def test_what_comes_in_time_is_heard_whole_and_sixty_milliseconds_late() -> None:
    buffer, sound, heard = JitterBuffer(), tone(2.0), []
    for place in range(0, len(sound), 2 * TICK):
        buffer.put(sound[place : place + 2 * TICK])
        heard += [buffer.take(), buffer.take()]
    whole = np.concatenate(heard)
    begun = int(np.flatnonzero(whole)[0])
    assert begun <= START + TICK
    late = begun - 1 if whole[begun] != sound[0] else begun
    # After the first 5 ms, in which it fades in, sample for sample.
    assert np.array_equal(whole[late + 200 :], sound[200 : len(whole) - late])


def test_a_pause_is_silence_without_a_click_and_what_comes_after_it_is_heard() -> None:
    buffer, heard = JitterBuffer(), []
    buffer.put(np.full(START, 10_000, np.int16))
    heard += [buffer.take() for _ in range(10)]
    buffer.put(np.full(START, 10_000, np.int16))
    heard += [buffer.take() for _ in range(10)]
    whole = np.concatenate(heard).astype(int)
    assert np.count_nonzero(whole) > 2 * START - 400
    assert not np.any(whole[START + TICK : 10 * TICK])
    assert np.abs(np.diff(whole[: START - 1])).max() <= 10_000 / 79 + 1


def test_after_a_cut_listeners_are_with_the_speaker_at_once() -> None:
    buffer = JitterBuffer()
    for _ in range(50):
        buffer.put(np.ones(TICK, np.int16))
        buffer.take()
    # Ten seconds that could not be sent come at once.
    for second in range(10):
        buffer.put(np.full(FLOOR_RATE, 100 + second, np.int16))
    heard = [buffer.take() for _ in range(START // TICK)]
    assert np.concatenate(heard)[-1] == 109
    assert np.count_nonzero(buffer.take()) == 0


def test_a_microphone_with_a_fast_clock_is_followed() -> None:
    buffer = JitterBuffer()
    waiting = []
    # 1 %: two hundred times worse than real ones.
    for number in range(3000):
        buffer.put(tone(1)[: TICK + (4 if number % 5 else 0)])
        buffer.take()
        waiting.append(len(buffer._waiting))
    assert max(waiting) < MOST


def test_the_monitor_gives_a_packet_a_tick_and_no_picture() -> None:
    monitor = Monitor()
    monitor.hear(tone(1.0))
    for number in range(20):
        (packet,) = monitor.tick(number * FRAME_SAMPLES, picture=True).packets
        assert packet.kind == "audio"
    monitor.close()
    assert monitor.tick(20 * FRAME_SAMPLES).packets == ()
