"""A built wheel, installed where nothing else is, serves: without Node, without a checkout."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

from served import serving, without_settings

pytestmark = pytest.mark.slow

BIGGEST = 60_000_000
"""Bytes. The models are half of it; more means that something came along which nobody needs."""


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from this checkout."""
    out = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out)]
    subprocess.run(build, cwd=root, check=True, capture_output=True, text=True)
    (built,) = out.glob("dragoman-*.whl")
    return built


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder far from the checkout with a new virtual environment in it."""
    place = tmp_path_factory.mktemp("elsewhere")
    subprocess.run([sys.executable, "-m", "venv", str(place / "venv")], check=True)
    return place


@pytest.fixture(scope="module")
def environment(clean: Path) -> dict[str, str]:
    """A path with the virtual environment and all of this machine's programs but Node."""
    programs = clean / "programs"
    programs.mkdir()
    for program in Path("/usr/bin").iterdir():
        if program.name not in ("node", "nodejs", "npm", "npx"):
            (programs / program.name).symlink_to(program)
    return without_settings({"PATH": f"{clean / 'venv' / 'bin'}:{programs}"})


def test_a_wheel_carries_pages_models_and_their_licences_and_nothing_that_only_builds_them(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "dragoman/server/static/speaker.html",
        "dragoman/server/static/listener.html",
        "dragoman/server/static/LICENCES.txt",
        "dragoman/engines/embedded/data/decoder_model_merged.onnx",
        "dragoman/engines/embedded/data/LICENSE-moonshine.txt",
        "dragoman/engines/embedded/espeak_child.py",
        "dragoman/engines/embedded/voices.json",
        "dragoman/engines/embedded/visemes.json",
        "dragoman/engines/embedded/abbreviations.json",
        "dragoman/avatar/characters.json",
        "dragoman/avatar/data/amara/head.svg",
        "dragoman/store/migrations/env.py",
        "dragoman/py.typed",
    } <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    strays = [name for name in names if re.search(r"node_modules|\.made|\.ts$|\.pyc$|(^|/)tests/|\.env", name)]
    assert strays == []
    assert wheel.stat().st_size < BIGGEST


def test_an_installed_wheel_serves_without_node_and_without_the_checkout(
    root: Path, wheel: Path, clean: Path, environment: dict[str, str]
) -> None:
    python = str(clean / "venv" / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)]
    subprocess.run(install, cwd=clean, env=environment, check=True)
    where = subprocess.run(
        [python, "-c", "import dragoman; print(dragoman.__file__)"],
        cwd=clean,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert str(root) not in where
    doctor = [str(clean / "venv" / "bin" / "dragoman"), "doctor"]
    said = subprocess.run(doctor, cwd=clean, env=environment, capture_output=True, text=True, check=False).stdout
    assert "Voice: eSpeak NG speaks" in said
    with (
        serving(clean, command=[str(clean / "venv" / "bin" / "dragoman")], environment=environment) as server,
        httpx.Client(base_url=server.url) as client,
    ):
        page = client.get("/speaker")
        assert page.status_code == 200
        scripts = re.findall(r'<script[^>]* src="([^"]+)"', page.text)
        assert scripts
        for script in scripts:
            answer = client.get(script)
            assert answer.status_code == 200
            assert "javascript" in answer.headers["content-type"]
        languages = client.get("/api/getLanguages").json()
        assert [language["tag"] for language in languages["sourceLanguages"]] == ["en"]
        assert "es" in [language["tag"] for language in languages["targetLanguages"]]
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/readyz").status_code == 200
