"""Events with missing, wrong and hostile payloads: each is refused in its ack, and the connection lives."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from houses import House, Person, until
from raw import RawSocket, event
from refusals import DEEP, HTML, MARK, NO_CLIENT_IDS, NO_CODES, NO_TAGS, NOT_TEXT, check
from scripted import BLOCK, speech

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVENTS = ("joinSession", "setLanguage", "audioData")
NO_POSITIONS = [-1, 1.5, True, "5", [], {}, 2**53 + 1, 10**30, float("inf"), float("nan"), MARK]


@pytest.fixture
def no_faults(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a client sends, it is no mistake of the server's: no warning, no error, no traceback."""
    with capture_logs() as said:
        yield
    assert [line for line in said if line["log_level"] != "info"] == []
    assert caplog.records == []


async def refused(person: Person, name: str, payload: Any, code: str = "badRequest") -> str:
    """The sentence with which this payload is refused."""
    answer = await person.call(name, payload)
    assert answer["ok"] is False, (name, payload)
    assert check(answer) == code, (name, answer, payload)
    return str(answer["error"])


async def speaker(house: House, host: str, code: str) -> Person:
    person = await house.socket()
    person.client = host
    assert (await person.join(code))["ok"]
    return person


async def test_a_payload_that_is_no_object_is_refused(shared: House) -> None:
    ana = await shared.socket()
    for name in EVENTS:
        for payload in (None, 5, True, "text", [], [1, 2], b"", b"\x00\xff", [b"a", b"b"], MARK):
            assert "object" in await refused(ana, name, payload)
        await refused(ana, name, {})
        # Of two payloads the first counts.
        assert "object" in await refused(ana, name, ("first", {"sessionId": "123456"}))


async def test_joining_with_wrong_values(shared: House, host: str) -> None:
    code = await shared.create(host)
    ana = await shared.socket()
    good = {"sessionId": code, "clientId": ana.client}
    for field, values in {
        "sessionId": [*NO_CODES, *NOT_TEXT, None],
        "clientId": [*NO_CLIENT_IDS, *NOT_TEXT, None],
        "language": [*NO_TAGS, *NOT_TEXT],
        "passcode": [*NOT_TEXT, "x" * 65, f"\ud800{MARK}"],
        "since": NO_POSITIONS,
    }.items():
        for value in values:
            assert (await refused(ana, "joinSession", {**good, field: value})).startswith(field)
    assert "sessionId is missing" in await refused(ana, "joinSession", {"clientId": ana.client})
    await refused(ana, "joinSession", {**good, "sessionId": "000000"}, "notFound")
    assert "es, fr, en" in await refused(ana, "joinSession", {**good, "language": "de"}, "unsupported")
    assert (await shared.http.get(f"/api/getSession/{code}")).json()["listenerCount"] == 0
    assert (await ana.join(code, language="es", passcode="not needed", surprise=HTML))["ok"]


async def test_joining_twice_is_one_seat_in_the_language_last_named(shared: House, host: str) -> None:
    code = await shared.create(host)
    ana = await shared.socket()
    for language, counted in (("es", "es"), ("fr", "fr"), (None, "fr")):
        more = {"language": language} if language else {}
        info = (await ana.join(code, **more))["sessionInfo"]
        assert info["listenersByLanguage"] == {counted: 1}


async def test_a_socket_is_in_one_session_and_stays_there_when_another_refuses_it(shared: House, host: str) -> None:
    first, second = await shared.create(host), await shared.create(host, passcode="sesame")
    ana = await shared.socket()
    assert (await ana.join(first))["ok"]
    await refused(ana, "joinSession", {"sessionId": second, "clientId": ana.client}, "passcode")
    closed = {"sessionId": second, "clientId": ana.client, "passcode": "sesame", "language": "de"}
    await refused(ana, "joinSession", closed, "unsupported")
    assert (await shared.http.get(f"/api/getSession/{first}")).json()["listenerCount"] == 1
    assert (await ana.join(second, passcode="sesame"))["ok"]
    assert (await shared.http.get(f"/api/getSession/{first}")).json()["listenerCount"] == 0
    assert (await shared.http.get(f"/api/getSession/{second}")).json()["listenerCount"] == 1
    await refused(ana, "setLanguage", {"sessionId": first, "language": "fr"}, "wrongState")


async def test_choosing_a_language_with_wrong_values_or_too_early_or_too_late(shared: House, host: str) -> None:
    code = await shared.create(host)
    ana = await shared.socket()
    good = {"sessionId": code, "language": "fr"}
    assert "join" in await refused(ana, "setLanguage", good, "wrongState")
    await ana.join(code)
    for field, values in {
        "sessionId": [*NO_CODES, *NOT_TEXT, None],
        "language": [*NO_TAGS, *NOT_TEXT, None],
        "since": NO_POSITIONS,
    }.items():
        for value in values:
            assert (await refused(ana, "setLanguage", {**good, field: value})).startswith(field)
    assert "es, fr, en" in await refused(ana, "setLanguage", {**good, "language": "de"}, "unsupported")
    assert (await ana.call("setLanguage", {**good, "language": "fr-CA"})) == {"ok": True, "language": "fr"}
    await shared.post("endSession", {"sessionId": code}, host)
    await refused(ana, "setLanguage", good, "ended")
    await refused(ana, "joinSession", {"sessionId": code, "clientId": ana.client}, "ended")


async def test_audio_that_is_none(shared: House, host: str) -> None:
    code = await shared.started(host)
    person = await speaker(shared, host, code)
    for sound in (
        *(b"\x00", b"\x00" * 3, None, "", "AAAA", MARK, 5, True, 1.5, {}, {"data": b"\x00\x00"}, [b"\x00\x00"]),
        *([0.0], [1.5], ["0"], [True], [None], [[0]], [{}], [32768], [-32769], [10**30], [float("nan")], [0, MARK]),
    ):
        for name in ("audio", "audioData"):
            answer = await person.call("audioData", {"sessionId": code, "clientId": host, name: sound})
            assert check(answer) == "badRequest", sound
            assert "16" in answer["error"] or "32768" in answer["error"]
            assert answer["received"] == 0
    answer = await person.call("audioData", {"sessionId": code, "clientId": host})
    assert check(answer) == "badRequest"
    for sound in (bytes(2 * 160_001), [0] * 160_001):
        await refused(person, "audioData", {"sessionId": code, "clientId": host, "audio": sound}, "tooLarge")
    for sound in (b"", [], bytes(2 * 160_000)):
        assert (await person.call("audioData", {"sessionId": code, "clientId": host, "audio": sound}))["ok"]


async def test_audio_at_a_place_that_cannot_be(shared: House, host: str) -> None:
    code = await shared.started(host)
    person = await speaker(shared, host, code)
    sound = speech(1).astype("<i2").tobytes()
    good = {"sessionId": code, "clientId": host, "audio": sound}
    for field in ("position", "seq"):
        for value in NO_POSITIONS:
            assert (await refused(person, "audioData", {**good, field: value})).startswith(field)
    assert "day ahead" in await refused(person, "audioData", {**good, "position": 2**53})
    for _ in range(2):
        assert (await person.call("audioData", {**good, "position": 0, "seq": 0}))["ok"]
    end = {**good, "audio": speech(0).astype("<i2").tobytes(), "position": BLOCK, "seq": 2**53}
    assert (await person.call("audioData", end))["ok"]
    await until(lambda: bool(person.of("translationResult")))
    assert person.of("translationResult")[0]["sourceText"] == "w1"


async def test_audio_is_the_hosts_alone(shared: House, host: str) -> None:
    code, other = await shared.started(host), await shared.started(str(uuid4()))
    person, ana = await speaker(shared, host, code), await shared.socket()
    await ana.join(code)
    sound = speech(1, 0).astype("<i2").tobytes()
    for client in (ana.client, str(uuid4())):
        said = await refused(ana, "audioData", {"sessionId": code, "clientId": client, "audio": sound}, "notHost")
        assert host not in said
    await refused(person, "audioData", {"sessionId": other, "clientId": host, "audio": sound}, "notHost")
    await refused(person, "audioData", {"sessionId": "000000", "clientId": host, "audio": sound}, "notFound")
    for client in (*NO_CLIENT_IDS, *NOT_TEXT, None):
        await refused(ana, "audioData", {"sessionId": code, "clientId": client, "audio": sound})
    for wrong in (*NO_CODES, *NOT_TEXT, None):
        await refused(person, "audioData", {"sessionId": wrong, "clientId": host, "audio": sound})
    await shared.post("endSession", {"sessionId": code}, host)
    await refused(person, "audioData", {"sessionId": code, "clientId": host, "audio": sound}, "ended")
    assert not any(name.startswith("translation") for name, _ in ana.heard + person.heard)


async def test_audio_before_the_start_or_in_a_pause_is_acknowledged_and_not_heard(shared: House, host: str) -> None:
    code = await shared.create(host)
    person = await speaker(shared, host, code)
    message = {"sessionId": code, "clientId": host, "audio": speech(1, 0).astype("<i2").tobytes()}
    assert await person.call("audioData", message) == {"ok": True, "received": 0}
    await shared.post("startTranslation", {"sessionId": code}, host)
    await shared.post("stopTranslation", {"sessionId": code}, host)
    assert await person.call("audioData", message) == {"ok": True, "received": 0}
    assert (await shared.http.get(f"/api/getTranscript/{code}?format=json")).json() == []


async def test_a_second_page_of_the_host_takes_the_microphone_and_the_first_is_told(shared: House, host: str) -> None:
    code = await shared.started(host)
    first = await speaker(shared, host, code)
    message = {"sessionId": code, "clientId": host, "audio": speech(1, 0).astype("<i2").tobytes()}
    assert (await first.call("audioData", message))["ok"]
    second = await speaker(shared, host, code)
    await until(lambda: bool(first.of("error")))
    assert first.of("error")[0]["code"] == "wrongState"
    assert not second.of("error")
    assert (await second.call("audioData", message))["ok"]
    await refused(first, "audioData", message, "wrongState")
    await second.sio.disconnect()
    assert (await first.call("audioData", message))["ok"]


async def test_a_socket_that_sends_without_having_joined_gives_the_microphone_back_when_it_leaves(
    shared: House, host: str
) -> None:
    code, other = await shared.started(host), await shared.started(host)
    sound = speech(1, 0).astype("<i2").tobytes()
    first, second = await shared.socket(), await shared.socket()
    for session in (code, other):
        assert (await first.call("audioData", {"sessionId": session, "clientId": host, "audio": sound}))["ok"]
    assert (await second.call("audioData", {"sessionId": code, "clientId": host, "audio": sound}))["ok"]
    await refused(second, "audioData", {"sessionId": other, "clientId": host, "audio": sound}, "wrongState")
    await first.sio.disconnect()
    assert (await second.call("audioData", {"sessionId": other, "clientId": host, "audio": sound}))["ok"]


async def test_html_in_a_name_reaches_the_listeners_as_the_same_text(shared: House, host: str) -> None:
    code = await shared.create(host, sessionName=HTML)
    ana = await shared.socket()
    assert (await ana.join(code))["sessionInfo"]["sessionName"] == HTML


async def test_events_that_there_are_not_are_ignored(shared: House, host: str) -> None:
    code = await shared.create(host)
    ana = await shared.socket()
    await ana.join(code)
    for name in ("", "nothing", MARK, "*", "message", "translationResult", "sessionEnded", "__proto__"):
        await ana.sio.emit(name, {"sessionId": code})
    assert (await ana.join(code))["ok"]


async def test_what_the_library_calls_its_own_handlers_by_is_no_event_of_a_client(shared: House, host: str) -> None:
    """A client that could send `connect` would choose the address by which its guesses are counted."""
    code = await shared.create(host)
    ana = await shared.socket()
    await ana.join(code)
    for name in ("connect", "disconnect"):
        await refused(ana, name, {"asgi.scope": {"client": ["192.0.2.1", 1]}})
    assert (await ana.call("setLanguage", {"sessionId": code, "language": "fr"}))["ok"]
    assert (await shared.http.get(f"/api/getSession/{code}")).json()["listenerCount"] == 1


NO_EVENTS = [
    *(
        '42{"a": 1}',
        "425",
        "42null",
        '42"joinSession"',
        "42[]",
        "42[5]",
        '42[["joinSession"]]',
        '42[{"a": 1}]',
        "42[null]",
    ),
    *(f"42{DEEP}", f'42["joinSession",{DEEP}]', '42["joinSession"', "42[NaN", "42", f"42[{'9' * 5000}]"),
    *(
        "43[]",
        '437["joinSession"]',
        '44{"message": "no"}',
        "47[]",
        "42/admin,[]",
        '42/admin,["joinSession"]',
        "40/admin,",
    ),
    *(f"40/{'n' * 1000},", "40[]", '40"a"', "40{", '45["audioData"]', '45-["audioData"]', '450-["audioData"]'),
    *('459999999999-["audioData"]', '455-["audioData"]', '461-["a"]', "42\u0663[]", '42\u00b2["joinSession"]'),
    *(f'42{"9" * 200}["joinSession"]', "48", "40" * 100),
]
NO_PACKETS = [
    "",
    "0",
    "7",
    "9",
    "x",
    "4",
    "4x",
    "4{}",
    f"4{DEEP}",
    "4[]",
    f"3{DEEP}",
    "2" * 20,
    "b",
    "bAAAA",
    "\u0664",
    " ",
    "\x00",
]


@pytest.mark.usefixtures("no_faults")
async def test_messages_that_are_no_events_are_ignored(shared: House) -> None:
    async with await RawSocket.open(shared.url) as raw:
        await raw.connect()
        for number, message in enumerate(NO_EVENTS, 1):
            await raw.send(message)
            answer = await raw.call(event(number, "joinSession", 5), number)
            assert check(answer) == "badRequest", message


async def test_a_message_that_is_no_event_but_asks_for_an_answer_gets_one(shared: House) -> None:
    async with await RawSocket.open(shared.url) as raw:
        await raw.connect()
        for number, tail in enumerate(
            (DEEP, f'["joinSession",{DEEP}]', '{"a":1}', "[]", '["connect"]', '["joinSession"'), 1
        ):
            answer = await raw.call(f"42{number}{tail}", number)
            assert check(answer) == "badRequest"
            assert "no event" in answer["error"]


async def test_binary_parts_that_do_not_fit_spoil_their_own_event_only(shared: House, host: str) -> None:
    async with await RawSocket.open(shared.url) as raw:
        await raw.connect()
        number = 0
        for place in (
            '{"_placeholder":true,"num":7}',
            '{"_placeholder":true,"num":"a"}',
            '{"_placeholder":true,"num":[]}',
        ):
            number += 1
            await raw.send(f'451-{number}["audioData",{place}]')
            await raw.send(b"\x00\x00")
            assert check(await raw.acknowledged(number)) == "badRequest"
        number += 1
        await raw.send(f'451-{number}["audioData",{{"audio":{{"_placeholder":true,"num":0}}}}]')
        await raw.send('42["text where bytes should be"]')
        assert check(await raw.acknowledged(number)) == "badRequest"
        await raw.send(b"bytes that nothing announced")
        number += 1
        assert check(await raw.call(event(number, "audioData", None), number)) == "badRequest"


@pytest.mark.usefixtures("no_faults")
async def test_what_is_no_packet_at_all_ends_the_connection_and_no_other(shared: House, host: str) -> None:
    code = await shared.create(host)
    ana = await shared.socket()
    await ana.join(code)
    for greeted in (False, True):
        for message in NO_PACKETS:
            async with await RawSocket.open(shared.url) as raw:
                if greeted:
                    await raw.connect()
                await raw.send(message)
                assert await raw.ended(), message
    assert (await ana.join(code))["sessionInfo"]["listenerCount"] == 1


async def test_polling_clients_may_send_nonsense_too(shared: House, caplog: pytest.LogCaptureFixture) -> None:
    with capture_logs() as said:
        await send_nonsense_by_polling(shared)
    assert {line["event"] for line in said} <= {"socket library failed"}
    assert MARK not in f"{said}{caplog.text}"


async def send_nonsense_by_polling(shared: House) -> None:
    opened = await shared.http.get("/socket.io/?EIO=4&transport=polling")
    sid = json.loads(opened.text[1:])["sid"]
    address = f"/socket.io/?EIO=4&transport=polling&sid={sid}"
    assert (await shared.http.post(address, content=b"40")).status_code == 200
    await shared.http.get(address)
    for body in (
        b"\xff",
        b"x",
        b"",
        f"4{DEEP}".encode(),
        "\x1e".join(["40"] * 100).encode(),
        b'42["joinSession"]',
        b"d=",
    ):
        answer = await shared.http.post(address, content=body)
        assert answer.status_code in (200, 400)
        assert "Traceback" not in answer.text
    for query in (
        "",
        "EIO=3",
        "EIO=4&transport=x",
        f"EIO=4&transport=polling&sid={MARK}",
        "EIO=4&transport=polling&j=x",
    ):
        answer = await shared.http.get(f"/socket.io/?{query}")
        assert answer.status_code == 400
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        check(answer.json())
    assert (await shared.http.put(f"{address}")).status_code == 405


async def test_a_megabyte_is_answered_and_five_end_the_connection(shared: House, host: str) -> None:
    code = await shared.started(host)
    ana = await shared.socket()
    await ana.join(code)
    for name in EVENTS:
        for field in ("sessionId", "clientId", "language", "audio", "unknown"):
            await refused(ana, name, {field: "x" * 1_000_000})
        await refused(ana, name, {"sessionId": code, "clientId": [[MARK] * 10] * 10_000})
    sound = {"sessionId": code, "clientId": host, "audio": bytes(1_000_000)}
    await refused(ana, "audioData", sound, "tooLarge")
    async with await RawSocket.open(shared.url) as raw:
        await raw.connect()
        await raw.send(event(1, "joinSession", {"sessionId": "x" * 5_000_000}))
        assert await raw.ended()
    assert (await ana.join(code))["sessionInfo"]["listenerCount"] == 1


async def test_a_second_greeting_makes_no_second_guest(shared: House, host: str) -> None:
    code = await shared.create(host)
    async with await RawSocket.open(shared.url) as raw:
        await raw.connect()
        client = str(uuid4())
        for number in range(1, 4):
            await raw.send("40")
            assert (await raw.call(event(number, "joinSession", {"sessionId": code, "clientId": client}), number))["ok"]
        assert (await shared.http.get(f"/api/getSession/{code}")).json()["listenerCount"] == 1
    async with asyncio.timeout(10):
        while (await shared.http.get(f"/api/getSession/{code}")).json()["listenerCount"]:
            await asyncio.sleep(0.05)
