import weakref
from itertools import pairwise

import numpy as np
import pytest

from decoded import Board, marks, packets, pictures, sound, ticked, tone
from dragoman.channel import KEYS_APART, Channel
from dragoman.encoding import LOOK_AHEAD
from dragoman.packets import FRAME_SAMPLES, PICTURE_SAMPLES, Rendition
from dragoman.speech import MEDIA_RATE
from dragoman.turns import NEARBY, WAITING

SMALL = Rendition(width=64, height=64)
SECOND = MEDIA_RATE // FRAME_SAMPLES
"""ticks"""
PAUSE = MEDIA_RATE * 80 // 1000


@pytest.fixture
def board():
    return Board()


@pytest.fixture
def channel(board):
    return Channel(board, SMALL)


def keys(batches) -> list[int]:
    """Media times of the key pictures."""
    return [packet.at for packet in packets(batches, "video") if packet.key]


def loud(heard: np.ndarray, at: int, seconds: float = 0.05) -> bool:
    """Whether there is sound from this sample on."""
    part = heard[at : at + int(seconds * MEDIA_RATE)].astype(float)
    return bool(np.sqrt(np.mean(part**2)) > 500)


def test_every_tick_gives_sound_and_every_second_one_a_picture(channel):
    batches = ticked(channel, 2 * SECOND)
    assert [packet.at for packet in packets(batches, "audio")] == [
        tick * FRAME_SAMPLES - LOOK_AHEAD for tick in range(2 * SECOND)
    ]
    assert [packet.at for packet in packets(batches, "video")] == [tick * PICTURE_SAMPLES for tick in range(SECOND)]
    assert not marks(batches)


def test_who_ticks_may_say_when_a_picture_is_due(channel):
    drawn = [channel.tick(tick * FRAME_SAMPLES, picture=tick % 2 == 1) for tick in range(10)]
    assert [packet.at for packet in packets(drawn, "video")] == [tick * FRAME_SAMPLES for tick in (1, 3, 5, 7, 9)]


def test_what_is_said_is_heard_and_seen_from_mark_to_mark(channel):
    said = tone(0.7)
    before = ticked(channel, 25)
    channel.say(7, said)
    batches = [*before, *ticked(channel, 60, start=25 * FRAME_SAMPLES)]
    begin, end = 25 * FRAME_SAMPLES, 25 * FRAME_SAMPLES + len(said.pcm)
    assert marks(batches) == [(7, True, begin), (7, False, end)]
    heard = sound(packets(batches, "audio"))[LOOK_AHEAD:]
    assert not loud(heard, begin - MEDIA_RATE // 10)
    assert loud(heard, begin)
    assert loud(heard, end - MEDIA_RATE // 20)
    assert not loud(heard, end + MEDIA_RATE // 50)
    likeness = np.corrcoef(heard[begin + 4800 : end].astype(float), said.pcm[4800:].astype(float))[0, 1]
    assert likeness > 0.95
    video = packets(batches, "video")
    white = [packet.at for packet, seen in zip(video, pictures(video), strict=True) if seen[:64].mean() > 200]
    assert white == [packet.at for packet in video if begin <= packet.at < end]


def test_utterances_follow_each_other_after_a_pause_at_the_exact_sample(channel):
    lengths = [0.1234, 0.3, 0.05]
    for number, seconds in enumerate(lengths):
        channel.say(number, tone(seconds), pause=PAUSE)
    expected, at = [], 0
    for number, seconds in enumerate(lengths):
        end = at + int(seconds * MEDIA_RATE)
        expected += [(number, True, at), (number, False, end)]
        at = end + PAUSE
    assert marks(ticked(channel, SECOND)) == expected


def test_the_face_is_told_of_what_is_said_soon_and_of_what_was_said_just_now(channel, board):
    first, second, third = tone(0.6), tone(0.2), tone(1.0)
    for number, said in enumerate((first, second, third)):
        channel.say(number, said)
    batches = ticked(channel, 3 * SECOND)
    starts = [at for _, speaking, at in marks(batches) if speaking]
    lengths = [len(said.pcm) for said in (first, second, third)]
    for at, told in board.told.items():
        near = [
            start
            for start, length in zip(starts, lengths, strict=True)
            if start - NEARBY <= at <= start + length + NEARBY
        ]
        assert [one.start for one in told] == near


def test_where_ticks_were_left_out_no_speech_is_lost_and_the_lips_go_with_it(channel, board):
    said = tone(1.0)
    channel.say(1, said)
    jump = 15 * FRAME_SAMPLES
    batches = [*ticked(channel, 20), *ticked(channel, 60, start=20 * FRAME_SAMPLES + jump)]
    assert marks(batches) == [(1, True, 0), (1, False, MEDIA_RATE + jump)]
    heard = sound(packets(batches, "audio"))[LOOK_AHEAD:]
    assert np.corrcoef(heard[4800:MEDIA_RATE].astype(float), said.pcm[4800:].astype(float))[0, 1] > 0.95
    assert {one.start for at, told in board.told.items() for one in told if at > 20 * FRAME_SAMPLES} == {jump}
    assert pictures(packets(batches, "video"))


def test_ticks_left_out_between_utterances_change_nothing(channel):
    ticked(channel, 5)
    late = 100 * FRAME_SAMPLES
    channel.say(1, tone(0.1))
    assert marks(ticked(channel, 10, start=late)) == [(1, True, late), (1, False, late + MEDIA_RATE // 10)]


def test_the_first_picture_is_a_key_and_the_next_comes_after_ten_seconds(channel):
    assert keys(ticked(channel, 11 * SECOND)) == [0, 10 * MEDIA_RATE]


def test_requests_are_answered_at_once_and_merged_within_half_a_second(channel):
    ticked(channel, SECOND)
    for _ in range(50):
        channel.request_key()
    assert keys(ticked(channel, 2 * SECOND, start=MEDIA_RATE)) == [MEDIA_RATE]
    stormy, at = [], 3 * MEDIA_RATE
    for tick in range(2 * SECOND):
        channel.request_key()
        stormy.append(channel.tick(at + tick * FRAME_SAMPLES))
    found = keys(stormy)
    assert len(found) == 4
    assert all(later - earlier >= KEYS_APART for earlier, later in pairwise(found))


def test_a_request_just_after_a_key_is_answered_half_a_second_after_it(channel):
    ticked(channel, 2)
    channel.request_key()
    answered = keys(ticked(channel, SECOND, start=2 * FRAME_SAMPLES))
    assert len(answered) == 1
    assert 0 <= answered[0] - KEYS_APART < PICTURE_SAMPLES


def test_a_face_that_fails_costs_a_picture_and_a_viewer_still_gets_a_key(channel, board):
    board.fails_at = {tick * PICTURE_SAMPLES for tick in (0, 1, 2, 40)}
    channel.say(1, tone(3.0))
    batches = ticked(channel, 2 * SECOND)
    video = packets(batches, "video")
    assert len(video) == SECOND
    assert video[0].key
    white = [packet.at for packet, seen in zip(video, pictures(video), strict=True) if seen[:64].mean() > 200]
    assert white == [packet.at for packet in video[3:]]


def test_a_picture_of_the_wrong_size_costs_itself_and_the_next_is_a_key(board):
    class Stumbling(Board):
        def draw(self, at, said):
            drawn = super().draw(at, said)
            return drawn[:-2] if at == 5 * PICTURE_SAMPLES else drawn

    batches = ticked(Channel(Stumbling(), SMALL), 20)
    assert [packet.at // PICTURE_SAMPLES for packet in packets(batches, "video")] == [0, 1, 2, 3, 4, 6, 7, 8, 9]
    assert keys(batches) == [0, 6 * PICTURE_SAMPLES]
    assert len(packets(batches, "audio")) == 20


def test_an_utterance_without_a_sample_begins_and_ends(channel):
    channel.say(1, tone(0))
    channel.say(2, tone(0.1), pause=PAUSE)
    assert marks(ticked(channel, 20))[:3] == [(1, True, 0), (1, False, 0), (2, True, PAUSE)]


def test_what_cannot_begin_in_time_is_left_out_and_the_next_has_its_turn(channel):
    channel.say(1, tone(0.5))
    channel.say(2, tone(0.5), pause=PAUSE, latest=MEDIA_RATE // 2 + PAUSE - 1)
    channel.say(3, tone(0.1), pause=PAUSE, latest=MEDIA_RATE // 2 + PAUSE)
    assert channel.free(0) == MEDIA_RATE // 2 + PAUSE + MEDIA_RATE // 10
    batches = ticked(channel, SECOND)
    begun = [(number, at) for number, speaking, at in marks(batches) if speaking]
    assert begun == [(1, 0), (3, MEDIA_RATE // 2 + PAUSE)]
    assert [number for batch in batches for number in batch.late] == [2]


def test_ticks_left_out_do_not_let_anything_begin_too_late(channel, board):
    channel.say(1, tone(0.5))
    channel.say(2, tone(0.5), latest=MEDIA_RATE)
    batches = [*ticked(channel, 5), *ticked(channel, SECOND, start=100 * FRAME_SAMPLES)]
    assert [number for number, _, _ in marks(batches)] == [1, 1]
    assert [number for batch in batches for number in batch.late] == [2]
    assert len(board.told[101 * FRAME_SAMPLES + FRAME_SAMPLES]) == 1, "no breath for what is not said"


def test_until_its_turn_the_latest_start_may_change(channel):
    channel.say(1, tone(0.5))
    channel.say(2, tone(0.1), latest=MEDIA_RATE)
    channel.say(3, tone(0.1), latest=0)
    channel.limit(2, 0)
    channel.limit(3, None)
    channel.limit(4, 0)
    batches = ticked(channel, SECOND)
    assert [number for number, speaking, _ in marks(batches) if speaking] == [1, 3]
    assert [number for batch in batches for number in batch.late] == [2]


def test_more_than_can_ever_be_meant_is_refused(channel):
    for number in range(WAITING):
        channel.say(number, tone(0.01))
    with pytest.raises(OverflowError, match="64 utterances wait"):
        channel.say(WAITING, tone(0.01))


def test_a_closed_channel_gives_nothing(channel):
    channel.say(1, tone(1.0))
    ticked(channel, 3)
    channel.close()
    channel.close()
    assert channel.tick(3 * FRAME_SAMPLES).packets == ()


def test_a_closed_channel_lets_its_face_and_its_encoders_go_though_something_keeps_it():
    kept = Channel(board := Board(), SMALL)
    kept.say(1, tone(1.0))
    ticked(kept, 3)
    held = [weakref.ref(part) for part in (board, kept._camera._encoder, kept._microphone._encoder)]
    del board
    assert all(part() for part in held)
    kept.close()
    assert not any(part() for part in held)
    kept.request_key()
    kept.say(2, tone(1.0))
    assert kept.tick(3 * FRAME_SAMPLES).packets == ()
