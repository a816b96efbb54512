"""What the service was asked and what it answered, for a test to look at. Times are seconds of time.monotonic()."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Service = Literal["recognition", "synthesis", "avatar", "http"]
SERVICES: tuple[Service, ...] = ("recognition", "synthesis", "avatar", "http")


@dataclass(slots=True)
class Connection:
    """A websocket, or an attempt that was refused."""

    id: str
    """the SDK's X-ConnectionId"""
    service: Service
    path: str
    query: Mapping[str, str]
    credential: Literal["key", "token", "none"]
    opened: float = field(default_factory=time.monotonic)
    status: int = 101
    """the HTTP status of the answer; 101 is a websocket"""
    closed: float | None = None
    close_code: int | None = None
    """of the websocket; 1006 where it was dropped or the SDK went without a word"""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """A message that says how a turn is wanted: speech.config, speech.context,
    synthesis.context, synthesis.control."""

    connection: str
    service: Service
    path: str
    request: str
    body: Mapping[str, Any]
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PhraseList:
    connection: str
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recognised:
    """A phrase as it was sent."""

    connection: str
    request: str
    text: str
    language: str
    numbers: tuple[int, ...]
    """of the script's words"""
    translations: Mapping[str, str]
    offset: int
    duration: int
    """ticks"""
    at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text that was asked to be spoken."""

    connection: str
    service: Service
    request: str
    voice: str
    text: str
    """without markup, entities resolved"""
    ssml: str
    rate: float
    """of the prosody; 1: as usual"""
    seconds: float
    """that it takes to say"""
    at: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class Picture:
    """An avatar's connection: what it was asked to look like."""

    connection: str
    number: int
    """of the avatar among all of the service's; it is drawn into the picture"""
    character: str
    style: str
    video: Mapping[str, Any]
    """`synthesis.video` of speech.config, without the SDP"""
    width: int
    height: int
    codec: str = ""
    opened: float = field(default_factory=time.monotonic)
    connected: float | None = None
    """when its WebRTC peer was connected"""
    closed: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    token: str
    credential: str
    expires: float
    at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class Translated:
    source: str
    """the language asked for, or empty to be detected"""
    text: str
    targets: Mapping[str, str]
    at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class Asked:
    """An HTTP request, not a websocket's."""

    method: str
    path: str
    status: int
    at: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class Records:
    """Only the service appends; reading from any thread is safe, for lists only grow."""

    connections: list[Connection] = field(default_factory=list)
    contexts: list[Context] = field(default_factory=list)
    phrase_lists: list[PhraseList] = field(default_factory=list)
    recognised: list[Recognised] = field(default_factory=list)
    spoken: list[Spoken] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    relays: list[Token] = field(default_factory=list)
    translated: list[Translated] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """mistakes of this service itself; none in a good test"""
