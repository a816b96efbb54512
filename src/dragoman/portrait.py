"""A session as people see it: its record turned into what they are told, and what of it may change."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dragoman.events import AudienceChanged, Cost, SessionInfo
from dragoman.journal import SessionRecord


@dataclass(frozen=True, slots=True)
class Changes:
    """What updateSession changes; None leaves a thing as it is."""

    name: str | None = None
    targets: tuple[str, ...] = ()
    """offered tags to add"""
    options: Mapping[str, Any] | None = None
    passcode: str | None = None
    """its hash; empty: none is needed any more"""
    engines: Mapping[str, str] | None = None
    """names by job, checked; a job that is not in it keeps its engine"""


def client_hash(client: str) -> str:
    """What is kept of a host's ClientId. It is a random UUID, so that a plain hash gives nothing away."""
    return hashlib.sha256(client.encode()).hexdigest()


def is_hosts(record: SessionRecord, client: str) -> bool:
    """Whether this ClientId created the session."""
    return hmac.compare_digest(record.host, client_hash(client))


def candidates_of(record: SessionRecord) -> tuple[str, ...]:
    """The source tags among which the spoken one is identified; none where it is the record's `source`."""
    return tuple(record.options.get("sourceLanguages") or ())


def session_info(
    record: SessionRecord,
    engines: Mapping[str, str],
    numbers: AudienceChanged | None = None,
    cost: Cost | None = None,
) -> SessionInfo:
    """A record as people see it. engines: who does each job. numbers: None for a session that is over."""
    return SessionInfo(
        session_id=record.session_id,
        name=record.name,
        source=record.source,
        targets=tuple(target.tag for target in record.targets),
        active=record.active,
        ended=record.ended is not None,
        listeners=numbers.count if numbers else 0,
        listeners_by_language=numbers.by_language if numbers else {},
        engines=engines,
        passcode_required=record.passcode is not None,
        options=record.options,
        candidates=candidates_of(record),
        cost=cost,
    )
