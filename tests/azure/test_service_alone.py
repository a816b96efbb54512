"""The local Azure as a program of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx

from azure_service import Script, Sentence

TESTS = Path(__file__).resolve().parents[1]


def test_the_program_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"sentences": [{"text": "Hello.", "translations": {"fr": "Bonjour."}}]}))
    command = [sys.executable, "-m", "azure_service", "--wav-script", str(script), "--key", "secret"]
    with subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = dict(process.stdout.readline().strip().split("=", 1) for _ in range(3))
            assert told["SPEECH_KEY"] == "secret"
            address = "http" + told["SPEECH_ENDPOINT"].removeprefix("ws")
            answer = httpx.post(
                f"{address}/translator/text/v3.0/translate?api-version=3.0&from=en&to=fr",
                json=[{"Text": "Hello."}],
                headers={"Ocp-Apim-Subscription-Key": "secret"},
            )
            assert answer.json()[0]["translations"][0]["text"] == "Bonjour."
        finally:
            process.terminate()
        assert process.wait(20) == 0


def test_a_script_is_read_from_json_or_lines(tmp_path: Path) -> None:
    whole = tmp_path / "whole.json"
    whole.write_text(
        json.dumps(
            {
                "sentences": [{"text": "Guten Tag.", "language": "de-DE"}, "Hello there."],
                "misheard": {"tag": "tack"},
                "profane": ["damn"],
            }
        )
    )
    script = Script.read(whole)
    assert script.sentences == (Sentence("Guten Tag.", language="de-DE"), Sentence("Hello there."))
    assert (script.misheard, script.profane) == ({"tag": "tack"}, {"damn"})
    lines = tmp_path / "lines.txt"
    lines.write_text("One two.\n\nThree.\n")
    assert [sentence.text for sentence in Script.read(lines).sentences] == ["One two.", "Three."]
