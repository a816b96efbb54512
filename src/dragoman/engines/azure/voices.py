"""The neural voices of a Speech resource: which of them speak a language, and which is the best.

The list is the service's own (`/voices/list`), whose fields are described in
https://learn.microsoft.com/azure/ai-services/speech-service/rest-text-to-speech#get-a-list-of-voices
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from babel.core import get_global

from dragoman import languages
from dragoman.engines.azure.account import NotConfigured
from dragoman.engines.protocols import VoiceInfo

_TABLE = "voices.json"
_ANSWERS = 512
"""Tags whose voices are remembered: they are asked for before every line."""
_GENDERS = {"Female": "female", "Male": "male"}
_SAME = {"no": "nb", "tl": "fil", "iw": "he", "in": "id"}
"""Tags for what the service knows by another."""
_CANTONESE = {"yue": ("yue-CN", "zh-HK")}
"""A language whose voices stand under the tag of another too."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A voice of the service's list."""

    name: str
    """its ShortName: `es-ES-ElviraNeural`"""
    locale: str
    """`es-ES`; a dialect has three parts: `zh-CN-henan`"""
    gender: str
    """`female` or `male`"""
    preview: bool = False
    endpoint: str = ""
    """the deployment of a custom voice; empty: everybody's"""

    @property
    def order(self) -> tuple[bool, bool, bool]:
        """The smallest is the best of a locale: one's own first, then what is finished and made for this language."""
        return (not self.endpoint, self.preview, "Multilingual" in self.name)


class Voices:
    """All voices that can be had; immutable."""

    def __init__(self, listed: Iterable[Listed]) -> None:
        """listed: in the service's order, which is kept among equals."""
        self._by_name = {voice.name: voice for voice in listed}
        self._by_locale: dict[str, list[Listed]] = {}
        for voice in self._by_name.values():
            self._by_locale.setdefault(voice.locale, []).append(voice)
        for voices in self._by_locale.values():
            voices.sort(key=lambda voice: voice.order)
        self._answers = lru_cache(maxsize=_ANSWERS)(self._speaking)

    def __len__(self) -> int:
        return len(self._by_name)

    def of(self, language: str) -> Sequence[VoiceInfo]:
        """The voices for a tag, the best first; nothing where none speaks it."""
        return self._answers(language)

    def named(self, name: str) -> Listed:
        """The voice of this name. Raises ValueError for any other name: none reaches the service."""
        try:
            return self._by_name[name]
        except KeyError:
            raise ValueError(
                f"there is no voice of this name; es-ES-ElviraNeural would be one: {name[:40]!r}"
            ) from None

    def _speaking(self, language: str) -> tuple[VoiceInfo, ...]:
        found = (voice for locale in self._serving(language) for voice in self._by_locale[locale])
        return tuple(VoiceInfo(voice.name, voice.gender) for voice in found)

    def _serving(self, language: str) -> list[str]:
        """The locales that a tag means, the nearest first."""
        first, *rest = language.split("-")
        tag = "-".join([_SAME.get(first.lower(), first), *rest])
        if not languages.is_tag(tag):
            return []
        if tag.lower() in _CANTONESE:
            return [locale for locale in _CANTONESE[tag.lower()] if locale in self._by_locale]
        script, region = _full(tag)
        # Portuguese of Portugal is not that of Brazil; whoever says only `pt` means what CLDR thinks likely.
        related = [one for one in self._by_locale if languages.match(tag, [one]) and _full(one)[0] == script]
        if tag.lower() == "pt":
            related = [one for one in related if _full(one)[1] == region]
        return sorted(related, key=lambda one: (one.lower() != tag.lower(), _full(one)[1] != region, one.count("-")))


@cache
def _full(tag: str) -> tuple[str, str]:
    """Script and region of a tag, by CLDR's likely subtags where it does not name them."""
    language, *parts = tag.split("-")
    script = next((part.title() for part in parts if len(part) == 4 and part.isalpha()), "")
    region = next((part.upper() for part in parts if len(part) == 2 or (len(part) == 3 and part.isdigit())), "")
    likely: Mapping[str, str] = get_global("likely_subtags")
    known = (likely.get("_".join(key)) for key in ((language.lower(), region), (language.lower(), script)) if all(key))
    whole = next((one for one in [*known, likely.get(language.lower())] if one), "")
    _, likely_script, likely_region = whole.split("_") if whole.count("_") == 2 else ("", "", "")
    return script or likely_script, region or likely_region


def read(answer: Any) -> list[Listed]:
    """The voices of the service's JSON that can speak here: neural ones whose gender is known. Raises ValueError where
    it is no such list.

    HD voices (`VoiceType` NeuralHD) are left out: they cost more and tell neither visemes nor words.
    """
    if not isinstance(answer, list) or not answer:
        raise ValueError("the list of voices is none")
    found = [voice for entry in answer if isinstance(entry, dict) and (voice := _read(entry)) is not None]
    if not found:
        raise ValueError("the list of voices has none that can be used")
    return found


def _read(entry: Mapping[str, Any]) -> Listed | None:
    name, locale = entry.get("ShortName"), entry.get("Locale")
    gender = _GENDERS.get(str(entry.get("Gender")))
    neural = entry.get("VoiceType") == "Neural" and entry.get("Status") != "Deprecated"
    if not (isinstance(name, str) and isinstance(locale, str) and gender and neural) or ":" in name:
        return None
    if not languages.is_tag(locale):
        return None
    return Listed(name, locale, gender, preview=entry.get("Status") == "Preview")


def built_in() -> list[Listed]:
    """Two voices a language, for when the service has never answered: from the page that the table names."""
    table = json.loads(resources.files(__package__).joinpath(_TABLE).read_text(encoding="utf-8"))
    return [
        Listed(f"{locale}-{name}Neural", locale, gender)
        for locale, names in table["voices"].items()
        for gender, name in zip(("female", "male"), names, strict=True)
    ]


def custom(setting: str) -> list[Listed]:
    """The custom voices of AZURE_VOICE_ENDPOINTS. Raises NotConfigured.

    `name@locale=endpointId,...`, with `:male` after the locale where it is one; or JSON: a list of objects with `name`,
    `locale`, `endpointId` and `gender`.
    """
    try:
        if setting.lstrip().startswith("["):
            entries = [
                (e["name"], e["locale"], e.get("gender", "female"), e["endpointId"]) for e in json.loads(setting)
            ]
        else:
            entries = [_short(part) for part in map(str.strip, setting.split(",")) if part]
        return [_checked(*entry) for entry in entries]
    except (ValueError, KeyError, TypeError) as error:
        raise NotConfigured(
            "AZURE_VOICE_ENDPOINTS is name@locale=endpointId, separated by commas, with :male after a locale where the "
            "voice is; or a JSON list of objects with name, locale, endpointId and gender"
        ) from error


def _short(part: str) -> tuple[str, str, str, str]:
    who, _, endpoint = part.partition("=")
    name, _, where = who.partition("@")
    locale, _, gender = where.partition(":")
    return name.strip(), locale.strip(), gender.strip() or "female", endpoint.strip()


def _checked(name: object, locale: object, gender: object, endpoint: object) -> Listed:
    if not all(isinstance(part, str) and part for part in (name, locale, gender, endpoint)):
        raise ValueError("a part is missing")
    if gender not in _GENDERS.values() or not languages.is_tag(str(locale)):
        raise ValueError("no such gender or locale")
    return Listed(str(name), str(locale), str(gender), endpoint=str(endpoint))
