"""HTTP requests with missing, wrong and hostile values: each is refused with its sentence and code."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dragoman.errors import ClientError
from dragoman.server import wire
from houses import House
from refusals import BAD_TEXTS, DEEP, HTML, MARK, NO_CODES, NO_TAGS, NOT_TEXT, check, encoded, refusal

in_module = pytest.mark.asyncio(loop_scope="module")

HOSTS_ROUTES = ("startTranslation", "stopTranslation", "endSession", "updateSession")
WORDS_ROUTES = ("sayText", "retractSegment", "correctSegment", "makeFilm", "deleteSession")
"""The host's too; what they ask for besides is in WORDS."""
ROUTES = ("createSession", *HOSTS_ROUTES, *WORDS_ROUTES)
UNBUILT = (
    *(("POST", "/api/avatars"), ("GET", "/api/consents"), ("GET", "/api/consents/1"), ("DELETE", "/api/consents/1")),
    ("GET", "/avatars"),
)
WORDS = {"text": "Hello", "segmentId": 1, "language": "es"}
TALK = {"sessionName": "A talk", "sourceLanguage": "en", "targetLanguages": ["es"]}


async def posted(house: House, route: str, body: bytes, client: str, kind: str = "application/json") -> Any:
    headers = {"ClientId": client.encode("latin-1"), "Content-Type": kind.encode()}
    return await house.http.post(f"/api/{route}", content=body, headers=headers)


@in_module
async def test_without_a_proper_client_id_nothing_is_done(shared: House, host: str) -> None:
    code = await shared.create(host)
    for route in ROUTES:
        body = {**TALK, **WORDS, "sessionId": code}
        answer = await shared.post(route, body)
        assert refusal(answer, 400) == "badRequest"
        assert "ClientId is missing" in answer.json()["error"]
        for wrong in ("", "1", host[:-1], host + "0", f"{host} {host}", MARK, "\xe4" * 36, "0" * 60_000):
            answer = await posted(shared, route, encoded(body), wrong)
            assert refusal(answer, 400) == "badRequest"
            assert answer.json()["error"].startswith("ClientId must be a UUID")
    assert refusal(await shared.http.get("/api/getIceToken"), 400) == "badRequest"


@in_module
async def test_somebody_elses_session_is_theirs(shared: House, host: str) -> None:
    code = await shared.create(host)
    before = (await shared.http.get(f"/api/getSession/{code}")).json()
    for route in (*HOSTS_ROUTES, *WORDS_ROUTES):
        answer = await shared.post(route, {**WORDS, "sessionId": code, "sessionName": MARK}, str(uuid4()))
        assert refusal(answer, 403) == "notHost"
        assert host not in answer.text
    assert (await shared.http.get(f"/api/getSession/{code}")).json() == before


@in_module
async def test_a_code_is_six_digits_wherever_it_stands(shared: House, host: str) -> None:
    for wrong in (*NO_CODES, *NOT_TEXT, None):
        for route in (*HOSTS_ROUTES, *WORDS_ROUTES):
            answer = await posted(shared, route, encoded({**WORDS, "sessionId": wrong}), host)
            assert refusal(answer, 400) == "badRequest"
            assert answer.json()["error"].startswith("sessionId must be ")
    for route in (*HOSTS_ROUTES, *WORDS_ROUTES):
        assert refusal(await shared.post(route, {}, host), 400) == "badRequest"
        assert refusal(await shared.post(route, {**WORDS, "sessionId": "000000"}, host), 404) == "notFound"


@in_module
async def test_a_code_in_a_path_leads_nowhere_else(shared: House) -> None:
    for route in ("getSession", "getTranscript"):
        for wrong in filter(None, NO_CODES):
            path = f"/api/{route}/{quote(wrong[:5000], safe='', errors='surrogatepass')}"
            answer = await shared.http.get(path)
            # A slash, also an encoded one, makes it another path: one that there is not.
            assert refusal(answer, 404 if "/" in wrong else 400) in ("notFound", "badRequest")
        for path in ("..%2f..%2fetc%2fpasswd", "%2e%2e%2f", "%00", "123456%00", "123456%2f..", "123456;a=b", "%ff%fe"):
            assert (await shared.http.get(f"/api/{route}/{path}")).status_code in (400, 404)
        assert refusal(await shared.http.get(f"/api/{route}/000000"), 404) == "notFound"
        assert refusal(await shared.http.get(f"/api/{route}/"), 404) == "notFound"


def wrong_choices() -> Iterator[tuple[str, Any]]:
    """Fields of createSession and updateSession with values that they cannot have."""
    for name in ("sessionName", "avatarCharacter", "avatarStyle", "targetVoice"):
        yield from ((name, value) for value in NOT_TEXT)
        yield from (
            (name, text) for text in (f"a\x00{MARK}", f"a\n{MARK}", f"a\u2028{MARK}", f"\ud800{MARK}", MARK * 99)
        )
    yield from (("sessionName", blank) for blank in ("", "   ", "\t", "\u00a0"))
    for name in ("sourceLanguage", "targetLanguage"):
        yield from ((name, tag) for tag in NO_TAGS)
        yield from ((name, value) for value in NOT_TEXT)
    yield from (("targetLanguages", [tag]) for tag in (*NO_TAGS, *NOT_TEXT))
    yield from (("targetLanguages", value) for value in ([], {}, "es", 1, True, ["es"] * 201, [["es"]], [None]))
    for name in ("transparentBackground", "videoCrop", "isCustomAvatar", "useBuiltInVoice", "floorAudio"):
        yield from ((name, value) for value in ("true", 1, 0, [], {}, MARK))
    yield from (("backgroundColor", value) for value in (*BAD_TEXTS, *NOT_TEXT, "red", "#fff", "#12345g", "#1234567\n"))
    yield from (("greeting", value) for value in (1, [], {}, MARK * 100, f"\ud800{MARK}"))
    yield from (("latencyMode", value) for value in (*BAD_TEXTS, *NOT_TEXT, "", "Low", "low "))
    yield from (
        ("passcode", value) for value in (*NOT_TEXT, MARK * 10, f"\ud800{MARK}", " a", "a ", "a\n", "p\xe4ss", "\x7f")
    )
    yield from (
        ("targetVoices", value) for value in (1, [], MARK, {"es": 1}, {MARK: MARK}, {HTML: "a"}, {"\ud800": "a"})
    )
    yield from (("glossary", value) for value in (1, {}, MARK, [MARK], [{}], [{"source": ""}], [{"source": MARK * 99}]))
    yield from (
        ("glossary", [{"source": "a", "target": value}]) for value in (MARK, {HTML: "a"}, {"es": 1}, {"\ud800": ""})
    )
    yield from (("glossary", [{"source": "a", "keep": value}]) for value in (1, "true", MARK))
    yield ("glossary", [{"source": "a"}] * 1001)


@in_module
async def test_a_choice_that_cannot_be_is_named_and_not_quoted(shared: House, host: str) -> None:
    code = await shared.create(host)
    updated = set(wire.UpdateSession.model_json_schema()["properties"])
    for name, value in wrong_choices():
        body = {**TALK, name: value}
        if name == "targetLanguage":
            del body["targetLanguages"]
        answer = await posted(shared, "createSession", encoded(body), host)
        assert refusal(answer, 400) == "badRequest", (name, value)
        # One target that is no text is not a list of one.
        expected = "targetLanguages" if name == "targetLanguage" else name
        assert answer.json()["error"].startswith(expected), (answer.text, name, value)
        if name in updated and value != []:
            answer = await posted(shared, "updateSession", encoded({"sessionId": code, name: value}), host)
            assert refusal(answer, 400) == "badRequest", (name, value)
            assert answer.json()["error"].startswith(name)


@in_module
async def test_what_is_needed_is_missed_by_name(shared: House, host: str) -> None:
    for name in TALK:
        answer = await shared.post("createSession", {key: value for key, value in TALK.items() if key != name}, host)
        assert refusal(answer, 400) == "badRequest"
        assert answer.json()["error"] == f"{name} is missing"
        answer = await shared.post("createSession", {**TALK, name: None}, host)
        assert refusal(answer, 400) == "badRequest"


@in_module
async def test_a_language_that_nobody_interprets_is_unsupported_and_the_offered_ones_are_named(
    shared: House, host: str
) -> None:
    for change in ({"sourceLanguage": "de"}, {"targetLanguages": ["es", "de"]}, {"targetLanguages": ["tlh-Latn-AQ"]}):
        answer = await shared.post("createSession", {**TALK, **change}, host)
        assert refusal(answer, 422) == "unsupported"
        assert "en" in answer.json()["error"]
    assert refusal(await shared.post("createSession", {**TALK, "targetLanguages": ["en"]}, host), 400) == "badRequest"
    code = await shared.create(host)
    answer = await shared.post("updateSession", {"sessionId": code, "targetLanguages": ["de"]}, host)
    assert refusal(answer, 422) == "unsupported"
    assert (await shared.http.get(f"/api/getSession/{code}")).json()["targetLanguages"] == ["es", "fr"]


@in_module
async def test_a_presenter_or_an_engine_that_there_is_not_is_unsupported(shared: House, host: str) -> None:
    wrong = [{name: text} for name in ("avatarCharacter", "avatarStyle") for text in (MARK, HTML)]
    for change in (*wrong, {"targetVoices": {"es": HTML}}):
        assert refusal(await shared.post("createSession", {**TALK, **change}, host), 422) == "unsupported"
    code = await shared.create(host)
    for engines in ({"recognizer": MARK}, {MARK: "scripted"}, {"translator": HTML}):
        answer = await shared.post("updateSession", {"sessionId": code, "engines": engines}, host)
        assert refusal(answer, 422) == "unsupported"
        assert "recognizer:scripted" in answer.json()["error"]
    answer = await shared.post("updateSession", {"sessionId": code, "engines": {"translator": "scripted"}}, host)
    assert answer.status_code == 200


@in_module
async def test_one_target_language_may_be_a_string(shared: House, host: str) -> None:
    body = {"sessionName": "A", "sourceLanguage": "en", "targetLanguage": "es-MX"}
    answer = await shared.post("createSession", body, host)
    assert answer.json()["sessionInfo"]["targetLanguages"] == ["es"]
    answer = await shared.post("createSession", {**TALK, "targetLanguages": ["ca"], "targetLanguage": "es"}, host)
    assert answer.json()["sessionInfo"]["targetLanguages"] == ["ca"]


@in_module
async def test_html_comes_back_as_the_same_text_and_as_json(shared: House, host: str) -> None:
    glossary = [{"source": HTML, "target": {"es": HTML}, "sounds": HTML}]
    texts = {"sessionName": HTML, "targetVoice": HTML, "greeting": HTML}
    answer = await shared.post("createSession", {**TALK, **texts, "glossary": glossary}, host)
    assert answer.json()["sessionInfo"]["sessionName"] == HTML
    code = answer.json()["sessionId"]
    changed = await shared.post("updateSession", {"sessionId": code, "sessionName": HTML + HTML}, host)
    assert changed.json()["sessionName"] == HTML + HTML
    assert changed.json()["glossary"][0]["source"] == HTML
    seen = await shared.http.get(f"/api/getSession/{code}")
    assert seen.json()["sessionName"] == HTML + HTML
    for each in (answer, changed, seen):
        assert each.headers["Content-Type"] == "application/json"
        assert each.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in each.headers["Content-Security-Policy"]
    page = await shared.http.get(f"/listener/{code}?language={quote(HTML)}")
    assert MARK not in page.text


@pytest.mark.parametrize(
    "body",
    [
        DEEP.encode(),
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"sessionName": ' + DEEP.encode() + b"}",
        b'{"sessionName": ' + b"9" * 10_000 + b"}",
        b'{"sessionName": "\xff\xfe"}',
        b"\xff\xfe\x00\x00",
        b"\x00",
        b"{",
        b'{"sessionName": "a}',
        b"{\"sessionName\": 'a'}",
        b"sessionName=a",
        b"{} {}",
        b"[]",
        b"null",
        b"true",
        b'"text"',
        b"5",
        b"NaN",
        b"",
        b" ",
    ],
    ids=lambda body: repr(body[:24]),
)
@in_module
async def test_a_body_that_is_no_json_object_is_refused_on_every_route(shared: House, host: str, body: bytes) -> None:
    for route in ROUTES:
        answer = await posted(shared, route, body, host)
        assert refusal(answer, 400) == "badRequest"
        assert "body" in answer.json()["error"]


@in_module
async def test_a_body_of_another_type_is_refused(shared: House, host: str) -> None:
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=a",
        "",
        MARK,
        "a/b/c",
    ):
        answer = await posted(shared, "createSession", encoded(TALK), host, kind)
        assert refusal(answer, 400) == "badRequest"
        assert "application/json" in answer.json()["error"]
    answer = await posted(shared, "createSession", encoded(TALK), host, "application/json; charset=latin-1")
    assert answer.status_code == 200


@in_module
async def test_of_a_key_that_comes_twice_the_last_counts_and_unknown_keys_are_ignored(shared: House, host: str) -> None:
    body = json.dumps({**TALK, "isAdmin": True, "host": "me", MARK: "\ud800"})
    answer = await posted(shared, "createSession", f'{{"sessionName": 5, {body[1:]}'.encode(), host)
    assert answer.json()["sessionInfo"]["sessionName"] == "A talk"
    assert MARK not in answer.text


@in_module
async def test_a_megabyte_of_json_is_too_large_announced_or_not(shared: House, host: str) -> None:
    body = encoded({**TALK, "sessionId": "123456", "sessionName": "x" * 1_000_000})

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 10_000):
            yield body[start : start + 10_000]

    for route in ROUTES:
        answer = await posted(shared, route, body, host)
        assert refusal(answer, 413) == "tooLarge"
        assert "512 KiB" in answer.json()["error"]
        headers = {"ClientId": host, "Content-Type": "application/json"}
        answer = await shared.http.post(f"/api/{route}", content=pieces(), headers=headers)
        assert refusal(answer, 413) == "tooLarge"
    # A glossary of the allowed size fits.
    glossary = [{"source": f"{number:0200}", "target": {"es": "x" * 200}} for number in range(1000)]
    assert (await shared.post("createSession", {**TALK, "glossary": glossary}, host)).status_code == 200


@in_module
async def test_a_method_that_a_route_does_not_take_is_answered_with_those_it_takes(shared: House) -> None:
    for route in ROUTES:
        for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "PROPFIND"):
            answer = await shared.http.request(method, f"/api/{route}")
            assert answer.headers["Allow"] == "POST"
            assert answer.status_code == 405
            if method != "HEAD":
                assert refusal(answer, 405) == "badRequest"
    for path in ("/api/getSession/123456", "/api/getLanguages", "/api/getAvatars", "/api/getIceToken", "/healthz"):
        answer = await shared.http.post(path)
        assert refusal(answer, 405) == "badRequest"
        assert answer.headers["Allow"] == "GET"


@in_module
async def test_an_address_that_there_is_not_is_not_found_in_our_own_words(shared: House) -> None:
    for path in (
        "/api",
        "/api/",
        "/api/nothing",
        "/nothing",
        f"/{MARK}",
        "/%00",
        "/%ff",
        "/../etc/passwd",
        "//a//b",
        "/.env",
    ):
        for method in ("GET", "POST"):
            assert refusal(await shared.http.request(method, path), 404) == "notFound"


@in_module
async def test_what_is_not_built_yet_says_so_whatever_is_sent(shared: House, host: str) -> None:
    for method, path in UNBUILT:
        for body in (b"", b"{}", b"{", DEEP.encode()):
            answer = await shared.http.request(method, path, content=body, headers={"ClientId": host})
            assert refusal(answer, 501) == "unsupported"


@in_module
async def test_after_its_end_a_session_can_be_read_and_nothing_else(shared: House, host: str) -> None:
    code = await shared.started(host)
    assert (await shared.post("endSession", {"sessionId": code}, host)).status_code == 200
    for route in HOSTS_ROUTES:
        assert refusal(await shared.post(route, {"sessionId": code}, host), 409) == "ended"
    assert (await shared.http.get(f"/api/getSession/{code}")).json()["ended"]
    assert (await shared.http.get(f"/api/getTranscript/{code}")).status_code == 200
    assert (await shared.http.get(f"/listener/{code}")).status_code == 200


@in_module
async def test_a_transcript_in_a_form_or_language_that_there_is_not(shared: House, host: str) -> None:
    path = f"/api/getTranscript/{await shared.create(host)}"
    for form in (*BAD_TEXTS, "", "VTT", "vtt\x00", "pdf", "vtt/../json"):
        answer = await shared.http.get(f"{path}?format={quote(form[:3000], errors='surrogatepass')}")
        assert refusal(answer, 400) == "badRequest"
        assert "'vtt'" in answer.json()["error"]
    for tag in NO_TAGS:
        answer = await shared.http.get(f"{path}?language={quote(tag[:3000], errors='surrogatepass')}")
        assert refusal(answer, 400) == "badRequest"
    assert "json only" in (await shared.http.get(f"{path}?language=*")).json()["error"]
    answer = await shared.http.get(f"{path}?language=de")
    assert refusal(answer, 422) == "unsupported"
    assert "es, fr, en" in answer.json()["error"]
    assert (await shared.http.get(f"{path}?language=fr-CA&format=json")).json() == []
    for passcode in ("x" * 65, "\xe4" * 100):
        answer = await shared.http.get(path, headers={"Passcode": passcode.encode("latin-1")})
        assert refusal(answer, 400) == "badRequest"


@in_module
async def test_starting_and_pausing_twice_is_the_same_as_once(shared: House, host: str) -> None:
    code = await shared.create(host)
    for route, status in (("startTranslation", "started"), ("stopTranslation", "stopped")):
        for _ in range(2):
            assert (await shared.post(route, {"sessionId": code}, host)).json()["status"] == status


@in_module
async def test_what_is_no_http_ends_its_own_connection_only(shared: House) -> None:
    place = urlsplit(shared.url)
    for sent in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /%zz HTTP/1.1\r\nHost: [::1\r\n\r\n",
        b"POST /api/createSession HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
        b"POST /api/createSession HTTP/1.1\r\nHost: a\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"GET /healthz HTTP/1.0\r\n\r\n",
        b"\r\n" * 100,
    ):
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write(sent)
        writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 10)
        assert b" 500 " not in answer
        writer.close()
        await writer.wait_closed()
    assert (await shared.http.get("/healthz")).json() == {"status": "ok"}


@in_module
async def test_the_listeners_address_is_no_place_for_a_hostile_host(shared: House, host: str) -> None:
    for name in (f'{MARK}"><script>', "[::1", f"a b {MARK}", f"a/../{MARK}", ""):
        headers = {"ClientId": host, "Host": name}
        answer = await shared.http.post("/api/createSession", json=TALK, headers=headers)
        assert answer.status_code in (200, 400)
        if answer.status_code == 200:
            address = urlsplit(answer.json()["listenerUrl"])
            assert address.path == f"/listener/{answer.json()['sessionId']}"
            assert "<" not in address.netloc
        else:
            assert MARK not in answer.text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["es", "123456", HTML]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
MODELS = (
    *(wire.CreateSession, wire.UpdateSession, wire.OneSession, wire.JoinSession, wire.SetLanguage, wire.AudioData),
    *(wire.SayText, wire.OneSegment, wire.CorrectSegment, wire.MakeFilm),
)
FIELDS = sorted({str(field.alias) for model in MODELS for field in model.model_fields.values()})


@given(payload=JSON | st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_whatever_arrives_becomes_a_message_or_a_sentence(payload: Any) -> None:
    for model in MODELS:
        try:
            wire.parse(model, payload)
        except ClientError as error:
            check({"error": str(error), "code": error.code})
    if isinstance(payload, dict):
        try:
            sound = wire.pcm(payload)
        except ClientError as error:
            check({"error": str(error), "code": error.code})
        else:
            assert sound.dtype.name == "int16"


@given(body=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8))
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@in_module
async def test_whatever_is_posted_is_answered(shared: House, body: dict[str, Any]) -> None:
    client = str(uuid4())
    for route in ROUTES:
        for wanted in (body, {**TALK, "sessionId": "123456", **body}):
            answer = await posted(shared, route, encoded(wanted), client)
            if answer.status_code != 200:
                assert answer.status_code in (400, 404, 422), answer.text
                check(answer.json())
