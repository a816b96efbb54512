"""What is asked of a voice, in the Speech service's markup. Texts are untrusted: what they hold is only ever text.

https://learn.microsoft.com/azure/ai-services/speech-service/speech-synthesis-markup-structure
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from xml.etree import ElementTree

LONGEST = 800
"""Characters said at once: about a minute. Others get their turn between the pieces of a long text, and the service
cuts off what lasts longer than ten minutes."""
SLOWEST, FASTEST = 0.5, 2.0
"""What a prosody's rate may be, as the page above says."""
_NAMESPACE = "http://www.w3.org/2001/10/synthesis"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# What XML 1.0 allows, less what no voice should be given: the other control characters and non-characters.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")
_SIGNS = frozenset("°©®™№+=±×÷−$€£¥₹¢%§")
"""Symbols that have a name in speech, where they stand with a word or number, or alone."""
_REPEATED = re.compile(r"([^\d\s])\1{3,}")
"""Letters and signs in a row of which three say as much, and cost less. Every figure of a number counts."""
_ENDS = re.compile(r"[.!?…](?=\s)|[。！？।။]|[,;:،、，；：](?=\s|$)|\s")


def ssml(text: str, *, voice: str, locale: str, rate: float) -> str:
    """The document that has a text said. voice, locale: from the list of voices. rate: 1 is the natural pace."""
    root = ElementTree.Element("speak", {"version": "1.0", "xmlns": _NAMESPACE, _LANG: locale})
    prosody = said = ElementTree.SubElement(root, "voice", {"name": voice})
    percent = round((min(max(rate, SLOWEST), FASTEST) - 1) * 100)
    if percent:
        prosody = ElementTree.SubElement(said, "prosody", {"rate": f"{percent:+d}%"})
    prosody.text = allowed(text)
    return ElementTree.tostring(root, encoding="unicode")


def allowed(text: str) -> str:
    """The text without the characters that an XML document must not have, each of them a space."""
    return _FORBIDDEN.sub(" ", text)


def pieces(text: str) -> Iterator[str]:
    """The parts of a text that are said one after the other; none where nothing in it has a sound."""
    rest = _REPEATED.sub(r"\1\1\1", " ".join(allowed(text).split()))
    while rest:
        end = len(rest) if len(rest) <= LONGEST else _cut(rest[:LONGEST])
        piece, rest = rest[:end].strip(), rest[end:].strip()
        if any(map(_sounds, piece)):
            yield piece


def _sounds(character: str) -> bool:
    kind = unicodedata.category(character)
    # A lone mark is the rest of an emoji or of nothing: only those that are vowels of a script count.
    return kind == "Mc" or kind[0] in "LN" or character in _SIGNS


def _cut(text: str) -> int:
    """Where to cut: after the last end of a sentence in the second half, else after a comma, else at a space."""
    best, rank = len(text), 0
    for match in _ENDS.finditer(text, len(text) // 2):
        found = 1 if match[0].isspace() else 2 if match[0] in ",;:،、，；：" else 3
        if found >= rank:
            best, rank = match.end(), found
    return best
