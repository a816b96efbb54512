"""A short sentence in many languages, for hearing what a voice is like."""

from __future__ import annotations

from dragoman.languages import match

_GREETINGS = {
    "af": "Goeie dag. So klink my stem.",
    "ar": "مرحبًا. هكذا يبدو صوتي.",
    "bg": "Здравейте. Така звучи моят глас.",
    "bn": "নমস্কার। আমার কণ্ঠ এমন শোনায়।",
    "ca": "Hola. Així sona la meva veu.",
    "cs": "Dobrý den. Takto zní můj hlas.",
    "cy": "Helo. Dyma sut mae fy llais yn swnio.",
    "da": "Goddag. Sådan lyder min stemme.",
    "de": "Guten Tag. So klingt meine Stimme.",
    "el": "Γεια σας. Έτσι ακούγεται η φωνή μου.",
    "en": "Hello. This is what my voice sounds like.",
    "eo": "Saluton. Tiel sonas mia voĉo.",
    "es": "Hola. Así suena mi voz.",
    "et": "Tere. Selline on minu hääl.",
    "eu": "Kaixo. Horrelakoa da nire ahotsa.",
    "fa": "سلام. صدای من این‌طور است.",
    "fi": "Hei. Tältä ääneni kuulostaa.",
    "fil": "Kumusta. Ganito ang tunog ng boses ko.",
    "fr": "Bonjour. Voici ma voix.",
    "ga": "Dia duit. Seo mo ghlór.",
    "gl": "Ola. Así soa a miña voz.",
    "gu": "નમસ્તે. મારો અવાજ આવો છે.",
    "he": "שלום. כך נשמע הקול שלי.",
    "hi": "नमस्ते। मेरी आवाज़ ऐसी है।",
    "hr": "Dobar dan. Ovako zvuči moj glas.",
    "hu": "Jó napot. Így szól a hangom.",
    "id": "Halo. Beginilah suara saya.",
    "is": "Góðan dag. Svona hljómar röddin mín.",
    "it": "Buongiorno. Questa è la mia voce.",
    "ja": "こんにちは。わたしのこえは、このようにきこえます。",
    "ka": "გამარჯობა. ასე ჟღერს ჩემი ხმა.",
    "ko": "안녕하세요. 제 목소리는 이렇게 들립니다.",
    "lt": "Laba diena. Taip skamba mano balsas.",
    "lv": "Labdien. Tā skan mana balss.",
    "mk": "Добар ден. Вака звучи мојот глас.",
    "ms": "Helo. Beginilah bunyi suara saya.",
    "nb": "God dag. Slik høres stemmen min ut.",
    "nl": "Goedendag. Zo klinkt mijn stem.",
    "pl": "Dzień dobry. Tak brzmi mój głos.",
    "pt": "Olá. É assim que soa a minha voz.",
    "ro": "Bună ziua. Așa sună vocea mea.",
    "ru": "Здравствуйте. Так звучит мой голос.",
    "sk": "Dobrý deň. Takto znie môj hlas.",
    "sl": "Dober dan. Tako zveni moj glas.",
    "sq": "Përshëndetje. Kështu tingëllon zëri im.",
    "sr": "Добар дан. Овако звучи мој глас.",
    "sv": "Hej. Så här låter min röst.",
    "sw": "Habari. Hivi ndivyo sauti yangu inavyosikika.",
    "ta": "வணக்கம். என் குரல் இப்படித்தான் இருக்கும்.",
    "te": "నమస్కారం. నా గొంతు ఇలా ఉంటుంది.",
    "th": "สวัสดีค่ะ นี่คือเสียงของฉัน",
    "tr": "Merhaba. Sesim böyle.",
    "uk": "Вітаю. Так звучить мій голос.",
    "ur": "السلام علیکم۔ میری آواز ایسی ہے۔",
    "vi": "Xin chào. Giọng nói của tôi là như thế này.",
    "zh": "你好。这就是我的声音。",
}

ENGLISH = _GREETINGS["en"]


def greeting(tag: str) -> str | None:
    """The sentence in the language of a tag, if it is known."""
    found = match(tag, _GREETINGS)
    return _GREETINGS[found] if found else None
