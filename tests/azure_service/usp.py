"""Messages of the Universal Speech Protocol: text and binary websocket messages with headers and a body."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

TICKS = 10_000_000
"""a second; offsets and durations are whole numbers of 100 ns"""


class Malformed(ValueError):
    """A frame that is no message of the protocol."""


@dataclass(frozen=True, slots=True)
class Message:
    """What the SDK sent. Header names are lower-cased."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    binary: bool

    @property
    def path(self) -> str:
        return self.headers.get("path", "").lower()

    @property
    def request(self) -> str:
        return self.headers.get("x-requestid", "")

    def json(self) -> dict[str, Any]:
        """The body. Raises Malformed."""
        try:
            found = json.loads(self.body)
        except ValueError as e:
            raise Malformed(f"{self.path}: the body is not JSON: {e}") from e
        if not isinstance(found, dict):
            raise Malformed(f"{self.path}: the body is not an object")
        return found


def _headers(block: str) -> dict[str, str]:
    lines = (line.partition(":") for line in block.split("\r\n") if line)
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def of_text(frame: str) -> Message:
    """Raises Malformed."""
    head, blank, body = frame.partition("\r\n\r\n")
    if not blank:
        raise Malformed("a text message has no blank line after its headers")
    return Message(_headers(head), body.encode(), binary=False)


def of_binary(frame: bytes) -> Message:
    """The headers' length is two bytes, big end first. Raises Malformed."""
    if len(frame) < 2:
        raise Malformed("a binary message is too short for its headers' length")
    (length,) = struct.unpack_from(">H", frame)
    if len(frame) < 2 + length:
        raise Malformed("a binary message is shorter than its headers")
    return Message(_headers(frame[2 : 2 + length].decode("utf-8", "replace")), frame[2 + length :], binary=True)


def text(path: str, request: str, body: Mapping[str, Any]) -> str:
    stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return (
        f"X-RequestId:{request}\r\nContent-Type:application/json; charset=utf-8\r\nX-Timestamp:{stamp}\r\n"
        f"Path:{path}\r\n\r\n{json.dumps(body)}"
    )


def spoilt(frame: str | bytes, *, whole: bool) -> str | bytes:
    """A frame that is no message, or one whose body is not what its headers say."""
    if isinstance(frame, bytes):
        return b"\xff\xff\x00garbage"
    if whole:
        return "\x00\x01 no headers here"
    head, blank, body = frame.partition("\r\n\r\n")
    return head + blank + body[: len(body) // 2] + "\x00}"


def binary(path: str, request: str, stream: str, content_type: str, body: bytes) -> bytes:
    """An empty body ends the stream; then there is no content type either."""
    kind = f"Content-Type:{content_type}\r\n" if body else ""
    head = f"X-RequestId:{request}\r\n{kind}X-StreamId:{stream}\r\nPath:{path}\r\n".encode()
    return struct.pack(">H", len(head)) + head + body
