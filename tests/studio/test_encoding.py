import av
import numpy as np
import pytest

from decoded import pictures, sound
from dragoman.encoding import KEYS_APART, LOOK_AHEAD, SoundEncoder, VideoEncoder
from dragoman.packets import FRAME_SAMPLES, PICTURE_SAMPLES, PICTURES_PER_SECOND, Rendition
from dragoman.payloads import nal_units

SMALL = Rendition(width=64, height=64)


def ball(number: int, rendition: Rendition = SMALL) -> np.ndarray:
    """A white square that moves over grey."""
    picture = np.full((rendition.height * 3 // 2, rendition.width), 128, np.uint8)
    left = number % (rendition.width - 16)
    picture[8:24, left : left + 16] = 235
    return picture


def unit_kinds(data: bytes) -> list[int]:
    return [unit[0] & 0x1F for unit in nal_units(data)]


def test_decoded_pictures_are_the_drawn_ones():
    encoder = VideoEncoder(SMALL)
    sent = [encoder.encode(ball(number), number * PICTURE_SAMPLES) for number in range(50)]
    assert [packet.at for packet in sent] == [number * PICTURE_SAMPLES for number in range(50)]
    for number, seen in enumerate(pictures(sent)):
        assert np.sqrt(np.mean((seen.astype(float) - ball(number)) ** 2)) < 4


def test_a_picture_may_be_drawn_over_as_soon_as_it_is_encoded():
    encoder, sent, canvas = VideoEncoder(SMALL), [], np.empty((96, 64), np.uint8)
    for number in range(20):
        canvas[:] = ball(number)
        sent.append(encoder.encode(canvas, number * PICTURE_SAMPLES))
        canvas[:] = 0
    assert all(np.abs(seen.astype(int) - ball(number)).mean() < 4 for number, seen in enumerate(pictures(sent)))


def test_the_stream_is_constrained_baseline_with_one_slice_a_picture():
    encoder = VideoEncoder(Rendition())
    sent = [encoder.encode(ball(number, Rendition()), number * PICTURE_SAMPLES) for number in range(3)]
    (parameters,) = (unit for unit in nal_units(sent[0].data) if unit[0] & 0x1F == 7)
    # profile_idc 66 with constraint_set1 is constrained baseline, level_idc 31 is 3.1: 42e01f in SDP promises no more.
    assert parameters[1] == 66
    assert parameters[2] & 0x40
    assert parameters[3] <= 31
    assert [unit_kinds(packet.data).count(5) for packet in sent] == [1, 0, 0]
    assert [unit_kinds(packet.data).count(1) for packet in sent] == [0, 1, 1]


def test_decoding_can_begin_at_a_key_that_was_asked_for():
    encoder = VideoEncoder(SMALL)
    sent = [encoder.encode(ball(number), number * PICTURE_SAMPLES, key=number == 7) for number in range(12)]
    assert [number for number, packet in enumerate(sent) if packet.key] == [0, 7]
    assert {7, 8, 5} <= set(unit_kinds(sent[7].data))
    seen = pictures(sent[7:])
    assert np.abs(seen[-1].astype(int) - ball(11)).mean() < 4


def test_a_cut_is_no_key_and_a_key_comes_every_ten_seconds():
    encoder = VideoEncoder(SMALL)
    faces = [np.full((96, 64), 16, np.uint8), np.full((96, 64), 235, np.uint8)]
    sent = [encoder.encode(faces[number // 20 % 2], number * PICTURE_SAMPLES) for number in range(KEYS_APART + 10)]
    assert [number for number, packet in enumerate(sent) if packet.key] == [0, 10 * PICTURES_PER_SECOND]


def test_a_restless_picture_stays_within_the_rendition_s_bitrate():
    rendition = Rendition(width=128, height=128, bitrate=200_000)
    encoder, noise = VideoEncoder(rendition), np.random.default_rng(1)
    sent = [
        encoder.encode(noise.integers(0, 256, (192, 128), np.uint8), number * PICTURE_SAMPLES, key=number % 25 == 0)
        for number in range(100)
    ]
    assert sum(len(packet.data) for packet in sent[50:]) * 8 / 2 < 1.2 * rendition.bitrate


def test_a_picture_of_another_size_is_refused():
    with pytest.raises(ValueError, match="768, 512"):
        VideoEncoder(SMALL).encode(ball(0, Rendition()), 0)


def test_sound_is_heard_at_the_packets_own_times():
    said = np.random.default_rng(1).normal(0, 3000, 48_000).astype(np.int16)
    encoder = SoundEncoder()
    sent = [encoder.encode(said[at : at + FRAME_SAMPLES], 5 * FRAME_SAMPLES + at) for at in range(0, 48_000, 960)]
    assert [packet.at for packet in sent] == [5 * FRAME_SAMPLES + at - LOOK_AHEAD for at in range(0, 48_000, 960)]
    assert all(packet.payloads == (packet.data,) and packet.key for packet in sent)
    heard = sound(sent).astype(float)
    likeness = [np.dot(heard[lag : lag + 40_000], said[:40_000]) for lag in range(1000)]
    assert abs(int(np.argmax(likeness)) - LOOK_AHEAD) <= 4


def test_silence_is_a_stream_of_small_packets():
    encoder = SoundEncoder()
    sent = [encoder.encode(np.zeros(FRAME_SAMPLES, np.int16), at) for at in range(0, 96_000, FRAME_SAMPLES)]
    assert all(packet.data for packet in sent)
    assert sum(len(packet.data) for packet in sent[50:]) * 8 < 20_000
    assert np.abs(sound(sent)).max() < 10


def test_libopus_looks_ahead_as_far_as_we_say():
    context = av.CodecContext.create("libopus", "w")
    context.sample_rate, context.layout, context.format = 48_000, "mono", "s16"
    context.options = {"application": "voip"}
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 960), np.int16), format="s16", layout="mono")
    frame.sample_rate, frame.pts = 48_000, 0
    assert context.encode(frame)[0].pts == -LOOK_AHEAD
