"""An avatar that falls behind, as the speaker and the listeners see it."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from dragoman import conference
from dragoman.events import AvatarState, PaceHint, SegmentCondensed
from dragoman.session import Session
from houses import House, house
from scripted import speech
from visitors import Visitors

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def spoken(here: House, monkeypatch: pytest.MonkeyPatch, host: str) -> Session:
    """A session in which three clauses have been said."""
    made: list[Session] = []

    class Noted(Session):
        def __init__(self, *args: object, **parts: object) -> None:
            super().__init__(*args, **parts)  # type: ignore[arg-type]  # handed on as they come
            made.append(self)

    monkeypatch.setattr(conference, "Session", Noted)
    code = await here.started(host)
    sound = speech(1, 0, 2, 0, 3, 0).astype("<i2").tobytes()
    speaker = await here.socket()
    sent = await speaker.call("audioData", {"sessionId": code, "clientId": host, "audio": sound})
    assert sent["ok"], sent
    await speaker.sio.disconnect()
    assert (await here.post("stopTranslation", {"sessionId": code}, host)).status_code == 200
    return made[0]


async def test_what_is_shown_only_says_so_and_the_speaker_is_asked_to_slow_down(
    tmp_path: Path, crowd: Visitors, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(tmp_path) as here:
        host = str(uuid4())
        session = await spoken(here, monkeypatch, host)
        code, tell = session.record.session_id, session.audience.avatar
        reader = await crowd.visit(f"{here.url}/listener/{code}?language=es", width=360)
        speaker = await crowd.visit(f"{here.url}/speaker#host={host}&session={code}")
        await reader.see('#captions > [data-segment="3"]:not(.growing)')
        await speaker.see('#passages > [data-segment="3"]')
        assert await speaker.page.locator("#slow-down").is_hidden()

        await tell(SegmentCondensed("es", 2))
        await reader.see('#captions > [data-segment="2"] > .mark')
        mark = '[data-segment="2"] .mark'
        assert await reader.text(f"#captions > {mark}") == (
            "shown only: The avatar did not say this, to keep up with the speaker."
        )
        await speaker.see('#passages > [data-segment="2"] [data-language="es"] .mark')
        assert await speaker.page.locator("#passages .mark").count() == 1
        assert [number for number, _, _ in await reader.captions()] == [1, 2, 3]

        await tell(AvatarState("fr", 1, True, 5100))
        await speaker.read('#listeners [data-language="fr"] .behind', "5.1 s behind")
        await tell(PaceHint("fr", 6240, True))
        await speaker.see("#slow-down")
        assert await speaker.text("#slow-down") == "Please slow down: French is 6.2 s behind"
        await speaker.picture("speaker-slow-down")
        await speaker.accessible()
        await reader.picture("listener-shown-only")
        await reader.accessible()
        await tell(PaceHint("fr", 3000, False))
        await speaker.page.wait_for_selector("#slow-down", state="hidden")


async def test_the_mode_is_chosen_at_the_start_and_changed_in_mid_talk(tmp_path: Path, crowd: Visitors) -> None:
    async with house(tmp_path) as here:
        speaker = await crowd.visit(f"{here.url}/speaker")
        await speaker.page.fill("#session-name", "A talk")
        await speaker.page.check('#target-languages input[value="es"]')
        assert await speaker.page.input_value("#latency-mode") == "balanced"
        await speaker.page.select_option("#latency-mode", "consecutive")
        await speaker.page.click("#create")
        await speaker.see("#desk")
        assert await speaker.page.input_value("#mode") == "consecutive"
        code = await speaker.text("#code")
        await speaker.read("#connection", "Connected")
        await speaker.page.select_option("#mode", "low")
        await speaker.page.wait_for_selector("#mode:enabled")
        told = (await here.http.get(f"/api/getSession/{code}")).json()
        assert told["latencyMode"] == "low"

        # Another page of the host changes it: this one follows.
        host = await speaker.page.evaluate("JSON.parse(localStorage.getItem('dragoman.hosted')).clientId")
        body = {"sessionId": code, "latencyMode": "balanced"}
        assert (await here.post("updateSession", body, host)).status_code == 200
        await speaker.until("() => document.querySelector('#mode').value === 'balanced'")
