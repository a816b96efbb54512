"""Who may do what: pages of other sites, secrets that stay secret, and logs that hold no words."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from dragoman.server.access import Origins
from houses import House, house, until
from raw import RawSocket, event
from refusals import refusal
from scripted import speech

ELSEWHERE = "https://intranet.example"
FOREIGN = "https://evil.example"


def own(here: House) -> str:
    return f"http://{urlsplit(here.url).netloc}"


async def opens(here: House, origin: str) -> bool:
    """Whether a page of this origin may open a socket, by WebSocket and by polling alike."""
    polled = await here.http.get("/socket.io/?EIO=4&transport=polling", headers={"Origin": origin})
    try:
        async with await RawSocket.open(here.url, origin=origin) as raw:
            await raw.connect()
    except ConnectionRefusedError:
        opened = False
    else:
        opened = True
    if not opened:
        assert refusal(polled, 400) == "badRequest"
        assert FOREIGN not in polled.text
        return False
    assert polled.status_code == 200
    assert polled.headers["Access-Control-Allow-Origin"] == origin
    return True


async def test_without_allowed_origins_only_the_servers_own_pages_open_sockets(here: House) -> None:
    assert await opens(here, own(here))
    # The same place by TLS: a proxy in front of this server, or its own certificate.
    assert await opens(here, own(here).replace("http:", "https:"))
    for origin in (
        FOREIGN,
        "null",
        own(here) + "0",
        own(here) + ".evil.example",
        "http://[::1",
        "x",
        "file://",
        "http://",
    ):
        assert not await opens(here, origin)
    answer = await here.http.get("/api/getLanguages", headers={"Origin": FOREIGN})
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_allowed_origins_may_use_the_whole_interface_and_the_servers_own_pages_still_may(
    tmp_path: Path, host: str
) -> None:
    settings = {"allowed_origins": f"{ELSEWHERE}, https://other.example", "public_url": "https://talks.example/live"}
    async with house(tmp_path, **settings) as here:
        for origin in (ELSEWHERE, "https://other.example", "https://talks.example", own(here)):
            assert await opens(here, origin)
        assert not await opens(here, FOREIGN)
        asked = {"Origin": ELSEWHERE, "Access-Control-Request-Method": "POST"}
        names = "authorization,clientid,content-type,passcode"
        preflight = {**asked, "Access-Control-Request-Headers": names}
        answer = await here.http.options("/api/createSession", headers=preflight)
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == ELSEWHERE
        assert set(names.split(",")) <= set(answer.headers["Access-Control-Allow-Headers"].lower().split(", "))
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
        body = {"sessionName": "A", "sourceLanguage": "en", "targetLanguages": ["es"]}
        made = await here.post("createSession", body, host, Origin=ELSEWHERE)
        assert made.headers["Access-Control-Allow-Origin"] == ELSEWHERE
        assert made.json()["listenerUrl"].startswith("https://talks.example/live/listener/")
        refused = await here.post("createSession", {}, host, Origin=ELSEWHERE)
        assert refusal(refused, 400) == "badRequest"
        assert refused.headers["Access-Control-Allow-Origin"] == ELSEWHERE
        for changed in ({"Origin": FOREIGN}, {"Access-Control-Request-Headers": "X-Anything"}):
            answer = await here.http.options("/api/createSession", headers=preflight | changed)
            assert refusal(answer, 400) == "badRequest"
            assert FOREIGN not in answer.text
        answer = await here.http.get("/api/getLanguages", headers={"Origin": FOREIGN})
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    ("allowed", "origin", "hosts", "expected"),
    [
        ((), "http://talks.example", ("talks.example",), True),
        ((), "https://Talks.example:5000", ("talks.example:5000",), True),
        ((), "https://talks.example", ("127.0.0.1:5000", "talks.example"), True),
        ((), "https://talks.example:5000", ("talks.example",), False),
        ((), "", ("",), False),
        ((), "null", ("", ""), False),
        (("https://a.example/",), "https://a.example", ("b",), True),
        (("https://a.example",), "http://a.example", ("b",), False),
        (("*",), "https://anybody.example", ("b",), True),
    ],
)
def test_whose_pages_open_sockets(
    allowed: tuple[str, ...], origin: str, hosts: tuple[str, ...], expected: bool
) -> None:
    assert Origins(allowed, "").allows(origin, hosts) is expected


async def test_no_secret_and_no_word_of_a_talk_stands_in_the_log_or_in_anybody_elses_answers(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    host, stranger = str(uuid4()), str(uuid4())
    words = ("zanzibar", "31337", "open-sesame", "w7777", "k3y-of-the-host", "termagant")
    with capture_logs() as said:
        async with house(tmp_path, host_key="k3y-of-the-host") as here:
            body = {"sessionName": "zanzibar", "sourceLanguage": "en", "targetLanguages": ["es", "fr"]}
            body |= {"passcode": "open-sesame", "glossary": [{"source": "termagant"}]}
            for key in ("31337", "k3y-of-the-host"):
                made = await here.post("createSession", body, host, Authorization=f"Bearer {key}")
            code = made.json()["sessionId"]
            # A sentence on which a booth chokes, and a recogniser that breaks: both are told to the log.
            here.translator.chokes_on["fr"] = {"es(w7777)"}
            here.recognizer.fails_at = {1}
            await here.post("startTranslation", {"sessionId": code}, host)
            speaker, ana = await here.socket(), await here.socket()
            speaker.client = host
            await speaker.join(code)
            await ana.join(code, passcode="31337")
            await ana.join(code, passcode="open-sesame", language="es")
            async with await RawSocket.open(here.url) as raw:
                await raw.connect()
                await raw.send("42[zanzibar")
                await raw.call(event(1, "joinSession", {"sessionId": "zanzibar", "clientId": "31337"}), 1)
            sound = speech(7777, 0).astype("<i2").tobytes()
            sent = await speaker.call("audioData", {"sessionId": code, "clientId": host, "audio": sound})
            assert sent["ok"]
            finals = lambda: [c for c in speaker.of("translationResult") if c["targetLanguage"] == "fr"]  # noqa: E731
            await until(lambda: bool(finals() and ana.of("translationResult")))
            assert finals()[0]["untranslated"]
            await here.http.get(f"/api/getTranscript/{code}", headers={"Passcode": "31337", "ClientId": stranger})
            everything = [(await here.http.get(f"/api/getSession/{code}")).text, (await here.http.get("/metrics")).text]
            await here.post("endSession", {"sessionId": code}, stranger)
            await here.post("endSession", {"sessionId": code}, host)
            await until(lambda: bool(ana.of("sessionEnded")))
    logged = f"{said}{capfd.readouterr()}{caplog.text}"
    assert code in logged
    assert "booth failed" in logged
    assert "recogniser failed" in logged
    for secret in (*words, host, stranger, ana.client):
        assert secret not in logged, secret
    seen = f"{everything}{ana.heard}"
    for secret in (host, "open-sesame", "k3y-of-the-host", "termagant"):
        assert secret not in seen, secret
    # Nor does the database hold what opens a session.
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("*.sqlite3*"))
    for secret in (host, "open-sesame", ana.client):
        assert not re.search(re.escape(secret.encode()), kept), secret
