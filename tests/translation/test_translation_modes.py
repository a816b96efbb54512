"""Apertium's modes: what is read from their files, and what is not understood."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.engines.embedded import apertium
from dragoman.engines.embedded.apertium import Mode, ModeError, installed, missing, parse, read

MODE = (
    "lt-proc -w '/some where/x.bin' | cg-proc '/x.bin'|apertium-tagger -g $2 '/x.prob' |"
    " apertium-pretransfer| lt-proc $1 '/y.bin'\n"
)


def test_a_mode_is_read_as_the_shell_and_the_command_would_read_it():
    assert parse(MODE) == (
        ("lt-proc", "-z", "-w", "/some where/x.bin"),
        ("cg-proc", "-z", "/x.bin"),
        ("apertium-tagger", "-z", "-g", "/x.prob"),
        ("apertium-pretransfer", "-z"),
        ("lt-proc", "-z", "-n", "/y.bin"),
    )


def test_flushing_is_not_asked_for_twice():
    assert parse("lt-proc -z '/x.bin'") == (("lt-proc", "-z", "/x.bin"),)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "cannot be kept alive"),
        ("lt-proc x |", "cannot be kept alive"),
        ("lt-proc x | lt-proc-j y", "lt-proc-j y cannot be kept alive"),
        ("lt-proc x | sh -c evil", "sh -c evil cannot be kept alive"),
        ("lt-proc x; rm y", "';'"),
        ("lt-proc x || lt-proc y", "'||'"),
        ("lt-proc x > y", "'>'"),
        ("lt-proc $HOME/x", "'$HOME/x'"),
        ("lt-proc `which x`", "'`which'"),
        ("lt-proc 'x", "is not a line of commands"),
    ],
)
def test_what_needs_a_shell_is_refused_with_a_sentence(text: str, sentence: str):
    with pytest.raises(ModeError) as refused:
        parse(text)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("tagger", "place"),
    [
        (("apertium-tagger", "-z", "-g", "/x.prob"), 1),
        (("apertium-tagger", "-z", "-gx", "/x.prob"), None),
        (("apertium-tagger", "-z", "-x", "-g", "/x.prob"), None),
        (("cg-proc", "-z", "/x.bin"), None),
    ],
)
def test_only_the_statistical_tagger_has_to_be_replaced(tagger: tuple[str, ...], place: int | None):
    assert Mode("x", (("lt-proc", "-z", "/x.bin"), tagger, ("lt-proc", "-z", "/y.bin"))).forgetful == place


def test_pairs_are_found_by_the_names_of_their_files(tmp_path: Path):
    for name in ("eng-spa", "es-pt", "es-pt_BR", "cat-eng", "eng-cat", "eng-cat_iec2017", "eng-deu", "README"):
        (tmp_path / f"{name}.mode").write_text(MODE)
    assert {pair: mode.name for pair, mode in installed(tmp_path).items()} == {
        ("en", "es"): "eng-spa",
        ("en", "ca"): "eng-cat_iec2017",
        ("ca", "en"): "cat-eng",
        ("es", "pt-PT"): "es-pt",
        ("es", "pt-BR"): "es-pt_BR",
    }


def test_a_mode_that_cannot_be_run_gives_way_to_another_name_of_the_pair(tmp_path: Path):
    (tmp_path / "eng-spa.mode").write_text("lt-proc-j '/x.bin'")
    (tmp_path / "en-es.mode").write_text(MODE)
    (tmp_path / "eng-cat.mode").write_bytes(b"\xff\xfe")
    assert {pair: mode.name for pair, mode in installed(tmp_path).items()} == {("en", "es"): "en-es"}
    with pytest.raises(ModeError, match=r"eng-cat\.mode"):
        read(tmp_path / "eng-cat.mode")


def test_where_nothing_is_installed_everything_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert missing(tmp_path / "no such folder") == ["apertium", *apertium.PACKAGES]


def test_what_is_installed_is_not_missing(tmp_path: Path):
    for package, name in (("apertium-eng-spa", "eng-spa"), ("apertium-cat-ita", "cat-ita")):
        assert package in missing(tmp_path)
        (tmp_path / f"{name}.mode").write_text(MODE)
        assert package not in missing(tmp_path)


def test_this_machine_lacks_nothing():
    assert missing() == []
