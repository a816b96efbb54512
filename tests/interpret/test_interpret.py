import asyncio
import json
import re
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import webvtt

from dragoman.interpret import AT_ONCE, Failure, Outcome, Uninterpretable, interpret, interpret_all, names
from dragoman.speech import FLOOR_RATE
from scripted import ScriptedRecognizer, ScriptedStream, ScriptedTranslator, speech
from tones import write


class CountedRecognizer(ScriptedRecognizer):
    """Knows how many talks it heard at the same time at most."""

    most = 0

    async def open(self, language: str, *, start: int, live: bool) -> ScriptedStream:
        assert not live
        stream = await super().open(language, start=start, live=live)
        self.most = max(self.most, self.open_streams)
        return stream


@pytest.fixture
def engines():
    return {"recognizer": CountedRecognizer(), "translator": ScriptedTranslator()}


@pytest.fixture
def record(tmp_path):
    def record(name: str, *words: int) -> Path:
        """A recording of these words, 0.1 s each, 0 for silence."""
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, FLOOR_RATE, 0, "NONE", ""))
            file.writeframes(speech(*words).tobytes())
        return path

    return record


def all_closed(engines) -> bool:
    return engines["recognizer"].open_streams == 0 and engines["translator"].open_pairs == 0


async def test_a_talk_becomes_subtitles_per_language_and_one_json(record, engines, tmp_path):
    talk = record("talk.wav", 0, 1, 2, 0, 0, 3, 4, 0)
    outcome = await interpret(talk, ["es", "fr"], tmp_path / "new" / "out", **engines)

    out = tmp_path / "new" / "out"
    expected = [f"talk.{tag}.{form}" for tag in ("en", "es", "fr") for form in ("vtt", "srt")] + ["talk.json"]
    assert sorted(path.name for path in out.iterdir()) == sorted(expected)
    assert outcome.files == tuple(out / name for name in expected)
    assert (out / "talk.fr.srt").read_text() == (
        "1\n00:00:00,100 --> 00:00:00,500\nfr(es(w1 w2))\n\n2\n00:00:00,500 --> 00:00:01,333\nfr(es(w3 w4))\n\n"
    )
    assert [cue.text for cue in webvtt.read(str(out / "talk.en.vtt"))] == ["w1 w2", "w3 w4"]
    assert json.loads((out / "talk.json").read_text()) == [
        {
            "segmentId": 1,
            "startMs": 100,
            "endMs": 300,
            "sourceText": "w1 w2",
            "language": "en",
            "translations": {"es": "es(w1 w2)", "fr": "fr(es(w1 w2))"},
        },
        {
            "segmentId": 2,
            "startMs": 500,
            "endMs": 700,
            "sourceText": "w3 w4",
            "language": "en",
            "translations": {"es": "es(w3 w4)", "fr": "fr(es(w3 w4))"},
        },
    ]
    assert (outcome.segments, outcome.untranslated, outcome.damaged) == (2, 0, 0)
    assert outcome.duration == pytest.approx(0.8)
    assert all_closed(engines)


async def test_a_relay_s_pivot_is_translated_once(record, engines, tmp_path):
    await interpret(record("talk.wav", 1, 0), ["fr", "es"], tmp_path, **engines)
    assert engines["translator"].asked == {("en", "es"): 1, ("es", "fr"): 1}


async def test_a_sentence_that_an_engine_chokes_on_stands_in_the_source_language(record, engines, tmp_path):
    engines["translator"].chokes_on["es"] = {"w2"}
    outcome = await interpret(record("talk.wav", 1, 0, 2, 0, 3), ["es", "ca"], tmp_path, **engines)
    said = json.loads((tmp_path / "talk.json").read_text())
    assert [entry["translations"]["es"] for entry in said] == ["es(w1)", "w2", "es(w3)"]
    assert [entry["translations"]["ca"] for entry in said] == ["ca(w1)", "ca(w2)", "ca(w3)"]
    assert [entry.get("untranslated") for entry in said] == [None, True, None]
    assert outcome.untranslated == 1


async def test_a_talk_without_a_word_gives_empty_subtitles(record, engines, tmp_path):
    outcome = await interpret(record("talk.wav", 0, 0, 0), ["es"], tmp_path, **engines)
    assert outcome.segments == 0
    assert (tmp_path / "talk.es.vtt").read_text() == "WEBVTT\n\n"
    assert json.loads((tmp_path / "talk.json").read_text()) == []


async def test_languages_are_matched_and_written_once(record, engines, tmp_path):
    await interpret(record("talk.wav", 1), ["es-MX", "es", "en-GB", "ca"], tmp_path / "out", **engines)
    tags = {path.name.split(".")[1] for path in (tmp_path / "out").glob("*.vtt")}
    assert tags == {"en", "es", "ca"}


async def test_a_language_that_nobody_interprets_into_is_refused_before_any_work(record, engines, tmp_path):
    talk = record("talk.wav", 1)
    for call in (interpret(talk, ["es", "de"], tmp_path / "out", **engines),
                 interpret_all([talk], ["es", "de"], tmp_path / "out", **engines)):  # fmt: skip
        with pytest.raises(Uninterpretable, match=r"no translation from en into de; there is: ca, es, fr"):
            await call
    with pytest.raises(Uninterpretable, match="hears en, not fr"):
        await interpret(talk, ["es"], tmp_path / "out", source="fr", **engines)
    assert engines["recognizer"].most == 0
    assert not (tmp_path / "out").exists()


async def test_one_bad_file_of_several_stops_no_other(record, engines, tmp_path):
    notes = tmp_path / "notes.txt"
    notes.write_text("bring a pen")
    talks = [record("one.wav", 1), notes, tmp_path / "nowhere.mp4", record("two.wav", 2)]
    one, two, three, four = await interpret_all(talks, ["es"], tmp_path / "out", **engines)
    assert isinstance(one, Outcome)
    assert isinstance(four, Outcome)
    assert two == Failure(notes, two.reason)
    assert two.reason.startswith("notes.txt is no sound or video file that can be read")
    assert three.reason == f"there is no file {tmp_path / 'nowhere.mp4'}"
    assert {path.name.split(".")[0] for path in (tmp_path / "out").iterdir()} == {"one", "two"}


async def test_a_file_that_breaks_off_leaves_nothing_half_done(record, engines, tmp_path):
    talk = tmp_path / "talk.flac"
    write(talk, "flac", 48_000, seconds=8)
    talk.write_bytes(talk.read_bytes()[: talk.stat().st_size // 2])
    with pytest.raises(Uninterpretable, match=r"talk\.flac is cut off"):
        await interpret(talk, ["es"], tmp_path / "out", **engines)
    assert not (tmp_path / "out").exists()
    assert all_closed(engines)


async def test_a_recogniser_that_breaks_costs_its_talk_only(record, engines, tmp_path):
    engines["recognizer"].fails_at = {1}
    talks = [record("one.wav", 1), record("two.wav", 2)]
    outcomes = await interpret_all(talks, ["es"], tmp_path / "out", **engines)
    (failed,) = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert failed.reason == f"{failed.talk.name}: scripted"
    assert sum(isinstance(outcome, Outcome) for outcome in outcomes) == 1
    assert all_closed(engines)


async def test_talks_of_the_same_name_keep_their_own_files(record, engines, tmp_path):
    talks = [record("monday/talk.wav", 1), record("tuesday/talk.wav", 2)]
    await interpret_all(talks, ["es"], tmp_path / "out", **engines)
    assert "w1" in (tmp_path / "out" / "talk.en.srt").read_text()
    assert "w2" in (tmp_path / "out" / "talk-2.en.srt").read_text()


def test_a_numbered_name_is_never_another_talk_s_own():
    talks = [Path(name) for name in ("a/talk.wav", "b/talk.mp4", "talk-2.wav", "c/talk.ogg", "other.wav")]
    assert names(talks) == ["talk", "talk-3", "talk-2", "talk-4", "other"]


async def test_many_talks_are_heard_a_few_at_a_time(record, engines, tmp_path):
    talks = [record(f"{number}.wav", number, 0) for number in range(1, 9)]
    outcomes = await interpret_all(talks, ["es"], tmp_path / "out", **engines)
    assert [outcome.talk for outcome in outcomes] == talks
    assert 1 < engines["recognizer"].most <= AT_ONCE


async def test_progress_grows_to_one_for_each_talk(record, engines, tmp_path):
    told: dict[int, list[float]] = {}
    talks = [record("one.wav", *range(1, 50)), record("two.wav", *range(1, 30))]
    await interpret_all(
        talks, ["es"], tmp_path, progress=lambda number, share: told.setdefault(number, []).append(share), **engines
    )
    assert sorted(told) == [0, 1]
    for shares in told.values():
        assert shares == sorted(shares)
        assert len(shares) > 3
        assert 0 < shares[0] < 0.5
        assert shares[-1] == 1


async def test_a_cancelled_talk_leaves_nothing_behind(record, engines, tmp_path):
    gate = engines["translator"].gates["es"] = asyncio.Event()
    work = asyncio.create_task(interpret(record("talk.wav", 1, 0, 2), ["es"], tmp_path / "out", **engines))
    while not engines["translator"].asked:
        await asyncio.sleep(0.01)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert not gate.is_set()
    assert not (tmp_path / "out").exists()
    assert all_closed(engines)


async def test_files_of_an_earlier_run_are_replaced_whole(record, engines, tmp_path):
    await interpret(record("talk.wav", 1, 0, 2, 0, 3), ["es"], tmp_path, **engines)
    await interpret(record("talk.wav", 4), ["es"], tmp_path, **engines)
    assert (tmp_path / "talk.es.srt").read_text() == "1\n00:00:00,000 --> 00:00:00,833\nes(w4)\n\n"
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


async def test_a_place_that_cannot_be_written_to_is_named(record, engines, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(Uninterpretable, match=re.escape(f"talk cannot be written to {tmp_path / 'out'}")):
        await interpret(record("talk.wav", 1), ["es"], tmp_path / "out", **engines)
    (tmp_path / "taken" / "talk.json").mkdir(parents=True)
    with pytest.raises(Uninterpretable, match="cannot be written"):
        await interpret(record("talk.wav", 1), ["es"], tmp_path / "taken", **engines)
    assert not [path.name for path in (tmp_path / "taken").iterdir() if path.name.startswith(".")]


async def test_a_pause_in_the_file_s_time_stamps_is_a_pause_in_the_talk(engines, tmp_path):
    talk = tmp_path / "talk.mkv"
    with av.open(str(talk), "w") as file:
        stream = file.add_stream("pcm_s16le", rate=FLOOR_RATE)
        stream.layout = "mono"
        for at, word in ((0, 1), (32_000, 2)):
            frame = av.AudioFrame.from_ndarray(speech(word, word)[None].astype(np.int16), format="s16", layout="mono")
            frame.sample_rate, frame.time_base, frame.pts = FLOOR_RATE, Fraction(1, FLOOR_RATE), at
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    await interpret(talk, [], tmp_path, **engines)
    said = json.loads((tmp_path / "talk.json").read_text())
    assert [(entry["startMs"], entry["sourceText"]) for entry in said] == [(0, "w1 w1"), (2000, "w2 w2")]
