"""The pages: their statuses, their headers, and files that are not theirs."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import pytest

from dragoman.server import pages
from houses import House, house
from raw import RawSocket
from refusals import BAD_TEXTS, HTML, MARK, NO_CODES, refusal

in_module = pytest.mark.asyncio(loop_scope="module")
PAGES = ("/speaker", "/listener/000000", "/docs")


class Links(HTMLParser):
    """All addresses that a page loads by itself or has scripts and styles at, and all that is written inline."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.inline: list[str] = []
        self.looks: list[str] = []
        """style sheets in the page itself"""
        self.styling = False
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.inline += [name for name in found if name == "style" or name.startswith("on")]
        # Data, which no browser runs, aside.
        if tag == "script" and "src" not in found and found.get("type") != "application/json":
            self.inline.append(tag)
        self.styling = tag == "style"
        if tag in ("script", "link", "img", "iframe", "source", "audio", "video"):
            self.loaded += [value for name, value in found.items() if name in ("src", "href") and value]

    def handle_data(self, data: str) -> None:
        if self.styling:
            self.looks.append(data)

    def handle_endtag(self, tag: str) -> None:
        self.styling = False


@in_module
async def test_every_answer_keeps_other_peoples_code_out(shared: House) -> None:
    for path in (
        *PAGES,
        "/",
        "/static/speaker.html",
        "/static/nothing",
        "/api/getAvatars",
        "/healthz",
        "/nothing",
        "/socket.io/",
    ):
        headers = (await shared.http.get(path)).headers
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert policy["base-uri"] == "'none'"
        assert "unsafe-eval" not in headers["Content-Security-Policy"]
        assert "http" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "camera=()" in headers["Permissions-Policy"]


@in_module
async def test_a_page_loads_nothing_from_another_host_and_nothing_inline(shared: House) -> None:
    for path in PAGES:
        answer = await shared.http.get(path)
        links = Links(answer.text)
        assert links.loaded
        assert links.inline == []
        # Of a style sheet the page has none but the one that the policy names by its hash.
        told = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in links.looks]
        policy = answer.headers["Content-Security-Policy"]
        assert re.findall("'sha256-([^']+)'", policy) == told
        for address in links.loaded:
            target = urljoin(f"{shared.url}{path}", address)
            assert urlsplit(target).netloc == urlsplit(shared.url).netloc, address
            answer = await shared.http.get(target)
            assert answer.status_code == 200, address
            assert "text/html" not in answer.headers["Content-Type"]


@in_module
async def test_statuses_tell_programs_what_pages_tell_people(shared: House, host: str) -> None:
    code = await shared.create(host)
    assert (await shared.http.get(f"/listener/{code}?language=fr")).status_code == 200
    assert (await shared.http.get("/listener/000000")).status_code == 404
    root = await shared.http.get("/")
    assert (root.status_code, root.headers["Location"]) == (307, "/speaker")
    assert refusal(await shared.http.get("/avatars"), 501) == "unsupported"
    for path in ("/speaker", f"/listener/{code}", "/docs"):
        answer = await shared.http.head(path)
        assert (answer.status_code, answer.text) == (200, "")
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        refused = await shared.http.post(path)
        assert refusal(refused, 405) == "badRequest"
        assert set(refused.headers["Allow"].split(", ")) == {"GET", "HEAD"}


@in_module
async def test_a_listeners_page_under_a_code_that_is_none_is_the_same_page(shared: House) -> None:
    expected = (await shared.http.get("/listener/000000")).text
    for wrong in filter(None, NO_CODES):
        if "/" in wrong:
            continue
        answer = await shared.http.get(f"/listener/{quote(wrong[:3000], safe='', errors='surrogatepass')}")
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.text == expected
    for name in ("language", "host", MARK):
        answer = await shared.http.get(f"/listener/000000?{name}={quote(HTML)}")
        assert answer.text == expected


@in_module
async def test_static_files_are_those_of_the_pages_and_no_others(shared: House) -> None:
    tricks = (
        *("../wire.py", "..%2fwire.py", "%2e%2e/wire.py", "%2e%2e%2fwire.py", "..%5cwire.py", "./../wire.py"),
        *("avatars/../../wire.py", "%00", "speaker.html%00.js", "%ff", ".", "avatars", "avatars/", "con", "~root"),
        *("", "a" * 5000, "/etc/passwd", "%2fetc%2fpasswd", "//etc/passwd"),
        *(quote(text[:2000], errors="surrogatepass") for text in BAD_TEXTS),
    )
    for trick in tricks:
        answer = await shared.http.get(f"/static/{trick}")
        assert refusal(answer, 404) == "notFound", trick
    assert refusal(await shared.http.post("/static/speaker.html"), 405) == "badRequest"
    # httpx tidies paths up; a raw socket does not.
    place = urlsplit(shared.url)
    for path in (b"/static/../wire.py", b"/static/../../../../../../etc/passwd", b"/../etc/passwd"):
        assert b"404" in await raw_get(place.hostname or "", place.port or 0, path)


async def raw_get(name: str, port: int, path: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(name, port)
    writer.write(b"GET " + path + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    await writer.wait_closed()
    return answer.split(b"\r\n")[0]


@in_module
async def test_scripts_styles_and_pictures_have_their_own_types(shared: House) -> None:
    types = {"speaker.js": "text/javascript", "icon.svg": "image/svg+xml", "speaker.html": "text/html"}
    for name, kind in types.items():
        answer = await shared.http.get(f"/static/{name}")
        assert answer.headers["Content-Type"].startswith(kind)
    for avatar in (await shared.http.get("/api/getAvatars")).json():
        answer = await shared.http.get(avatar["preview"])
        assert answer.headers["Content-Type"] == "image/svg+xml"
        # A drawing is looked at, never run.
        assert not re.search(r"<script|\son\w+=|javascript:", answer.text, re.IGNORECASE)


@in_module
async def test_texts_come_as_small_as_the_browser_can_read_them(shared: House) -> None:
    page = await shared.http.get("/speaker")
    (script,) = re.findall(r'src="(/static/speaker\.js[^"]*)"', page.text)
    for path in ("/speaker", "/listener/000000", script, "/static/words/speaker-en.json"):
        plain = await shared.http.get(path, headers={"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain.headers
        for accepted, coding in (("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("br;q=0, gzip;q=0.5", "gzip")):
            coded = await raw_headers(shared, path, accepted)
            assert coded["content-encoding"] == coding
            assert coded["content-type"] == plain.headers["Content-Type"]
            assert coded["vary"].startswith("Accept-Encoding")
            assert int(coded["content-length"]) < len(plain.content) / 2
        for refused in ("br;q=0", "gzip; q=0.0", "", "*", "compress"):
            assert "content-encoding" not in await raw_headers(shared, path, refused)
    unpacked = await shared.http.get(script, headers={"Accept-Encoding": "gzip"})
    assert unpacked.content == (pages.STATIC / "speaker.js").read_bytes()


async def raw_headers(shared: House, path: str, accepted: str) -> Mapping[str, str]:
    answer = await shared.http.head(path, headers={"Accept-Encoding": accepted})
    assert answer.status_code in (200, 404)
    return {name.lower(): value for name, value in answer.headers.items()}


@in_module
@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ("", "es-MX,es;q=0.9,en;q=0.8", "es"),
        ("", "de;q=0.4, fr;q=0.9", "fr"),
        ("", "eu, ca;q=0.5", "ca"),
        ("?language=ar", "es", "ar"),
        ("", "xx, *;q=0.1", "en"),
        ("", "es;q=0, it;q=0.1", "it"),
        ("", "", "en"),
        ("?language=../../speaker", "fr;q=much", "en"),
        (f"?language={'a' * 5000}", "", "en"),
    ],
)
async def test_the_listeners_page_comes_in_the_readers_language(
    shared: House, query: str, accepted: str, language: str
) -> None:
    answer = await shared.http.get(f"/listener{query}", headers={"Accept-Language": accepted})
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
    assert ('dir="rtl"' in answer.text.partition(">")[2].partition(">")[0]) == (language == "ar")
    assert answer.headers["Vary"] == "Accept-Encoding, Accept-Language"
    words = re.search(r'<script type="application/json" id="words" lang="(\w+)">(.*?)</script>', answer.text)
    assert words
    assert words[1] == language
    assert json.loads(words[2])["disclosure"] in answer.text.partition("<main")[0]


async def test_the_listeners_page_shows_at_once_what_it_will_be_about(tmp_path: Path, host: str) -> None:
    """The frame of the talk where there is one to enter, else the door."""
    async with house(tmp_path) as here:
        code = await here.create(host)
        locked = await here.create(host, passcode="open sesame")
        for path, talk in ((f"/listener/{code}", True), (f"/listener/{locked}", False), ("/listener/000000", False)):
            page = (await here.http.get(path)).text
            assert ('id="coming"' in page) == talk
            assert ('id="door" class="door" hidden' in page) == talk
        assert (await here.post("endSession", {"sessionId": code}, host)).status_code == 200
        assert 'id="coming"' not in (await here.http.get(f"/listener/{code}")).text


@in_module
async def test_what_names_a_build_is_kept_and_all_else_is_asked_for_each_time(shared: House) -> None:
    page = await shared.http.get("/speaker")
    assert page.headers["Cache-Control"] == "no-cache"
    again = await shared.http.get("/static/speaker.js")
    assert again.headers["Cache-Control"] == "no-cache"
    same = await shared.http.get("/static/speaker.js", headers={"If-None-Match": again.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    (script,) = re.findall(r'src="(/static/speaker\.js\?v=\w+)"', page.text)
    assert (await shared.http.get(script)).headers["Cache-Control"] == "public, max-age=31536000, immutable"


async def test_a_server_without_pages_says_how_to_get_them_and_serves_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "STATIC", tmp_path / "nothing")
    async with house(tmp_path) as here:
        for path in PAGES:
            answer = await here.http.get(path)
            assert refusal(answer, 503) == "unavailable"
            assert "make" in answer.json()["error"]
        assert refusal(await here.http.get("/static/speaker.js"), 404) == "notFound"
        assert (await here.http.get("/api/getLanguages")).status_code == 200


async def test_who_guesses_at_the_listeners_page_sees_it_and_learns_nothing(tmp_path: Path, host: str) -> None:
    async with house(tmp_path, wrong_codes_per_minute=3) as here:
        code = await here.create(host)
        statuses = [(await here.http.get("/listener/000000")).status_code for _ in range(4)]
        assert statuses == [404, 404, 404, 429]
        answer = await here.http.get(f"/listener/{code}")
        assert answer.status_code == 429
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


@in_module
async def test_a_websocket_to_any_other_address_is_refused(shared: House) -> None:
    place = urlsplit(shared.url)
    for path in ("/", "/speaker", "/api/createSession", "/socket.ioo/", f"/{MARK}"):
        answer = await upgrade(place.hostname or "", place.port or 0, path)
        assert b" 403 " in answer
        assert MARK.encode() not in answer
    async with await RawSocket.open(shared.url) as raw:
        await raw.connect()


async def upgrade(name: str, port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection(name, port)
    lines = (
        *(f"GET {path} HTTP/1.1", "Host: a", "Upgrade: websocket", "Connection: Upgrade"),
        *("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", ""),
    )
    writer.write("\r\n".join(lines).encode())
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n"), 10)
    writer.close()
    await writer.wait_closed()
    return answer
