"""The program that films a talk from what was kept of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import av
import pytest

from dragoman.engines.protocols import Look
from dragoman.errors import EngineFailed
from dragoman.film import Unfilmable
from dragoman.filmed import Job, Sentence, in_turn, shoot
from dragoman.filming import Presenter
from dragoman.speech import FLOOR_RATE
from scripted import ScriptedFace, ScriptedVoice

SMALL = Look("amara", width=64, height=64)
SENTENCES = (
    Sentence(1, FLOOR_RATE, 2 * FLOOR_RATE, "Uno.", "Uno."),
    # Typed while the first was said; and what no booth could translate is shown and not said.
    Sentence(3, 2 * FLOOR_RATE, 3 * FLOOR_RATE, "not translated", ""),
    Sentence(2, FLOOR_RATE * 3 // 2, FLOOR_RATE * 3 // 2, "Dos <b>& tres.", "Dos y tres."),
)


def job(file: Path, **more: object) -> Job:
    engines = {"voice": ("gone", "embedded"), "face": ("embedded",)}
    whole = {"voice": None, "look": SMALL, "about": {"title": "A talk"}, "sentences": SENTENCES, "engines": engines}
    return Job("es", file=str(file), **(whole | more))


def test_a_job_goes_through_the_pipe_as_it_is(tmp_path: Path) -> None:
    made = job(tmp_path / "a.mp4", voice="es-m")
    assert "\n" not in made.written()
    assert Job.read(made.written()) == made


async def test_lines_are_said_in_order_of_time_and_shown_when_they_are_said(tmp_path: Path) -> None:
    voice, shares = ScriptedVoice(), []
    await shoot(job(tmp_path / "a.mp4", voice="es-m"), Presenter(SMALL, voice, ScriptedFace()), shares.append)
    assert voice.said == [("es-m", "Uno."), ("es-m", "Dos y tres.")]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    with av.open(str(tmp_path / "a.mp4")) as file:
        (track,) = file.streams.subtitles
        shown = [(packet.pts, bytes(packet)[2:].decode()) for packet in file.demux(track) if packet.size > 2]
        assert float(file.duration) / av.time_base == pytest.approx(4.0, abs=0.1)
    assert [text for _, text in shown] == ["Uno.", "Dos <b>& tres.", "not translated"]
    assert shown[0][0] == 1000
    assert shown[1][0] == pytest.approx(1500, abs=40)


async def test_a_voice_that_is_not_there_any_more_is_replaced_and_none_at_all_is_said(tmp_path: Path) -> None:
    voice = ScriptedVoice()
    await shoot(job(tmp_path / "a.mp4", voice="gone"), Presenter(SMALL, voice, ScriptedFace()), lambda _: None)
    assert {name for name, _ in voice.said} == {"es-f"}
    nobody = Job("ca", None, SMALL, {}, (), {}, str(tmp_path / "b.mp4"))
    with pytest.raises(Unfilmable):
        await shoot(nobody, Presenter(SMALL, voice, ScriptedFace()), lambda _: None)


async def test_what_a_voice_cannot_say_is_said_by_the_next_in_one_of_the_same_gender(tmp_path: Path) -> None:
    best, next_best = ScriptedVoice("best"), ScriptedVoice("next", "home-")
    voices = in_turn({"best": best, "next": next_best}, "es")
    best.chokes_on = {"Dos"}
    whole = job(tmp_path / "a.mp4", voice="es-m")
    await shoot(whole, Presenter(SMALL, voices, ScriptedFace()), lambda _: None)
    assert (best.said, next_best.said) == ([("es-m", "Uno.")], [("home-es-m", "Dos y tres.")])

    best.broken = EngineFailed("no account", lasting=True)
    next_best.said.clear()
    await shoot(whole, Presenter(SMALL, voices, ScriptedFace()), lambda _: None)
    assert [text for _, text in next_best.said] == ["Uno.", "Dos y tres."]


def start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "dragoman.filmed"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def test_the_program_says_how_far_it_is_and_why_it_cannot(tmp_path: Path) -> None:
    with start() as program:
        line = job(tmp_path / "nowhere" / "a.mp4").written().encode() + b"\n"
        program.stdin.write(line)
        program.stdin.flush()
        said = [json.loads(line) for line in program.stdout]
        assert "cannot be written" in said[-1]["error"]
        assert program.wait(30) == 1


def test_the_program_ends_with_whoever_asked_for_the_film(tmp_path: Path) -> None:
    hours = tuple(
        Sentence(number, number * 60 * FLOOR_RATE, (number * 60 + 1) * FLOOR_RATE, "Uno.", "Uno.")
        for number in range(100)
    )
    with start() as program:
        program.stdin.write(job(tmp_path / "a.mp4", sentences=hours, look=Look("amara")).written().encode() + b"\n")
        program.stdin.flush()
        # What was used of the voice is told too.
        assert any("share" in json.loads(line) for line in program.stdout)
        program.stdin.close()
        program.stdin = None
        assert program.wait(30) == 1
