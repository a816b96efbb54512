"""What every refusal must be, and what is thrown at the server to be refused."""

from __future__ import annotations

import json
from typing import Any, get_args

import httpx

from dragoman.server.described import Refusal

CODES = set(get_args(Refusal.model_fields["code"].annotation))

MARK = "gr0t3sk"
"""In every hostile text: no error may say it again."""
HTML = f"<img src=x onerror=alert('{MARK}')>&amp;\"'"
BAD_TEXTS = [
    f"<script>{MARK}</script>",
    f"../../{MARK}",
    f"..%2f..%2f{MARK}",
    f"{MARK}\x00",
    f"{MARK}\r\nSet-Cookie: a=b",
    f"\ud800{MARK}",
    f"{MARK}' OR '1'='1",
    MARK * 20_000,
]
NOT_TEXT = [True, False, 0, 5, -1, 1.5, 1e308, 10**30, [], {}, [MARK], {MARK: MARK}, [[[[]]]]]
NO_CODES = [
    *BAD_TEXTS,
    *("", "12345", "1234567", "12345a", " 123456", "123456 ", "123456\n", "-12345", "+12345", "1e5555", "0x1234"),
    *(
        "\u0661\u0662\u0663\u0664\u0665\u0666",
        "\uff11\uff12\uff13\uff14\uff15\uff16",
        "12345\u00b2",
        "1_2_3_",
        "12.456",
    ),
]
NO_CLIENT_IDS = [
    *BAD_TEXTS,
    *(
        "",
        "1",
        "null",
        "00000000-0000-0000-0000-00000000000",
        "g" * 32,
        "0" * 33,
        "{00000000-0000-0000-0000-000000000000}",
    ),
    *("urn:uuid:00000000-0000-0000-0000-000000000000", "\uff10" * 32, "0000000000_0000000000_000000000000"),
]
NO_TAGS = [*BAD_TEXTS, "", "e", "english language", "en_US", "es-", "-es", "es--MX", "*", "../es", "e\u0441", "es\n"]
DEEP = "[" * 10_000 + "]" * 10_000


def check(error: Any) -> str:
    """The body of an error or the part of an ack that is one; its code."""
    assert set(error) - {"ok", "received"} == {"error", "code"}, error
    assert error["code"] in CODES
    sentence = error["error"]
    assert 10 < len(sentence) < 250, sentence
    for never in (MARK, "Traceback", "Error", "pydantic", "NoneType", "\ufffd"):
        assert never not in sentence, sentence
    return str(error["code"])


def refusal(answer: httpx.Response, status: int) -> str:
    """The code of an HTTP error, in the interface's form and with the headers of every answer."""
    assert answer.status_code == status, (answer.request.url, answer.text[:300])
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if status == 429:
        assert 0 < int(answer.headers["Retry-After"]) <= 60
    return check(answer.json())


def encoded(value: Any) -> bytes:
    """JSON as a hostile client writes it: lone surrogates as escapes, NaN as Python does."""
    return json.dumps(value).encode()
