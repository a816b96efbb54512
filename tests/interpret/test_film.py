"""Films of interpreted talks: scripted engines for what goes wrong, the real ones for one reading."""

import asyncio
import os
import subprocess
import sys
import wave
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
import webvtt

from dragoman.engines import registry
from dragoman.engines.protocols import Look
from dragoman.filming import Presenter
from dragoman.interpret import Outcome, Uninterpretable, interpret, interpret_all
from dragoman.speech import FLOOR_RATE, MEDIA_RATE
from scripted import ScriptedFace, ScriptedRecognizer, ScriptedTranslator, ScriptedVoice, speech
from speech_data import path, recording, silence

SMALL = Look("amara", width=64, height=64)


@pytest.fixture
def engines():
    return {"recognizer": ScriptedRecognizer(), "translator": ScriptedTranslator()}


@pytest.fixture
def presenter():
    return Presenter(SMALL, ScriptedVoice(), ScriptedFace())


@pytest.fixture
def record(tmp_path):
    def record(*words: int, name: str = "talk.wav") -> Path:
        """A recording of these words, 0.1 s each, 0 for silence."""
        target = tmp_path / name
        write(target, speech(*words))
        return target

    return record


def write(target: Path, samples: np.ndarray) -> None:
    with wave.open(str(target), "wb") as file:
        file.setparams((1, 2, FLOOR_RATE, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())


def played(film: Path) -> tuple[list[tuple[float, np.ndarray]], np.ndarray]:
    """Pictures with their seconds, and the whole sound from second 0 on, as a player plays them."""
    with av.open(str(film)) as file:
        pictures = [(float(frame.time), frame.to_ndarray()) for frame in file.decode(video=0)]
    with av.open(str(film)) as file:
        frames = [(frame.pts, frame.to_ndarray()[0]) for frame in file.decode(audio=0)]
    sound = np.zeros(max(at + len(part) for at, part in frames))
    for at, part in frames:
        # What is before 0 is the encoder's run-up, which the file tells players to leave out.
        sound[max(at, 0) : at + len(part)] = part[max(-at, 0) :]
    return pictures, sound


def shown(subtitles: Path) -> list[tuple[float, float]]:
    """From when to when each cue is shown, seconds."""
    cues = webvtt.read(subtitles)
    return [
        tuple(time.hours * 3600 + time.minutes * 60 + time.seconds + time.milliseconds / 1000 for time in both)
        for both in ((cue.start_time, cue.end_time) for cue in cues)
    ]


def loudness(sound: np.ndarray, start: float, end: float) -> float:
    """Root mean square of these seconds."""
    part = sound[int(start * MEDIA_RATE) : int(end * MEDIA_RATE)]
    return float(np.sqrt(np.mean(part**2))) if len(part) else 0.0


async def test_sentences_are_said_where_the_speaker_said_them_or_when_the_one_before_ends(
    record, engines, presenter, tmp_path
):
    # A word is said in 0.1 s, translated too; with what is added the third has to wait for the second.
    engines["translator"].padding = " and."
    outcome = await interpret(record(0, 1, 0, 0, 0, 2, 0, 3, 0, 0), ["es"], tmp_path, presenter=presenter, **engines)

    assert tmp_path / "talk.es.mp4" in outcome.files
    times = [(0.1, 0.3), (0.5, 0.7), (0.7, 0.9)]
    # Subtitles may stay longer than what they say lasts; they begin with it.
    assert [start for start, _ in shown(tmp_path / "talk.es.vtt")] == [start for start, _ in times]
    assert [start for start, _ in shown(tmp_path / "talk.en.vtt")] == [0.1, 0.5, 0.7]
    pictures, sound = played(tmp_path / "talk.es.mp4")
    assert [at for at, _ in pictures] == pytest.approx([number / 25 for number in range(25)])
    white = [at for at, picture in pictures if picture[:16].mean() > 200]
    assert white == [at for at, _ in pictures if any(start <= at < end for start, end in times)]
    for start, end in times:
        assert loudness(sound, start + 0.02, end - 0.02) > 0.1
    assert loudness(sound, 0, 0.05) < 0.01
    assert loudness(sound, 0.35, 0.45) < 0.01
    assert loudness(sound, 0.95, 1.0) < 0.01


async def test_a_sentence_waits_for_the_one_before(record, engines, presenter, tmp_path):
    engines["translator"].padding = " and so on."
    await interpret(record(1, 0, 2, 0, 3, 0), ["es"], tmp_path, presenter=presenter, **engines)
    assert [start for start, _ in shown(tmp_path / "talk.es.vtt")] == [0, 0.4, 0.8]
    assert [start for start, _ in shown(tmp_path / "talk.en.vtt")] == [0, 0.2, 0.4]


async def test_a_film_goes_on_until_the_last_word(record, engines, presenter, tmp_path):
    engines["translator"].padding = " and so on" * 10
    await interpret(record(1, 2), ["es"], tmp_path, presenter=presenter, **engines)
    pictures, sound = played(tmp_path / "talk.es.mp4")
    assert pictures[-1][0] == pytest.approx(3.16)
    assert loudness(sound, 0.1, 3.1) > 0.1


async def test_a_talk_without_a_word_is_a_film_of_somebody_who_listens(record, engines, presenter, tmp_path):
    await interpret(record(*[0] * 10), ["es"], tmp_path, presenter=presenter, **engines)
    pictures, sound = played(tmp_path / "talk.es.mp4")
    assert len(pictures) == 25
    assert loudness(sound, 0, 1) < 0.01


async def test_a_film_says_what_it_is_and_begins_before_it_is_there_whole(record, engines, presenter, tmp_path):
    await interpret(record(1, 0, 2), ["fr"], tmp_path, presenter=presenter, **engines)
    with av.open(str(tmp_path / "talk.fr.mp4")) as film:
        assert (
            film.metadata["comment"] == film.metadata["description"] == "AI avatar, machine translation from en to fr"
        )
        assert film.metadata["title"] == "talk"
        assert film.metadata["encoder"].startswith("Dragoman ")
        assert [stream.codec_context.name for stream in film.streams] == ["h264", "aac"]
    whole = (tmp_path / "talk.fr.mp4").read_bytes()
    assert 0 < whole.index(b"moov") < whole.index(b"mdat")


async def test_a_sentence_that_the_voice_chokes_on_is_silence_and_counted(record, engines, presenter, tmp_path):
    presenter.voice.chokes_on = {"es(w2)"}
    engines["translator"].chokes_on["es"] = {"w3"}
    outcome = await interpret(record(1, 0, 2, 0, 3, 0, 4, 0), ["es"], tmp_path, presenter=presenter, **engines)
    assert (outcome.segments, outcome.untranslated, outcome.unspoken) == (4, 1, 2)
    _, sound = played(tmp_path / "talk.es.mp4")
    heard = [loudness(sound, start + 0.02, start + 0.08) > 0.1 for start in (0.0, 0.2, 0.4, 0.6)]
    assert heard == [True, False, False, True]
    assert [start for start, _ in shown(tmp_path / "talk.es.vtt")] == [0, 0.2, 0.4, 0.6]


async def test_the_presenter_s_voice_is_of_its_gender(record, engines, presenter, tmp_path):
    await interpret(record(1), ["es"], tmp_path, presenter=presenter, **engines)
    jonas = Presenter(Look("jonas", width=64, height=64), presenter.voice, presenter.face)
    await interpret(record(1), ["es"], tmp_path, presenter=jonas, **engines)
    assert [voice for voice, _ in presenter.voice.said] == ["es-f", "es-m"]


async def test_what_cannot_be_filmed_is_refused_before_any_work(record, engines, presenter, tmp_path):
    talk, out = record(1), tmp_path / "out"
    for call in (interpret(talk, ["es", "ca"], out, presenter=presenter, **engines),
                 interpret_all([talk], ["es", "ca"], out, presenter=presenter, **engines)):  # fmt: skip
        with pytest.raises(Uninterpretable, match="no voice speaks ca; leave --avatar out"):
            await call
    face = await registry.load_one("face", "embedded")
    try:
        nobody = Presenter(Look("nobody"), presenter.voice, face)
        with pytest.raises(Uninterpretable, match=r"there is no presenter nobody; there are .*amara"):
            await interpret(talk, ["es"], out, presenter=nobody, **engines)
    finally:
        await face.close()
    assert engines["recognizer"].fed == 0
    assert not out.exists()


async def test_a_talk_that_breaks_off_or_is_stopped_leaves_no_film_and_no_folder(record, engines, presenter, tmp_path):
    out = tmp_path / "new" / "out"
    engines["recognizer"].fails_at = {1}
    with pytest.raises(Uninterpretable, match="scripted"):
        await interpret(record(1), ["es"], out, presenter=presenter, **engines)
    assert not (tmp_path / "new").exists()

    engines["recognizer"].fails_at = set()
    engines["translator"].gates["es"] = asyncio.Event()
    work = asyncio.create_task(interpret(record(1, 0, 2), ["es"], out, presenter=presenter, **engines))
    async with asyncio.timeout(20):
        while not engines["translator"].asked:
            await asyncio.sleep(0.01)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert not (tmp_path / "new").exists()


async def test_a_place_that_no_film_can_be_written_to_is_named(record, engines, presenter, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(Uninterpretable, match="the files of talk cannot be written to"):
        await interpret(record(1), ["es"], tmp_path / "out", presenter=presenter, **engines)
    assert engines["recognizer"].fed == 0


async def test_a_talk_whose_name_is_no_text_is_filmed_too(record, engines, presenter, tmp_path):
    name = os.fsdecode(b"t\xe9l\xe9.wav")
    await interpret(record(1, name=name), ["es"], tmp_path, presenter=presenter, **engines)
    with av.open(str(tmp_path / os.fsdecode(b"t\xe9l\xe9.es.mp4"))) as film:
        assert film.metadata["title"] == "t?l?"


async def test_progress_counts_the_films(record, engines, presenter, tmp_path):
    shares: list[float] = []
    words = [number for number in range(1, 40) for number in (number, 0, 0)]
    await interpret(record(*words), ["es", "fr"], tmp_path, presenter=presenter, progress=shares.append, **engines)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len([share for share in shares if 1 / 3 < share < 1]) > 3


async def test_a_reading_becomes_films_in_which_speech_is_where_the_subtitles_are(tmp_path):
    reading = tmp_path / "reading.wav"
    write(reading, np.concatenate([silence(1), recording("0870").samples, silence(2), recording("0880").samples]))
    engines = await registry.load(dict.fromkeys(("recognizer", "translator", "voice", "face"), "embedded"))
    presenter = Presenter.cast("amara", engines)
    try:
        outcome = await interpret(
            reading,
            ["es", "fr"],
            tmp_path,
            presenter=presenter,
            recognizer=engines.recognizer,
            translator=engines.translator,
        )
    finally:
        for engine in (engines.recognizer, engines.translator, presenter.voice, presenter.face):
            await engine.close()
    assert isinstance(outcome, Outcome)
    assert (outcome.untranslated, outcome.unspoken) == (0, 0)
    for tag in ("es", "fr"):
        pictures, sound = played(tmp_path / f"reading.{tag}.mp4")
        assert pictures[0][1].shape == (768, 512)
        assert len(pictures) / 25 == pytest.approx(max(outcome.duration, len(sound) / MEDIA_RATE), abs=0.1)
        spoken = shown(tmp_path / f"reading.{tag}.vtt")
        for start, end in spoken:
            assert loudness(sound, start, end) > 0.02
        assert loudness(sound, 0, spoken[0][0] - 0.05) < 0.002
        pauses = [(one, two) for (_, one), (two, _) in pairwise(spoken) if two - one > 0.2]
        # AAC blurs an onset over some hundredths of a second.
        assert all(loudness(sound, one + 0.05, two - 0.05) < 0.002 for one, two in pauses)
        still = [picture for at, picture in pictures if at < 0.5]
        moving = [picture for at, picture in pictures if spoken[0][0] + 0.5 < at < spoken[0][0] + 1]
        assert movement(moving) > 1.5 * movement(still)


def movement(pictures: list[np.ndarray]) -> float:
    """Mean change of brightness from picture to picture."""
    changes = [np.abs(two[:512].astype(int) - one[:512]).mean() for one, two in pairwise(pictures)]
    return float(np.mean(changes))


def test_the_command_refuses_a_presenter_that_is_not_there(tmp_path):
    command = [sys.executable, "-m", "dragoman", "interpret", str(path("0870")), "--to", "es", "--avatar", "nobody"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert "dragoman: there is no presenter nobody; there are" in done.stderr
    assert list(tmp_path.iterdir()) == []
