"""What people in a session are told. How an event looks on the wire is the server's business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Item:
    """What one kind of work of one engine has cost."""

    engine: str
    kind: str
    """a UsageKind"""
    amount: float
    """in the kind's own units: seconds or characters"""
    unit: str
    """`second` or `character`"""
    cost: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What a session has cost so far, estimated by list prices."""

    currency: str
    total: float
    limit: float | None
    """what it may cost; None where there is no limit"""
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A session as anybody with its code may see it, apart from the glossary, which is for the host."""

    session_id: str
    name: str
    source: str
    targets: tuple[str, ...]
    active: bool
    ended: bool
    listeners: int
    listeners_by_language: Mapping[str, int]
    engines: Mapping[str, str]
    """engine by job"""
    passcode_required: bool
    options: Mapping[str, Any]
    """the host's other choices, as in createSession"""
    candidates: tuple[str, ...] = ()
    """source tags among which the spoken one is identified; empty: it is `source`"""
    cost: Cost | None = None
    """for the host; None where nothing here costs anything"""


@dataclass(frozen=True, slots=True)
class Caption:
    """A stretch of the talk in one language; in the floor's own language the two texts are the same."""

    segment_id: int
    language: str
    """offered tag"""
    source_text: str
    text: str
    start: int
    """samples"""
    end: int
    """samples"""
    arrived: int
    """when the sample `end` arrived, ms since 1970"""
    final: bool
    untranslated: bool = False
    condensed: bool = False
    """the avatar did not say it"""
    source_tail: str = ""
    """words not yet committed; for the host only"""
    spoken: str = ""
    """the source tag that was identified; empty: the session's own"""
    floor: bool = False
    """these are the floor's own words"""
    typed: bool = False
    """the host wrote it"""
    retracted: bool = False
    """the host took it back: both texts are empty"""


@dataclass(frozen=True, slots=True)
class AvatarState:
    """The avatar of a language begins or ends to say a segment."""

    language: str
    """offered tag"""
    segment_id: int
    speaking: bool
    lag_ms: int | None
    """behind the floor: from start to start, at the end from end to end; None where that is not known"""


@dataclass(frozen=True, slots=True)
class SegmentCondensed:
    """A segment is shown and not spoken: the avatar of this language would have been too late with it."""

    language: str
    """offered tag"""
    segment_id: int


@dataclass(frozen=True, slots=True)
class SegmentRetracted:
    """The host took a segment back: nobody shows it any more, in no language."""

    segment_id: int


@dataclass(frozen=True, slots=True)
class SegmentCorrected:
    """A segment says something else in one language, the floor's or another."""

    segment_id: int
    language: str
    """offered tag"""
    text: str


@dataclass(frozen=True, slots=True)
class PaceHint:
    """The speaker is asked to slow down for a language, or not any more; for the host."""

    language: str
    """offered tag"""
    lag_ms: int
    """how far the avatar will be behind with the newest clause"""
    slow_down: bool


@dataclass(frozen=True, slots=True)
class EngineState:
    """Another engine does a job from now on; for the host."""

    job: str
    engine: str
    """who does it now"""
    before: str
    """who did it until now"""
    reason: Literal["failed", "returned", "chosen", "cost"]
    """`failed`: the one before does not answer; `returned`: this one answers again; `chosen`: by the host; `cost`: the
    session has reached what it may cost"""


@dataclass(frozen=True, slots=True)
class CostUpdated:
    """What the session has cost has grown; for the host."""

    cost: Cost


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The talk was started or paused."""

    active: bool


@dataclass(frozen=True, slots=True)
class InfoChanged:
    """The host changed the session."""

    info: SessionInfo
    for_host: bool = False
    """with the glossary, which nobody else is shown"""


@dataclass(frozen=True, slots=True)
class SessionOver:
    """The host ended the session."""


@dataclass(frozen=True, slots=True)
class AudienceChanged:
    """Somebody came, left or changed language."""

    count: int
    by_language: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ListenerJoined:
    """Somebody new came; for the host."""

    count: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that this client should know: a sentence and its code."""

    message: str
    code: str
    name: str = ""
    """which sentence it is, for a page that says it in its reader's language; empty where it has no name"""
    values: Mapping[str, str | float] = field(default_factory=dict)
    """what stands in the sentence, by name"""


Event = (
    Caption
    | AvatarState
    | SegmentCondensed
    | SegmentRetracted
    | SegmentCorrected
    | PaceHint
    | EngineState
    | CostUpdated
    | StateChanged
    | InfoChanged
    | SessionOver
    | AudienceChanged
    | ListenerJoined
    | Notice
)
