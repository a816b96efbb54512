"""What the doctor finds, and what it advises."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import sqlite3
from pathlib import Path

import pytest

from dragoman import doctor
from dragoman.doctor import Finding, State
from dragoman.engines.embedded import espeak
from dragoman.settings import read
from served import without_settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting in the environment, no `.env`, and a free port."""
    for name in set(os.environ) - set(without_settings()):
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def findings(subject: str, **settings: object) -> list[Finding]:
    """What is found about a subject with these settings."""
    found = doctor.examine(read(**{"port": 0, **settings}))
    return [finding for finding in found if finding.subject == subject]


def finding(subject: str, **settings: object) -> Finding:
    """The one thing found about it."""
    (found,) = findings(subject, **settings)
    return found


def test_whatever_is_not_well_comes_with_what_to_do_about_it() -> None:
    hostile = {"database_url": "pigeon://", "ice_server_url": "turn:a", "host": "0.0.0.0", "turn_secret": "x"}
    found = list(doctor.examine(read(**hostile)))
    assert all(one.remedy for one in found if one.state is not State.OK)


def test_models_are_compared_with_the_sums_that_lie_beside_them(tmp_path: Path) -> None:
    (tmp_path / "ear.onnx").write_bytes(b"weights")
    (tmp_path / "SHA256SUMS").write_text(f"{hashlib.sha256(b'weights').hexdigest()}  ear.onnx\n")
    assert doctor.models(tmp_path).state is State.OK
    (tmp_path / "ear.onnx").write_bytes(b"weighty")
    assert doctor.models(tmp_path).state is State.MISSING
    (tmp_path / "ear.onnx").unlink()
    assert "ear.onnx" in doctor.models(tmp_path).text
    assert doctor.models(tmp_path / "nowhere").state is State.MISSING


def test_the_voice_says_a_word_or_is_missing(tmp_path: Path) -> None:
    found = finding("Voice")
    assert found.state is State.OK
    assert re.search(r"voices for [89]\d languages", found.text)
    *program, library, data = espeak.command()
    for broken in ((library, str(tmp_path)), (str(tmp_path / "none.so"), data), ()):
        assert doctor.voice([*program, *broken]).state is State.MISSING
    assert doctor.voice(["cat"]).state is State.MISSING
    assert doctor.voice(["no-such-program-anywhere"]).state is State.MISSING


def test_a_data_folder_may_be_made_later_where_its_parent_can_be_written(tmp_path: Path) -> None:
    assert finding("Data folder", data_dir=tmp_path / "a" / "b").state is State.OK
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("place", ["/proc/dragoman", "/dev/null/dragoman"])
def test_a_data_folder_that_cannot_be_written_is_missing(place: str) -> None:
    found = finding("Data folder", data_dir=Path(place))
    assert found.state is State.MISSING
    assert place.startswith(found.text.split()[0])


def test_a_database_is_opened_but_not_made(tmp_path: Path) -> None:
    file = tmp_path / "data" / "dragoman.sqlite3"
    assert finding("Database").state is State.OK
    assert not file.exists()
    file.parent.mkdir()
    with sqlite3.connect(file) as connection:
        connection.execute("create table talk (id integer)")
    connection.close()
    assert "1 tables" in finding("Database").text
    file.write_bytes(b"no database at all " * 100)
    assert finding("Database").state is State.MISSING


@pytest.mark.parametrize("url", ["pigeon://", "postgresql+nodriver://h/d", "sqlite:////proc/nowhere/dragoman.sqlite3"])
def test_a_database_that_does_not_open_is_missing(url: str) -> None:
    assert finding("Database", database_url=url).state is State.MISSING


def test_a_password_in_the_database_url_is_not_shown() -> None:
    found = finding("Database", database_url="pigeon://me:secret@host/db")
    assert "secret" not in found.text + found.remedy


def test_a_port_in_use_is_no_reason_to_fail_because_the_server_may_be_running() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert finding("Port", port=taken.getsockname()[1]).state is State.ADVICE
    assert finding("Port").state is State.OK


@pytest.mark.parametrize(
    ("settings", "state", "said"),
    [
        ({}, State.ADVICE, "--tls-self-signed"),
        ({"host": "0.0.0.0"}, State.ADVICE, "--tls-self-signed"),
        ({"public_url": "https://talks.example.org"}, State.ADVICE, "HOST_KEY"),
        ({"public_url": "https://talks.example.org", "host_key": "k"}, State.OK, ""),
    ],
)
def test_advice_depends_on_who_can_reach_the_server(settings: dict[str, str], state: State, said: str) -> None:
    found = finding("Reach", **settings)
    assert found.state is state
    assert said in found.remedy


@pytest.mark.parametrize(
    ("settings", "subjects"),
    [
        ({}, []),
        ({"ice_server_url": "stun:s.example:3478"}, []),
        ({"ice_server_url": "stun:s.example:3478,turn:t.example:3478?transport=udp", "turn_secret": "x"}, []),
        ({"ice_server_url": "turn:t.example", "ice_server_username": "u", "ice_server_password": "p"}, []),
        ({"ice_server_url": "turn:t.example"}, ["ICE_SERVER_URL"]),
        ({"turn_secret": "x"}, ["TURN_SECRET"]),
        ({"turn_secret": "x", "ice_server_url": "stun:s.example"}, ["TURN_SECRET"]),
    ],
)
def test_ice_settings_that_contradict_each_other_are_pointed_out(settings: dict[str, str], subjects: list[str]) -> None:
    found = doctor.examine(read(port=0, **settings))
    assert [one.subject for one in found if one.subject in ("ICE_SERVER_URL", "TURN_SECRET")] == subjects
