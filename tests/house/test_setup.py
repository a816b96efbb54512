"""scripts/setup: what it asks for is what the server needs, and it does no work that is done."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dragoman.engines.embedded.apertium import PACKAGES


def run(root: Path, *arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The script, with the programs in one folder only when there is a `path`."""
    environment = {"PATH": str(path)} if path else None
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
