"""An avatar that falls behind: who is told what, and what the transcript and the figures say of it."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from dragoman import company as companies
from dragoman.modes import BALANCED
from houses import House, until
from players import player
from scripted import speech
from test_watching import hosting, watch

CLAUSES = 15


async def test_what_is_condensed_reaches_its_listeners_the_host_the_transcript_and_the_figures(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(companies, "mode_of", lambda _options: replace(BALANCED, bound=1500))
    async with player() as screen:
        code, speaker = await hosting(here)
        ana, luc = await here.socket(), await here.socket()
        ana.client = await watch(here, code, screen)
        await ana.join(code, language="es")
        await luc.join(code, language="fr")
        await until(lambda: len(screen.pictures) > 5, 20)
        sound = speech(*(word for number in range(1, CLAUSES + 1) for word in (number, 0))).astype("<i2").tobytes()
        sent = await speaker.call("audioData", {"sessionId": code, "clientId": speaker.client, "audio": sound})
        assert sent["ok"], sent

        def told() -> int:
            began = [state for state in ana.of("avatarState") if state["speaking"]]
            return len(ana.of("segmentCondensed")) + len(began)

        await until(lambda: told() == CLAUSES, 20)
        late = ana.of("segmentCondensed")
        assert late
        assert late[0] == {"sessionId": code, "language": "es", "segmentId": 1}
        assert luc.of("segmentCondensed") == []
        await until(lambda: speaker.of("segmentCondensed") == late)
        await until(lambda: bool(speaker.of("paceHint")))
        hint = speaker.of("paceHint")[0]
        assert hint.pop("lagMs") >= 0
        assert hint == {"sessionId": code, "language": "es", "slowDown": True}
        assert ana.of("paceHint") == []

        answer = await here.http.get(f"/api/getTranscript/{code}?language=es&format=json")
        records = answer.json()
        assert [record["segmentId"] for record in records if record.get("condensed")] == [
            event["segmentId"] for event in late
        ]
        assert all(0 <= record["lagMs"] <= 1500 for record in records if not record.get("condensed"))
        eva = await here.socket()
        eva.client = str(uuid4())
        await eva.join(code, language="es", since=0)
        assert [caption.get("condensed", False) for caption in eva.of("translationResult")] == [
            record.get("condensed", False) for record in records
        ]
        metrics = (await here.http.get("/metrics")).text
        assert f'dragoman_condensed_segments_total{{language="es"}} {len(late)}.0' in metrics
        assert f'dragoman_ear_voice_span_seconds_count{{language="es"}} {CLAUSES - len(late)}.0' in metrics
        assert 'dragoman_ear_voice_span_seconds_bucket{language="es",le="8.0"}' in metrics
        assert 'dragoman_lag_seconds{language="es"}' in metrics
