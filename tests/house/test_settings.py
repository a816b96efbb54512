"""Settings, `.env.example` and docs/settings.md say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dragoman.settings import Settings, SettingsError, read


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting in the environment, no `.env` in the working directory."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def example(root: Path) -> dict[str, str]:
    """`.env.example` as name -> value."""
    lines = (root / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_example_names_every_setting_and_nothing_else(root: Path) -> None:
    assert sorted(example(root)) == sorted(name.upper() for name in Settings.model_fields)


def test_the_example_holds_the_defaults(root: Path, tmp_path: Path) -> None:
    defaults = read()
    (tmp_path / ".env").write_text((root / ".env.example").read_text())
    assert read() == defaults


def test_the_documentation_names_every_setting_with_its_default(root: Path) -> None:
    rows = re.findall(
        r"^\| `([A-Z_]+)` \| (?:`([^`]*)`)? ?\| ", (root / "docs" / "settings.md").read_text(), re.MULTILINE
    )
    assert dict(rows) == example(root)


@pytest.mark.parametrize("name", ["README.md", "docs/operations.md"])
def test_other_documents_name_only_settings_that_exist(root: Path, name: str) -> None:
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`", (root / name).read_text()))
    assert named - {"FORWARDED_ALLOW_IPS"} <= set(example(root)), "uvicorn's one is the only other"


def test_the_environment_wins_over_the_file_and_arguments_win_over_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PORT=6001\nMAX_SESSIONS=7\nHOST=10.0.0.1\n")
    monkeypatch.setenv("PORT", "6002")
    monkeypatch.setenv("HOST", "10.0.0.2")
    settings = read(host="10.0.0.3")
    assert (settings.host, settings.port, settings.max_sessions) == ("10.0.0.3", 6002, 7)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "seventy"),
        ("PORT", "70000"),
        ("PUBLIC_URL", "talks.example.org"),
        ("MAX_LISTENERS", "0"),
        ("RETENTION_DAYS", "-1"),
        ("ENGINES", "translater:embedded"),
        ("ENGINES", "translator"),
        ("ENGINES", "translator:azure+"),
        ("ENGINES", "translator:azure,translator:embedded"),
        ("FALLBACK_SECONDS", "-1"),
        ("PROFANITY", "loud"),
        ("MAX_COST_PER_SESSION", "-1"),
        ("LOG_FORMAT", "xml"),
        ("ICE_SERVER_URL", "stun:s.example,https://turn.example"),
    ],
)
def test_a_wrong_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        read()


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_ORIGINS", "https://a.example, https://b.example")
    monkeypatch.setenv("ICE_SERVER_URL", "stun:s.example:3478,turn:t.example:3478")
    monkeypatch.setenv("ENGINES", "translator:azure, recognizer: azure + embedded,voice:neural:large")
    settings = read()
    assert settings.allowed_origins == ("https://a.example", "https://b.example")
    assert settings.ice_server_url == ("stun:s.example:3478", "turn:t.example:3478")
    assert settings.engines == {
        "translator": ("azure",),
        "recognizer": ("azure", "embedded"),
        "voice": ("neural:large",),
    }
