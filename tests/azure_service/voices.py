"""The region's voices, in the shape of the real list, some forty of them."""

from __future__ import annotations

from typing import Any

# Names and locales of voices that Azure really has:
# https://learn.microsoft.com/azure/ai-services/speech-service/language-support?tabs=tts
_LOCALES = {
    "ar-EG": ("Arabic (Egypt)", "العربية (مصر)", "Salma:F Shakir:M"),
    "ca-ES": ("Catalan", "Català", "Joana:F Enric:M"),
    "de-DE": ("German (Germany)", "Deutsch (Deutschland)", "Katja:F Conrad:M SeraphinaMultilingual:F"),
    "en-GB": ("English (United Kingdom)", "English (United Kingdom)", "Sonia:F Ryan:M"),
    "en-US": (
        "English (United States)",
        "English (United States)",
        "Jenny:F Guy:M AvaMultilingual:F AndrewMultilingual:M",
    ),
    "es-ES": ("Spanish (Spain)", "Español (España)", "Elvira:F Alvaro:M"),
    "es-MX": ("Spanish (Mexico)", "Español (México)", "Dalia:F Jorge:M"),
    "fil-PH": ("Filipino (Philippines)", "Filipino (Pilipinas)", "Blessica:F Angelo:M"),
    "fr-FR": ("French (France)", "Français (France)", "Denise:F Henri:M VivienneMultilingual:F"),
    "hi-IN": ("Hindi (India)", "हिन्दी (भारत)", "Swara:F Madhur:M"),
    "it-IT": ("Italian (Italy)", "Italiano (Italia)", "Elsa:F Diego:M"),
    "ja-JP": ("Japanese (Japan)", "日本語 (日本)", "Nanami:F Keita:M"),
    "ko-KR": ("Korean (Korea)", "한국어 (대한민국)", "SunHi:F InJoon:M"),
    "nb-NO": ("Norwegian Bokmål (Norway)", "Norsk bokmål (Norge)", "Pernille:F Finn:M"),
    "pl-PL": ("Polish (Poland)", "Polski (Polska)", "Zofia:F Marek:M"),
    "pt-BR": ("Portuguese (Brazil)", "Português (Brasil)", "Francisca:F Antonio:M"),
    "pt-PT": ("Portuguese (Portugal)", "Português (Portugal)", "Raquel:F Duarte:M"),
    "zh-CN": ("Chinese (Mandarin, Simplified)", "中文 (普通话,简体)", "Xiaoxiao:F Yunxi:M"),
    "zh-TW": ("Chinese (Taiwanese Mandarin, Traditional)", "中文 (台灣普通話,繁體)", "HsiaoChen:F YunJhe:M"),
}
_STYLES = {
    "en-US-JennyNeural": ["assistant", "chat", "customerservice", "newscast", "cheerful", "sad"],
    "fr-FR-DeniseNeural": ["cheerful", "sad"],
    "zh-CN-XiaoxiaoNeural": ["assistant", "chat", "newscast", "cheerful", "calm"],
}


def _voice(locale: str, name: str, gender: str) -> dict[str, Any]:
    language, local, _ = _LOCALES[locale]
    short = f"{locale}-{name}Neural"
    shown = name.removesuffix("Multilingual") + (" Multilingual" if name.endswith("Multilingual") else "")
    voice: dict[str, Any] = {
        "Name": f"Microsoft Server Speech Text to Speech Voice ({locale}, {name}Neural)",
        "DisplayName": shown,
        "LocalName": shown,
        "ShortName": short,
        "Gender": "Female" if gender == "F" else "Male",
        "Locale": locale,
        "LocaleName": language,
        "LocalLocaleName": local,
        "SampleRateHertz": "48000" if locale in ("en-US", "zh-CN") else "24000",
        "VoiceType": "Neural",
        "Status": "GA",
        "WordsPerMinute": str(140 + len(name) * 2),
    }
    if short in _STYLES:
        voice["StyleList"] = _STYLES[short]
    if name.endswith("Multilingual"):
        voice["SecondaryLocaleList"] = [other for other in sorted(_LOCALES) if other != locale]
    return voice


VOICES: tuple[dict[str, Any], ...] = tuple(
    _voice(locale, *entry.split(":")) for locale, (_, _, names) in _LOCALES.items() for entry in names.split()
)
_NAMES = frozenset(voice[field] for voice in VOICES for field in ("Name", "ShortName"))


def known(name: str) -> bool:
    """By its short or long name."""
    return name in _NAMES
