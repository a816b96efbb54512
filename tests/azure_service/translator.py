"""Text translation, version 3: its two routes, their errors, and what is said in other languages."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from .records import Translated
from .rendering import rendered
from .rest import guarded
from .script import parts
from .state import State

# https://learn.microsoft.com/azure/ai-services/translator/text-translation/reference/v3/languages
LANGUAGES = {
    "ar": ("Arabic", "العربية", "rtl"), "bg": ("Bulgarian", "Български", "ltr"), "ca": ("Catalan", "Català", "ltr"),
    "cs": ("Czech", "Čeština", "ltr"), "da": ("Danish", "Dansk", "ltr"), "de": ("German", "Deutsch", "ltr"),
    "el": ("Greek", "Ελληνικά", "ltr"), "en": ("English", "English", "ltr"), "es": ("Spanish", "Español", "ltr"),
    "fi": ("Finnish", "Suomi", "ltr"), "fil": ("Filipino", "Filipino", "ltr"), "fr": ("French", "Français", "ltr"),
    "he": ("Hebrew", "עברית", "rtl"), "hi": ("Hindi", "हिन्दी", "ltr"), "it": ("Italian", "Italiano", "ltr"),
    "ja": ("Japanese", "日本語", "ltr"), "ko": ("Korean", "한국어", "ltr"), "nb": ("Norwegian", "Norsk Bokmål", "ltr"),
    "nl": ("Dutch", "Nederlands", "ltr"), "pl": ("Polish", "Polski", "ltr"),
    "pt": ("Portuguese (Brazil)", "Português (Brasil)", "ltr"),
    "pt-pt": ("Portuguese (Portugal)", "Português (Portugal)", "ltr"), "ro": ("Romanian", "Română", "ltr"),
    "ru": ("Russian", "Русский", "ltr"), "sv": ("Swedish", "Svenska", "ltr"), "tr": ("Turkish", "Türkçe", "ltr"),
    "uk": ("Ukrainian", "Українська", "ltr"), "vi": ("Vietnamese", "Tiếng Việt", "ltr"),
    "zh-Hans": ("Chinese Simplified", "中文 (简体)", "ltr"),
    "zh-Hant": ("Chinese Traditional", "繁體中文 (繁體)", "ltr"),
}  # fmt: skip
# The rest of https://learn.microsoft.com/azure/ai-services/translator/language-support, by their codes only.
FURTHER = (
    "af sq am hy as az bn ba eu bho brx bs yue hne lzh sn hr prs dv doi et fo fj fr-ca gl ka gu ht ha mww hu is ig id "
    "ikt iu iu-Latn ga kn ks kk km rw tlh-Latn gom ku kmr ky lo lv lt ln dsb lug mk mai mg ms ml mt mni mi mr mn-Cyrl "
    "mn-Mong my ne nya or ps fa pa otq run sm sr-Cyrl sr-Latn st nso tn sd si sk sl so sw ty ta tt te th bo ti to tk "
    "hsb ur ug uz cy xh yo yua zu"
)
MOST_TEXTS = 1000
MOST_CHARACTERS = 50_000
_LOWER = {name.lower(): name for name in (*LANGUAGES, *FURTHER.split())}
_MARKUP = re.compile(r"<[^<>]*>")
_ERRORS = {
    401: (401000, "The request is not authorized because credentials are missing or invalid."),
    403: (403001, "The operation is not allowed because the subscription has exceeded its free quota."),
    429: (429001, "The server rejected the request because the client has exceeded request limits."),
}


def problem(status: int) -> dict[str, Any]:
    code, message = _ERRORS.get(status, (status * 1000, "An unexpected error has occurred."))
    return {"error": {"code": code, "message": message}}


class _Bad(Exception):
    """What is wrong with a request: code and message as the service has them."""


def routes(state: State) -> list[web.RouteDef]:
    async def languages(request: web.Request) -> web.Response:
        rows = {
            code: {"name": name, "nativeName": native, "dir": way} for code, (name, native, way) in LANGUAGES.items()
        }
        return web.json_response({"translation": rows})

    async def translate(request: web.Request) -> web.Response:
        try:
            return web.json_response(await _translate(state, request))
        except _Bad as e:
            code, message = e.args
            return web.json_response({"error": {"code": code, "message": message}}, status=code // 1000)

    found: list[web.RouteDef] = []
    for base in ("/translator/text/v3.0", ""):
        # The list of languages is public, as it is at Azure.
        found.append(web.get(f"{base}/languages", languages))
        found.append(web.post(f"{base}/translate", guarded(state, translate, problem)))
    return found


async def _translate(state: State, request: web.Request) -> list[dict[str, Any]]:
    """Raises _Bad."""
    if request.query.get("api-version") != "3.0":
        raise _Bad(400021, "The API version parameter is missing or invalid.")
    source = request.query.get("from", "")
    if source and _LOWER.get(source.lower()) is None:
        raise _Bad(400035, "The source language is not valid.")
    targets = [target for one in request.query.getall("to", []) for target in one.split(",")]
    if not targets or any(_LOWER.get(target.lower()) is None for target in targets):
        raise _Bad(400036, "The target language is not valid.")
    kind = request.query.get("textType", "plain").lower()
    if kind not in ("plain", "html"):
        raise _Bad(400039, "The text type is not valid.")
    texts = await _texts(request)
    answers: list[dict[str, Any]] = []
    for text in texts:
        said = {target: translation(state, text, target) for target in targets}
        state.records.translated.append(Translated(source, text, said))
        answer: dict[str, Any] = {"translations": [{"text": out, "to": target} for target, out in said.items()]}
        if not source:
            spans = state.script.find(_MARKUP.sub(" ", text))
            language = spans[0].sentence.language.partition("-")[0] if spans else "en"
            answer = {"detectedLanguage": {"language": language, "score": 1.0}} | answer
        answers.append(answer)
    return answers


async def _texts(request: web.Request) -> list[str]:
    try:
        body = await request.json()
    except ValueError:
        raise _Bad(400074, "The body of the request is not valid JSON.") from None
    if not isinstance(body, list) or not body:
        raise _Bad(400005, "Input text is missing.")
    if len(body) > MOST_TEXTS:
        raise _Bad(400072, "The number of elements of the request is limited to 1000.")
    texts = [item.get("Text", item.get("text")) if isinstance(item, dict) else None for item in body]
    strings = [text for text in texts if isinstance(text, str)]
    if len(strings) != len(texts):
        raise _Bad(400005, "Input text is missing.")
    if sum(map(len, strings)) > MOST_CHARACTERS:
        raise _Bad(400050, "The input text is too long.")
    return strings


def translation(state: State, text: str, target: str) -> str:
    """The script's where the text is made of its sentences or parts of them; else word by word, markup and numbers
    untouched."""
    spans = state.script.find(text)
    if not spans:
        return rendered(text, target)
    said = [span.sentence.translated(span.first, span.last, target) for span in spans]
    return parts("", target)[1].join(one for one in said if one)
