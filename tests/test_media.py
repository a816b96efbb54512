import contextlib
import random
import socket
import wave
from itertools import pairwise

import av
import numpy as np
import pytest

from dragoman.media import CHUNK, MediaError, sound
from dragoman.speech import FLOOR_RATE
from tones import TONE_HZ, write


def read(path):
    with sound(path) as track:
        return list(track.read())


def loudest_hz(samples):
    return np.argmax(np.abs(np.fft.rfft(samples[:FLOOR_RATE])))


@pytest.mark.parametrize(
    ("name", "codec", "rate", "options"),
    [
        ("talk.wav", "pcm_s16le", 44_100, {"layout": "stereo"}),
        ("talk8.wav", "pcm_u8", 8_000, {}),
        ("talk16.wav", "pcm_s16le", FLOOR_RATE, {}),
        ("talk.aiff", "pcm_s16be", 22_050, {}),
        ("talk.flac", "flac", 48_000, {}),
        ("talk.mp3", "libmp3lame", 44_100, {"layout": "stereo"}),
        ("talk.ogg", "libopus", 48_000, {}),
        ("talk.aac", "aac", 44_100, {}),
        ("talk.m4a", "aac", 44_100, {"layout": "stereo"}),
        ("talk.webm", "libopus", 48_000, {"layout": "stereo"}),
        ("talk.mp4", "aac", 48_000, {"layout": "5.1", "picture": True}),
        ("talk.mkv", "aac", 48_000, {"picture": True}),
        ("talk.ts", "aac", 48_000, {"picture": True}),
        ("Grüße an alle: 50% #1.wav", "pcm_s16le", 48_000, {}),
    ],
)
def test_any_usual_file_becomes_the_floor_s_sound(tmp_path, name, codec, rate, options):
    write(tmp_path / name, codec, rate, **options)
    with sound(tmp_path / name) as track:
        assert track.duration == pytest.approx(4, abs=0.1)
        chunks = list(track.read())
        assert track.share == pytest.approx(1, abs=0.03)
        assert track.position == chunks[-1].end
        assert track.damaged == 0
    assert chunks[0].start == 0
    assert all(before.end == after.start for before, after in pairwise(chunks))
    assert all(chunk.samples.dtype == np.int16 and 0 < len(chunk.samples) <= CHUNK for chunk in chunks)
    samples = np.concatenate([chunk.samples for chunk in chunks])
    assert len(samples) == pytest.approx(4 * FLOOR_RATE, abs=0.06 * FLOOR_RATE)
    middle = samples[FLOOR_RATE : 2 * FLOOR_RATE].astype(float)
    assert loudest_hz(middle) == TONE_HZ
    assert np.sqrt((middle**2).mean()) > 2500


def test_sound_that_begins_after_the_picture_keeps_its_place(tmp_path):
    write(tmp_path / "talk.mkv", "aac", 48_000, picture=True, begin=1.5)
    chunks = read(tmp_path / "talk.mkv")
    assert chunks[0].start == pytest.approx(1.5 * FLOOR_RATE, abs=0.05 * FLOOR_RATE)
    assert chunks[-1].end == pytest.approx(5.5 * FLOOR_RATE, abs=0.05 * FLOOR_RATE)


def test_a_gap_in_the_time_stamps_is_a_gap_between_chunks(tmp_path):
    write(tmp_path / "talk.mkv", "libopus", 48_000, gap=(2, 3))
    chunks = read(tmp_path / "talk.mkv")
    ((before, after),) = [(a.end, b.start) for a, b in pairwise(chunks) if a.end != b.start]
    assert after - before == pytest.approx(3 * FLOOR_RATE, abs=0.1 * FLOOR_RATE)
    assert sum(len(chunk.samples) for chunk in chunks) == pytest.approx(4 * FLOOR_RATE, abs=0.05 * FLOOR_RATE)


def test_a_rate_that_changes_within_a_file_changes_nothing_here(tmp_path):
    write(tmp_path / "one.aac", "aac", 44_100)
    write(tmp_path / "two.aac", "aac", 22_050)
    path = tmp_path / "both.aac"
    path.write_bytes((tmp_path / "one.aac").read_bytes() + (tmp_path / "two.aac").read_bytes())
    samples = np.concatenate([chunk.samples for chunk in read(path)])
    assert len(samples) == pytest.approx(8 * FLOOR_RATE, abs=0.2 * FLOOR_RATE)
    assert loudest_hz(samples[FLOOR_RATE:]) == TONE_HZ
    assert loudest_hz(samples[6 * FLOOR_RATE :]) == TONE_HZ


def test_a_recording_that_does_not_say_how_long_it_is_tells_its_share_by_bytes(tmp_path):
    write(tmp_path / "live.webm", "libopus", 48_000, options={"live": "1"})
    with sound(tmp_path / "live.webm") as track:
        assert track.duration is None
        shares = [track.share for _ in track.read()]
    assert shares == sorted(shares)
    assert shares[0] < 0.5 < 0.9 < shares[-1] <= 1


def test_a_file_is_read_a_second_at_a_time(tmp_path):
    with wave.open(str(tmp_path / "long.wav"), "wb") as file:
        file.setparams((1, 2, FLOOR_RATE, 0, "NONE", ""))
        file.writeframes(bytes(2 * FLOOR_RATE * 600))
    with sound(tmp_path / "long.wav") as track:
        chunks = track.read()
        next(chunks)
        first = track.position
        assert 0 < first <= CHUNK
        assert first + sum(len(chunk.samples) for chunk in chunks) == 600 * FLOOR_RATE


def refusal(path):
    with pytest.raises(MediaError) as caught:
        read(path)
    return str(caught.value)


def test_what_is_no_sound_is_refused_with_a_sentence(tmp_path):
    for name, content in (("notes.txt", b"hello"), ("empty.wav", b""), ("noise.mp4", random.Random(1).randbytes(9000))):
        (tmp_path / name).write_bytes(content)
        assert refusal(tmp_path / name).startswith(f"{name} is no sound or video file that can be read")
    assert refusal(tmp_path / "nowhere.wav") == f"there is no file {tmp_path / 'nowhere.wav'}"
    assert "is a folder" in refusal(tmp_path)


def test_a_film_without_sound_is_refused(tmp_path):
    with av.open(str(tmp_path / "mute.mp4"), "w") as file:
        film = file.add_stream("mpeg4", rate=25)
        film.width, film.height, film.pix_fmt = 64, 64, "yuv420p"
        file.mux(film.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        file.mux(film.encode(None))
    assert refusal(tmp_path / "mute.mp4") == "mute.mp4 has no sound track"


def test_a_recording_without_a_sample_is_refused(tmp_path):
    with wave.open(str(tmp_path / "none.wav"), "wb") as file:
        file.setparams((1, 2, FLOOR_RATE, 0, "NONE", ""))
    assert "none.wav" in refusal(tmp_path / "none.wav")


@pytest.mark.parametrize(
    ("name", "list_of"),
    [
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{}\n#EXTINF:4,\ntalk.ts\n#EXT-X-ENDLIST\n"),
        ("list.ffconcat", "ffconcat version 1.0\nfile '{}'\nfile 'talk.ts'\n"),
    ],
)
def test_a_playlist_never_reaches_the_network(tmp_path, name, list_of):
    write(tmp_path / "talk.ts", "aac", 48_000)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/talk.ts"
        (tmp_path / name).write_text(list_of.format(address))
        with contextlib.suppress(MediaError):
            read(tmp_path / name)
        server.settimeout(0.1)
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("talk.flac", "flac", {}),
        ("talk.webm", "libopus", {}),
        ("talk.mkv", "aac", {"picture": True}),
        ("talk.m4a", "aac", {"options": {"movflags": "faststart"}}),
    ],
)
def test_a_file_that_is_cut_off_says_so_after_what_is_there(tmp_path, name, codec, options):
    path = tmp_path / name
    write(path, codec, 48_000, seconds=8, **options)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with sound(path) as track, pytest.raises(MediaError, match="is cut off"):
        for _ in track.read():
            pass
    assert track.position > 2 * FLOOR_RATE


def test_a_picture_that_outlives_its_sound_is_not_taken_for_a_cut(tmp_path):
    write(tmp_path / "talk.mkv", "aac", 48_000, picture=True, seconds=9)
    with av.open(str(tmp_path / "talk.mkv")) as whole, av.open(str(tmp_path / "short.mkv"), "w") as short:
        copies = {stream.index: short.add_stream_from_template(stream) for stream in whole.streams}
        for packet in whole.demux():
            if packet.dts is None or (packet.stream.type == "audio" and packet.pts * packet.time_base > 3):
                continue
            packet.stream = copies[packet.stream.index]
            short.mux(packet)
    assert read(tmp_path / "short.mkv")[-1].end == pytest.approx(3 * FLOOR_RATE, abs=0.1 * FLOOR_RATE)


def test_a_long_damaged_stretch_is_an_error_and_a_short_one_is_counted(tmp_path):
    path = tmp_path / "talk.m4a"
    write(path, "aac", 48_000, seconds=8, options={"movflags": "faststart"})
    whole = path.read_bytes()
    middle = whole.index(b"mdat") + (len(whole) - whole.index(b"mdat")) // 2
    for length, outcome in ((len(whole) // 3, "error"), (300, "counted")):
        path.write_bytes(whole[:middle] + random.Random(2).randbytes(length) + whole[middle + length :])
        if outcome == "error":
            assert "talk.m4a is damaged after 0:0" in refusal(path)
        else:
            with sound(path) as track:
                assert sum(len(chunk.samples) for chunk in track.read()) > 7.5 * FLOOR_RATE
                assert 0 < track.damaged < 5
