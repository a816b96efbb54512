"""The embedded voice: how long it takes to say a clause, and what it costs.

    python -m benchmarks.voice [--rounds 20] [--json FILE]

Clauses of seven words are said one after the other in the languages that talks are translated into. The time to the
first sound is that from a clause's text to its Utterance: the whole clause is made before any of it is heard. CPU time
is that of espeak's program and of this process, which resamples what comes from it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any

import psutil
from benchmarks.document import table

from dragoman.engines.embedded.voice import EmbeddedVoice
from dragoman.speech import MEDIA_RATE

CLAUSES = {
    "es": (
        "Hoy quiero hablar de nuestro trabajo común,",
        "el año pasado tuvimos tres grandes problemas,",
        "nadie sabía cuánto dinero podíamos gastar entonces.",
    ),
    "ca": (
        "Avui vull parlar de la nostra feina,",
        "l'any passat vam tenir tres grans problemes,",
        "ningú sabia quants diners podíem gastar llavors.",
    ),
    "fr": (
        "Je veux parler de notre travail commun,",
        "nous avons eu trois grands problèmes ensemble,",
        "personne ne savait combien nous pouvions dépenser.",
    ),
    "it": (
        "Oggi voglio parlare del nostro lavoro comune,",
        "abbiamo avuto tre grandi problemi l'anno scorso,",
        "nessuno sapeva quanti soldi potevamo spendere allora.",
    ),
    "pt-PT": (
        "Hoje quero falar do nosso trabalho comum,",
        "no ano passado tivemos três grandes problemas,",
        "ninguém sabia quanto dinheiro podíamos gastar então.",
    ),
    "eo": (
        "Hodiaŭ mi volas paroli pri nia laboro,",
        "ni havis tri grandajn problemojn pasintan jaron,",
        "neniu sciis kiom da mono ni havas.",
    ),
}
MIB = 1 << 20


def cpu_seconds(engine: EmbeddedVoice) -> float:
    """CPU time so far of this process and of espeak's."""
    own = time.process_time()
    theirs = [psutil.Process(pid).cpu_times() for pid in engine.pids]
    return own + sum(times.user + times.system for times in theirs)


async def starts(rounds: int) -> list[float]:
    """Milliseconds that the first clause of a new engine takes, which starts the program."""
    taken = []
    for _ in range(rounds):
        engine = EmbeddedVoice()
        began = time.perf_counter()
        await engine.speak(CLAUSES["es"][0], engine.voices("es")[0].name)
        taken.append((time.perf_counter() - began) * 1000)
        await engine.close()
    return taken


async def measure(engine: EmbeddedVoice, language: str, rounds: int) -> dict[str, Any]:
    """A language's figures."""
    voices = [voice.name for voice in engine.voices(language)[:2]]
    for voice in voices:
        await engine.speak(CLAUSES[language][0], voice)  # reads the dictionary
    taken: list[float] = []
    said, began = 0.0, cpu_seconds(engine)
    for _ in range(rounds):
        for clause in CLAUSES[language]:
            for voice in voices:
                asked = time.perf_counter()
                utterance = await engine.speak(clause, voice)
                taken.append((time.perf_counter() - asked) * 1000)
                said += len(utterance.pcm) / MEDIA_RATE
    return {
        "first sound median ms": round(statistics.median(taken), 1),
        "p95 ms": round(statistics.quantiles(taken, n=20)[-1], 1),
        "CPU s per s of speech": round((cpu_seconds(engine) - began) / said, 4),
        "seconds a clause": round(said / len(taken), 2),
    }


async def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20, help="how often each clause is said by each voice")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    started = await starts(5)
    engine = EmbeddedVoice()
    try:
        figures = {language: await measure(engine, language, arguments.rounds) for language in CLAUSES}
        memory = sum(psutil.Process(pid).memory_full_info().pss for pid in engine.pids) / MIB
    finally:
        await engine.close()
    result = {
        "load when it began": round(load, 1),
        "start of the program and first clause median ms": round(statistics.median(started)),
        "memory of the program MiB": round(memory),
        "languages": figures,
    }
    print(f"first clause {statistics.median(started):.0f} ms, memory {memory:.0f} MiB; load {load:.1f}\n")
    print(table([{"language": language, **row} for language, row in figures.items()]))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    asyncio.run(main())
