"""What all parts of the service share: the script, the rules, the records, and how fast everything goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from .faults import Faults
from .hearing import Order
from .keys import Keys
from .records import Records, Service
from .script import Script

if TYPE_CHECKING:
    from .avatar import Avatar
    from .wire import Wire


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the service is. Seconds unless said otherwise."""

    recognition: float = 0.0
    """from the sound's arrival to what is heard in it"""
    first_audio: float = 0.05
    """from a text to its first sound"""
    realtime: float = 20.0
    """how many times faster than speech synthesised sound is sent"""
    chunk: float = 0.1
    """of sound in one message"""
    stops: float = 0.0
    """from the wish that an avatar stops to its silence"""
    picture: float = 1 / 3
    """an avatar's pictures are so much smaller, in width and height, than Azure's"""


@dataclass(frozen=True, slots=True)
class Limits:
    """The service's own; a test scales them down. Seconds."""

    token: float = 600.0
    relay: float = 600.0
    """life of a relay's credentials"""
    avatar_idle: float = 300.0
    avatar_connection: float = 1800.0
    avatars_a_minute: int | None = None
    """new avatar connections within `avatar_minute`; more are refused with 429"""
    avatar_minute: float = 60.0
    avatars: int | None = None
    """at the same time; more are refused with 429"""


@dataclass(slots=True)
class State:
    script: Script
    listens: Literal["tones", "energy"]
    wobble: bool
    """hypotheses are sometimes wrong in their last word, and their translations in its place"""
    keys: Keys
    faults: Faults
    pace: Pace
    limits: Limits
    records: Records = field(default_factory=Records)
    order: Order = field(default_factory=Order)
    relays: tuple[str, ...] = ()
    avatars: set[Avatar] = field(default_factory=set)
    avatar_times: list[float] = field(default_factory=list)
    """when those of the last minute came"""
    avatar_count: int = 0
    wires: dict[Service, set[Wire]] = field(default_factory=dict)
