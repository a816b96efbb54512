"""Measures which placeholders come back intact from Apertium, and writes the table in docs/translation.md.

    python scripts/measure_placeholders.py             every pair that is installed and English by relay; minutes
    python scripts/measure_placeholders.py --print     the same, changing no file

In each paragraph of the GNOME handbook (of `measure_routes.py`) that has the words for it, three words of four letters
and more, evenly spread, are replaced whatever they are: grammar is as unkind to a placeholder as it can be. A paragraph
counts as intact where each placeholder comes back exactly once.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import parallel_texts
from dragoman.engines.embedded.translator import EmbeddedTranslator

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "translation.md"
CANDIDATES: Mapping[str, Callable[[int], str]] = {
    "Mozart": lambda number: ("Mozart", "Beethoven", "Darwin")[number],
    "Zqa": lambda number: f"Zq{'abc'[number]}",
    "zqa": lambda number: f"zq{'abc'[number]}",
    "ZQA": lambda number: f"ZQ{'ABC'[number]}",
    "Qx1": lambda number: f"Qx{number + 1}",
    "{1}": lambda number: f"{{{number + 1}}}",
    "7001": lambda number: f"{7001 + number}",
}
RELAYED = ((("en", "es"), ("es", "fr")), (("en", "ca"), ("ca", "it")), (("en", "ca"), ("ca", "pt-PT")))
_WORD = re.compile(r"(?<![\w'’-])[^\W\d_]{4,}(?![\w'’-])")


def masked(text: str, candidate: Callable[[int], str]) -> str | None:
    """The text with three of its words replaced; None where it has not enough of them."""
    found = [word for word in _WORD.finditer(text) if word[0].islower()]
    if len(found) < 6:
        return None
    for number in (2, 1, 0):
        word = found[len(found) * (2 * number + 1) // 6]
        text = text[: word.start()] + candidate(number) + text[word.end() :]
    return text


def intact(text: str, candidate: Callable[[int], str]) -> bool:
    """Whether each of the three placeholders stands in the text exactly once, as a word of its own."""
    alone = (rf"(?<!\w){re.escape(candidate(number))}(?!\w)" for number in range(3))
    return all(len(re.findall(pattern, text)) == 1 for pattern in alone)


async def measure(engine: EmbeddedTranslator, legs: Sequence[tuple[str, str]], texts: Sequence[str]) -> list[str]:
    """One row of the table."""
    streams = [await engine.open(*leg) for leg in legs]
    shares = []
    for candidate in CANDIDATES.values():
        given = [text for text in (masked(text, candidate) for text in texts) if text]
        kept = 0
        for text in given:
            for stream in streams:
                text = await stream.translate(text)
            kept += intact(text, candidate)
        shares.append(f"{100 * kept / len(given):.1f} %")
    for stream in streams:
        await stream.close()
    name = " → ".join([legs[0][0], *(target for _, target in legs)])
    return [name, str(len(given)), *shares]


async def table() -> str:
    """All rows, as Markdown."""
    texts = {tag: [unicodedata.normalize("NFC", text) for text in row] for tag, row in parallel_texts.gnome().items()}
    engine = EmbeddedTranslator(timeout=60, linger=0)
    ways: list[tuple[tuple[str, str], ...]] = [
        ((route.source, route.target),) for route in engine.routes() if route.pivot is None and route.source in texts
    ]
    rows = [["pair", "paragraphs", *(f"`{name}`" for name in CANDIDATES)], ["---"] * (2 + len(CANDIDATES))]
    try:
        for way in (*ways, *RELAYED):
            rows.append(await measure(engine, way, texts[way[0][0]]))
            print(*rows[-1], flush=True)
    finally:
        await engine.close()
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--print", action="store_true", help="change no file")
    arguments = parser.parse_args()
    made = asyncio.run(table())
    if not arguments.print:
        text = DOCUMENT.read_text(encoding="utf-8")
        part = re.compile(r"(?<=<!-- placeholders -->\n).*?(?=\n<!-- end of placeholders -->)", re.DOTALL)
        DOCUMENT.write_text(part.sub(lambda _: made, text), encoding="utf-8")


if __name__ == "__main__":
    main()
