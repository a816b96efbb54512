"""Recordings of real speech through the real engines."""

import json

import webvtt

from dragoman.engines import registry
from dragoman.interpret import Outcome, interpret_all
from speech_data import path


async def test_a_reading_becomes_subtitles_in_time_faster_than_it_was_read(tmp_path):
    recognizer = await registry.load_one("recognizer", "embedded")
    translator = await registry.load_one("translator", "embedded")
    try:
        (outcome,) = await interpret_all(
            [path("two_cities")], ["es", "fr"], tmp_path, recognizer=recognizer, translator=translator
        )
    finally:
        await recognizer.close()
        await translator.close()
    assert isinstance(outcome, Outcome)
    assert (outcome.untranslated, outcome.damaged) == (0, 0)
    assert outcome.elapsed < outcome.duration / 2

    def said(tag: str, before: str) -> str:
        return " ".join(cue.text for cue in webvtt.read(tmp_path / f"two_cities.{tag}.vtt") if cue.start < before)

    assert "best of times" in said("en", "00:00:10.000")
    assert "worst of times" in said("en", "00:00:10.000")
    assert "mejor" in said("es", "00:00:10.000")
    assert "peor" in said("es", "00:00:10.000")
    assert "meilleur" in said("fr", "00:00:10.000")
    entries = json.loads((tmp_path / "two_cities.json").read_text(encoding="utf-8"))
    assert all(set(entry["translations"]) == {"es", "fr"} for entry in entries)
    assert entries[-1]["endMs"] <= outcome.duration * 1000
