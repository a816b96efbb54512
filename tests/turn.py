"""coturn, Debian's TURN server, on loopback."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from dragoman.tls import Names, key_pair

Transport = Literal["udp", "tcp", "tls"]


@contextlib.contextmanager
def turn_server(directory: Path, secret: str, transport: Transport = "udp") -> Iterator[str]:
    """A TURN server whose credentials are made of this secret and end; its URL. It logs into the directory.

    transport: the way that its clients are told to take to it; it listens on udp and tcp, and with tls for that too,
    with a certificate that it has made for itself.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = directory / "turnserver.log"
    options = (
        *("--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", f"--listening-port={port}", "--realm=dragoman.test"),
        *("--use-auth-secret", f"--static-auth-secret={secret}", "--fingerprint", "--lt-cred-mech"),
        # The whole network here is this machine.
        *("--allow-loopback-peers", "--no-cli", "--no-dtls", "--no-tcp-relay", "--relay-threads=1"),
        # A port speaks plainly and by TLS: it listens first.
        *(_certificate(directory) if transport == "tls" else ("--no-tls",)),
        *(f"--log-file={log}", "--simple-log", "--verbose", f"--userdb={directory / 'turndb'}"),
        f"--pidfile={directory / 'turnserver.pid'}",
    )
    process = subprocess.Popen(
        ["turnserver", "-n", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=directory
    )
    try:
        _wait_until_it_listens(process, port)
        if transport == "tls":
            yield f"turns:localhost:{port}?transport=tcp"
        else:
            yield f"turn:127.0.0.1:{port}?transport={transport}"
    finally:
        process.kill()
        process.wait()


def _certificate(directory: Path) -> tuple[str, str]:
    """Options with a certificate for localhost and its key, which nobody has signed."""
    pair = key_pair(directory, Names(frozenset({"localhost"}), frozenset()), datetime.now(UTC))
    return f"--cert={pair.certificate}", f"--pkey={pair.key}"


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    """A STUN binding request (RFC 8489) is answered."""
    request = bytes.fromhex("00010000 2112a442") + bytes(12)
    deadline = time.monotonic() + 30
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.2)
        asking.connect(("127.0.0.1", port))
        while True:
            assert process.poll() is None, "the TURN server ended"
            assert time.monotonic() < deadline, "the TURN server does not answer"
            with contextlib.suppress(OSError):
                asking.send(request)
                asking.recv(1500)
                return
            time.sleep(0.05)
