"""scripts/setup: what it asks for is what the server needs, and it does no work that is done."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dragoman.engines.embedded.apertium import PACKAGES


def run(root: Path, *arguments: str, path: Path | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
    """The script, with the programs in one folder only when there is a `path`, and with further settings."""
    environment = {"PATH": str(path)} if path else {k: v for k, v in os.environ.items() if k != "SPEECH_KEY"}
    environment |= settings
    script = root / "scripts" / "setup"
    return subprocess.run([script, *arguments], capture_output=True, text=True, env=environment, check=False)


def programs(folder: Path, *left_out: str) -> Path:
    """A folder with this machine's programs but those whose names begin like these."""
    folder.mkdir()
    for program in Path("/usr/bin").iterdir():
        if not program.name.startswith(left_out):
            (folder / program.name).symlink_to(program)
    return folder


def test_it_installs_the_packages_that_the_translator_would_miss(root: Path) -> None:
    text = (root / "scripts" / "setup").read_text()
    listed = re.search(r"TRANSLATION=\(([^)]*)\)", text)
    assert listed
    assert set(listed[1].split()) == {"apertium", *PACKAGES}


@pytest.mark.parametrize("arguments", [("machine",), ("machine", "test")])
def test_a_machine_that_has_everything_is_left_alone_without_a_word(root: Path, arguments: tuple[str, ...]) -> None:
    done = run(root, *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_system_without_apt_is_told_what_to_install_by_hand(root: Path, tmp_path: Path) -> None:
    done = run(root, "machine", path=programs(tmp_path / "bin", "apt", "dpkg", "node", "npm"))
    assert done.returncode == 1
    assert re.search(r"Node 18 or newer with npm +missing", done.stderr)
    assert all(package in done.stderr for package in PACKAGES)


def test_a_system_without_apt_that_has_everything_goes_on(root: Path, tmp_path: Path) -> None:
    if not Path("/usr/bin/node").exists():
        pytest.skip("Node is elsewhere on this machine")
    path = programs(tmp_path / "bin", "apt-", "dpkg")
    # Python may have come by other ways than Debian's.
    for name in ("python3.11", "python3"):
        found = shutil.which(name)
        if found and not (path / name).exists():
            (path / name).symlink_to(found)
    done = run(root, "machine", path=path)
    assert done.returncode == 0, done.stderr


def test_who_is_not_root_and_has_no_sudo_is_told_the_command(root: Path, tmp_path: Path) -> None:
    path = programs(tmp_path / "bin", "sudo", "node", "npm", "id")
    stranger = path / "id"
    stranger.write_text("#!/bin/sh\necho 1000\n")
    stranger.chmod(0o755)
    done = run(root, "machine", path=path)
    assert done.returncode == 1
    assert "As root, run: apt-get install" in done.stderr
    assert "nodejs npm" in done.stderr


# -- with an account of Azure's


@pytest.fixture
def checkout(root: Path, tmp_path: Path) -> Path:
    """What `make` looks at, without anything that was made."""
    for name in ("Makefile", "pyproject.toml", "scripts/setup", "scripts/fetch_models.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, tmp_path / name)
    for name in ("web/package.json", "web/package-lock.json", "src/dragoman/avatar/characters.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("line", "configured"),
    [
        ("SPEECH_KEY=0123456789abcdef", True),
        ("  export SPEECH_KEY = '0123'", True),
        ('speech_key="0123"', True),
        ("SPEECH_KEY=", False),
        ('SPEECH_KEY=""', False),
        ("SPEECH_KEY= # the key of the resource", False),
        ("# SPEECH_KEY=0123", False),
        ("SPEECH_REGION=westeurope", False),
    ],
)
def test_an_account_is_configured_by_a_key_in_the_file(checkout: Path, line: str, configured: bool) -> None:
    (checkout / ".env").write_text(f"HOST=127.0.0.1\n{line}\n")
    done = run(checkout, "azure")
    assert (done.returncode, done.stdout.strip()) == (0, "azure" if configured else "")


def test_or_in_the_environment(checkout: Path) -> None:
    assert run(checkout, "azure").stdout == ""
    assert run(checkout, "azure", SPEECH_KEY="0123").stdout == "azure\n"


def planned(checkout: Path, goal: str, **settings: str) -> str:
    """What make would do."""
    environment = {k: v for k, v in os.environ.items() if k not in ("SPEECH_KEY", "MAKEFLAGS", "MAKELEVEL")} | settings
    return subprocess.run(
        ["make", "--dry-run", goal], cwd=checkout, env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_running_installs_nothing_of_azure_without_an_account_and_all_of_it_with_one(checkout: Path) -> None:
    assert "[azure]" not in planned(checkout, "run")
    plan = planned(checkout, "run", SPEECH_KEY="0123")
    assert "'.[azure]'" in plan
    assert plan.index("'.[azure]'") < plan.index("dragoman serve")


@pytest.mark.parametrize("wanted", [True, False])
def test_libraries_of_the_speech_sdk_are_asked_for_where_it_is_used(root: Path, tmp_path: Path, wanted: bool) -> None:
    # Nothing on this machine has a library, and who is asked for them is no root.
    path = programs(tmp_path / "bin", "sudo", "id", "apt-cache")
    for name, text in (("id", "echo 1000"), ("apt-cache", 'case "$2" in libasound2t64) exit 0 ;; *) exit 1 ;; esac')):
        (path / name).write_text(f"#!/bin/sh\n{text}\n")
        (path / name).chmod(0o755)
    script = tmp_path / "scripts" / "setup"
    script.parent.mkdir()
    script.write_text((root / "scripts" / "setup").read_text().replace("/sbin/ldconfig -p", "true"))
    script.chmod(0o755)
    done = run(tmp_path, "machine", path=path, **({"SPEECH_KEY": "0123"} if wanted else {}))
    asked = done.stderr.split("missing:")[-1].split()
    assert ("libasound2t64" in asked, "libssl3" in asked) == (wanted, wanted)
