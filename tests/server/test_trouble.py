"""When it is the server that cannot: a sentence and a code all the same, and nothing of its inside."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dragoman.server import answers
from dragoman.session import Session
from houses import House, house
from refusals import MARK, check, refusal

TALK = {"sessionName": "A talk", "sourceLanguage": "en", "targetLanguages": ["es"]}


async def test_a_database_that_keeps_nothing_is_said_to_everybody_who_needs_it(tmp_path: Path, host: str) -> None:
    async with house(tmp_path) as here:
        code = await here.create(host)
        (database,) = tmp_path.glob("*.sqlite3")
        with closing(sqlite3.connect(database)) as other:
            other.execute("ALTER TABLE sessions RENAME TO gone")
            other.commit()
        answer = await here.post("createSession", TALK, host)
        assert refusal(answer, 503) == "unavailable"
        assert int(answer.headers["Retry-After"]) > 0
        for route in ("startTranslation", "updateSession", "endSession"):
            assert refusal(await here.post(route, {"sessionId": code, "sessionName": "B"}, host), 503) == "unavailable"
        assert refusal(await here.http.get("/api/getSession/000000"), 503) == "unavailable"
        assert (await here.http.get("/listener/000000")).status_code == 503
        ana = await here.socket()
        assert check(await ana.call("joinSession", {"sessionId": "000000", "clientId": ana.client})) == "unavailable"
        # What needs no database goes on.
        assert (await ana.join(code))["ok"]
        assert (await here.http.get("/healthz")).status_code == 200


async def test_a_bug_costs_one_request_and_tells_nothing(
    here: House, host: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(MARK)

    code = await here.create(host)
    ana = await here.socket()
    await ana.join(code)
    with monkeypatch.context() as patched:
        patched.setattr(answers, "languages", broken)
        patched.setattr(Session, "tune", broken)
        assert refusal(await here.http.get("/api/getLanguages"), 500) == "unavailable"
        assert "Content-Security-Policy" in (await here.http.get("/api/getLanguages")).headers
        assert check(await ana.call("setLanguage", {"sessionId": code, "language": "fr"})) == "unavailable"
    assert (await here.http.get("/api/getLanguages")).status_code == 200
    assert (await ana.call("setLanguage", {"sessionId": code, "language": "fr"}))["ok"]
    assert "event failed" in capfd.readouterr().out
