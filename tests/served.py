"""A server as people start it: in a process of its own."""

from __future__ import annotations

import contextlib
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dragoman.settings import Settings

PATIENCE = 60.0
"""Seconds to wait for a server on a machine that is busy with other tests."""


@dataclass(frozen=True)
class Server:
    """A server in a process of its own."""

    process: subprocess.Popen[str]
    url: str
    """of the speaker's page without the path"""
    said: str
    """what it printed until it was ready"""


def without_settings(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This environment without any setting of Dragoman, and with these."""
    names = {name.upper() for name in Settings.model_fields}
    return {name: value for name, value in os.environ.items() if name.upper() not in names} | dict(more or {})


@contextlib.contextmanager
def serving(
    cwd: Path,
    *arguments: str,
    command: Sequence[str] = (sys.executable, "-m", "dragoman"),
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """`dragoman serve` on a free loopback port, started in `cwd`, ready; killed at the end."""
    process = subprocess.Popen(
        [*command, "serve", "--host", "127.0.0.1", "--port", "0", *arguments],
        cwd=cwd,
        env=without_settings() if environment is None else dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = _until_ready(process)
        found = re.search(r"(https?://localhost:\d+)/speaker", said)
        assert found, said
        yield Server(process, found[1], said)
    finally:
        process.kill()
        process.communicate()


def _until_ready(process: subprocess.Popen[str]) -> str:
    """What it prints up to the empty line that ends its greeting."""
    assert process.stdout
    deadline = time.monotonic() + PATIENCE
    said = ""
    while not said.endswith("\n\n") or "/speaker" not in said:
        ready, _, _ = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"not ready after {PATIENCE} s; it said: {said}"
        chunk = os.read(process.stdout.fileno(), 65536).decode()
        assert chunk, f"ended before it was ready; it said: {said}"
        said += chunk
    return said
