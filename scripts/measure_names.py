"""Measures how many misheard names a glossary puts right and how often it is wrong; writes the table in docs/terms.md.

    python scripts/measure_names.py             a minute
    python scripts/measure_names.py --print     the same, changing no file

Invented and rare names are said by flite (voice rms) in three sentences each and heard by the embedded recogniser.
False alarms are counted over the test recordings, as they are said and as they are heard, and over the English of the
texts of `measure_routes.py`, with these names and with all names of countries and languages in CLDR as the glossary.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from babel import Locale

import parallel_texts
from dragoman.engines.embedded.recognizer import EmbeddedRecognizer, load
from dragoman.glossary import Glossary, Term
from dragoman.mishearing import correct
from dragoman.speech import FLOOR_RATE, Final, Pcm

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import speech_data  # noqa: E402

DOCUMENT = ROOT / "docs" / "terms.md"
NAMES = (
    *("Apertium", "Bergamasco", "Castellano", "Dragoman", "Galician", "Kovacs", "Krakowski", "Kubernetes"),
    *("Marchetti", "Moonshine", "Ostrava", "Szymanski", "Tolkien", "Vandermeer", "Winterbourne", "Zelenka"),
)
SENTENCES = ("We built {} to help people.", "The talk by {} was very good.", "Everyone knows {} by now.")


async def hear(recognizer: EmbeddedRecognizer, sound: npt.NDArray[np.int16]) -> str:
    """What the recogniser makes of a sound."""
    stream = await recognizer.open("en", start=0, live=False)
    sound = np.concatenate([sound, speech_data.silence(1)])

    async def feed() -> None:
        for start in range(0, len(sound), FLOOR_RATE):
            await stream.feed(Pcm(sound[start : start + FLOOR_RATE], start))
        await stream.finish()

    feeding = asyncio.create_task(feed())
    texts = [event.text async for event in stream.events() if isinstance(event, Final)]
    await feeding
    await stream.close()
    return " ".join(texts)


async def heard_names(recognizer: EmbeddedRecognizer) -> list[tuple[str, str]]:
    """Each name with each sentence in which it was said, as it was heard."""
    heard = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "said.wav"
        for name in NAMES:
            for sentence in SENTENCES:
                command = ["flite", "-voice", "rms", "-t", sentence.format(name), "-o", str(file)]
                await asyncio.to_thread(subprocess.run, command, check=True)
                heard.append((name, await hear(recognizer, speech_data._samples(file))))
    return heard


def alarms(texts: Sequence[str], names: Sequence[str]) -> int:
    """How many texts, in none of which a name was misheard, are changed."""
    glossary = Glossary(tuple(Term(name, keep=True) for name in names))
    return sum(correct(text, glossary, "en") != text for text in texts)


async def table() -> str:
    """The figures, as Markdown."""
    recognizer = await load()
    said = await heard_names(recognizer)
    recordings = [await hear(recognizer, speech_data.recording(name).samples) for name in speech_data.NAMES]
    await recognizer.close()
    recordings += json.loads((ROOT / "tests" / "speech.json").read_text(encoding="utf-8")).values()
    written = [*parallel_texts.gnome()["en"], *parallel_texts.udhr()["en"]]
    english = Locale("en")
    many = sorted({*english.territories.values(), *english.languages.values(), *NAMES})
    glossary = Glossary(tuple(Term(name, keep=True) for name in NAMES))
    after = [(name, text, correct(text, glossary, "en")) for name, text in said]
    for name, text, corrected in after:
        print(name, "|", text, "|", "" if corrected == text else corrected)
    wrong = sum(corrected != text and name not in corrected for name, text, corrected in after)
    words = sum(len(re.findall(r"\w+", text)) for text in written)
    rows = [
        ("what was counted", "of", "found"),
        ("---", "---", "---"),
        ("names heard right at once", len(said), sum(name.lower() in text.lower() for name, text in said)),
        ("names right after correction", len(said), sum(name.lower() in text.lower() for name, _, text in after)),
        ("another name put in place of one", len(said), wrong),
        (f"false alarms in the recordings, {len(NAMES)} names", f"{len(recordings)} texts", alarms(recordings, NAMES)),
        (f"false alarms in the recordings, {len(many)} names", f"{len(recordings)} texts", alarms(recordings, many)),
        (f"false alarms in written English, {len(NAMES)} names", f"{words} words", alarms(written, NAMES)),
        (f"false alarms in written English, {len(many)} names", f"{words} words", alarms(written, many)),
    ]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--print", action="store_true", help="change no file")
    arguments = parser.parse_args()
    made = asyncio.run(table())
    print(made)
    if not arguments.print:
        text = DOCUMENT.read_text(encoding="utf-8")
        part = re.compile(r"(?<=<!-- names -->\n).*?(?=\n<!-- end of names -->)", re.DOTALL)
        DOCUMENT.write_text(part.sub(lambda _: made, text), encoding="utf-8")


if __name__ == "__main__":
    main()
