"""The command line as people use it: in a process of its own."""

from __future__ import annotations

import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

import speech_data
from served import PATIENCE, serving, without_settings


def dragoman(*arguments: str, cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """A command run to its end."""
    return subprocess.run(
        [sys.executable, "-m", "dragoman", *arguments],
        cwd=cwd,
        env=without_settings(settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_help_is_quick_because_it_loads_nothing_heavy(tmp_path: Path) -> None:
    heavy = "fastapi onnxruntime av sqlalchemy uvicorn socketio"
    code = f"import sys, dragoman.cli; print([name for name in '{heavy}'.split() if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_server_says_where_it_is_what_it_does_and_what_would_be_better(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        assert "Recognition" in server.said
        assert "English" in server.said
        assert "Spanish" in server.said
        assert "gist" in server.said
        assert "Better with" in server.said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_that_is_told_to_stop_stops_in_order_and_without_a_traceback(
    tmp_path: Path, number: signal.Signals
) -> None:
    with serving(tmp_path) as server:
        server.process.send_signal(number)
        rest, _ = server.process.communicate(timeout=PATIENCE)
        assert server.process.returncode == 0
        assert "Traceback" not in rest


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = dragoman("serve", "--host", "127.0.0.1", "--port", str(port), cwd=tmp_path)
    assert done.returncode == 2
    assert f"port {port}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["serve", "doctor"])
def test_a_setting_that_cannot_be_used_is_named_in_a_sentence(tmp_path: Path, command: str) -> None:
    done = dragoman(command, cwd=tmp_path, MAX_SESSIONS="many")
    assert done.returncode == 2
    assert "MAX_SESSIONS" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ENGINES", "translator:babelfish", "embedded"),
        ("ENGINES", "recognizer:azure", "SPEECH_KEY"),
        ("DATABASE_URL", "carrier-pigeon://", "DATABASE_URL"),
        ("DATABASE_URL", "sqlite:////proc/nowhere/dragoman.sqlite3", "/proc/nowhere"),
    ],
)
def test_a_server_that_cannot_start_says_why(tmp_path: Path, name: str, value: str, said: str) -> None:
    done = dragoman("serve", "--host", "127.0.0.1", "--port", "0", cwd=tmp_path, **{name: value})
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_https_with_the_certificate_that_it_made(tmp_path: Path) -> None:
    with serving(tmp_path, "--tls-self-signed") as server:
        trusting = ssl.create_default_context(cafile=str(tmp_path / "data" / "tls" / "certificate.pem"))
        assert server.url.startswith("https://")
        assert httpx.get(f"{server.url}/speaker", verify=trusting).status_code == 200
        assert "browser warns" in server.said


def test_recordings_are_interpreted_and_one_that_holds_no_sound_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "notes.mp3").write_text("no sound in here")
    done = dragoman(
        "interpret", str(speech_data.path("0870")), "notes.mp3", "--to", "es,fr", "--out", "captions", cwd=tmp_path
    )
    assert done.returncode == 1
    assert "notes.mp3" in done.stderr
    assert "Traceback" not in done.stderr
    written = {file.name for file in (tmp_path / "captions").iterdir()}
    stem = speech_data.path("0870").stem
    assert written == {f"{stem}.{tag}.{form}" for tag in ("en", "es", "fr") for form in ("vtt", "srt")} | {
        f"{stem}.json"
    }
    assert all(name in done.stdout for name in written)


def test_a_language_that_no_engine_has_is_refused_with_those_there_are(tmp_path: Path) -> None:
    done = dragoman("interpret", str(speech_data.path("0870")), "--to", "es,tlh", cwd=tmp_path)
    assert done.returncode == 2
    assert "tlh" in done.stderr
    assert "fr" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_finds_nothing_missing_where_the_tests_run(tmp_path: Path) -> None:
    done = dragoman("doctor", cwd=tmp_path, PORT="0")
    assert done.returncode == 0, done.stdout
    assert "Nothing that is needed is missing" in done.stdout


def test_the_doctor_fails_when_something_needed_is_missing(tmp_path: Path) -> None:
    done = dragoman("doctor", cwd=tmp_path, PORT="0", DATABASE_URL="carrier-pigeon://")
    assert done.returncode == 1
    assert "DATABASE_URL" in done.stdout
