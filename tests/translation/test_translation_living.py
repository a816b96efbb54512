"""The embedded translator alive: Apertium's own programs, what they say, how they die, when they end."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.engines.embedded.translator import EmbeddedTranslation, EmbeddedTranslator
from dragoman.errors import EngineFailed
from offspring import assert_gone

SENTENCES = {
    "en": (
        "It was the best of times, it was the worst of times.",
        "I don't know whether the zorgling has seen Mr. Frobnicator.",
        "What do you want to drink?",
        'She said: "We have to go home", but nobody went!',
        "and then, after three days, they found the house",
        "The first [part] costs $5 (or 5%) at http://example.org/a_b?c=d.",
    ),
    "es": ("El zorgling duerme bajo la casa.", "Para mí es lo mejor que hay.", "¿Dónde están los niños?"),
    "ca": ("Quan vindran els nens?", "Ha estat el millor dels temps.", "El zorgling dorm sota la casa, i res més."),
    "fr": ("L'homme dort sous la maison.", "Je ne sais pas où sont les enfants !"),
}

MODES = {
    ("en", "es"): "eng-spa",
    ("en", "ca"): "eng-cat_iec2017",
    ("en", "gl"): "en-gl",
    ("en", "eo"): "en-eo",
    ("es", "fr"): "es-fr",
    ("es", "pt-BR"): "es-pt_BR",
    ("ca", "it"): "cat-ita",
    ("fr", "ca"): "fra-cat",
}


@pytest.fixture
async def engine() -> AsyncIterator[EmbeddedTranslator]:
    """A translator whose children end soon, and soon count as hanging."""
    engine = EmbeddedTranslator(timeout=2, linger=0.2)
    yield engine
    await engine.close()
    assert engine.pids == ()


@pytest.fixture
async def spanish(engine: EmbeddedTranslator) -> AsyncIterator[EmbeddedTranslation]:
    """English into Spanish."""
    stream = await engine.open("en", "es")
    yield stream
    await stream.close()


async def gone(pids: tuple[int, ...]) -> None:
    """Wait until none of these processes is there, not even to be reaped."""
    async with asyncio.timeout(5):
        while any(psutil.pid_exists(pid) for pid in pids):
            await asyncio.sleep(0.01)


@pytest.mark.slow
@pytest.mark.parametrize(("pair", "mode"), MODES.items(), ids=MODES.values())
async def test_the_words_are_those_of_apertiums_own_command(engine: EmbeddedTranslator, pair, mode: str):
    stream = await engine.open(*pair)
    for text in SENTENCES[pair[0].partition("-")[0]]:
        command = ["apertium", "-u", mode]
        said = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
        answer = await stream.translate(text)
        # A word that it leaves out leaves its space before a full stop; the engine puts that right.
        assert answer.lower().split() == re.sub(r"(?<=\w) (?=[.,;:?!])", "", said).lower().split()
        assert answer == " ".join(answer.split())
        assert answer[-1] == text[-1] or text[-1].isalpha()
        assert answer.strip('¿¡"')[0].isupper() == text.strip('¿¡"')[0].isupper()


async def test_an_unknown_word_comes_out_without_a_mark(spanish: EmbeddedTranslation):
    assert await spanish.translate("The zorgling is big.") == "El zorgling es grande."


async def test_a_full_stop_stands_at_its_word(spanish: EmbeddedTranslation):
    assert await spanish.translate("The next item is the budget.") == "El elemento próximo es el presupuesto."


@pytest.mark.parametrize(
    ("text", "translation"),
    [
        ("The house is big.", "La casa es grande."),
        ("the house is big", "la casa es grande"),
        ("THE HOUSE IS BIG!", "LA CASA ES GRANDE!"),
        ("The house is big.\n\nThe house is small.\n", "La casa es grande.\n\nLa casa es pequeña."),
        ("  The   house\tis big. ", "La casa es grande."),
        ("...", "..."),
        ("\u2014 ?!", "\u2014 ?!"),
        ("The house is big. The house is small.", "La casa es grande. La casa es pequeña."),
    ],
)
async def test_case_lines_and_marks_are_those_of_the_text(spanish: EmbeddedTranslation, text: str, translation: str):
    assert await spanish.translate(text) == translation


async def test_a_text_of_which_nothing_would_be_left_stays(engine: EmbeddedTranslator):
    # Esperanto has no indefinite article.
    assert await (await engine.open("en", "eo")).translate("a") == "a"


SPECIAL = "[]{}^$/\\@<>*#~+|=%_"


def test_special_characters_come_back_whatever_is_around_them():
    """As many of each as there were, and the same programs still answering."""
    with asyncio.Runner() as runner:
        engine = EmbeddedTranslator()
        stream = runner.run(engine.open("en", "gl"))
        runner.run(stream.translate("start"))
        steady = set(engine.pids)

        @settings(max_examples=150, deadline=None)
        @given(st.lists(st.sampled_from([*SPECIAL, "house", "zorgling", "it's", "5", " ", " ", ". "])).map("".join))
        def check(text: str) -> None:
            answer = runner.run(stream.translate(text))
            assert {c: answer.count(c) for c in SPECIAL} == {c: text.count(c) for c in SPECIAL}

        try:
            check()
            # but for the tagger, which is replaced now and then
            assert len(steady - set(engine.pids)) <= 1
        finally:
            runner.run(engine.close())


def test_no_text_at_all_breaks_the_programs():
    with asyncio.Runner() as runner:
        engine = EmbeddedTranslator(timeout=10)
        stream = runner.run(engine.open("en", "ca"))
        expected = runner.run(stream.translate("The house is big."))
        steady = engine.pids

        @settings(max_examples=150, deadline=None)
        @given(st.text() | st.text(st.characters(codec="utf-8", exclude_categories=())))
        def check(text: str) -> None:
            answer = runner.run(stream.translate(text))
            assert "\0" not in answer
            assert answer or not any(map(str.isalnum, text))

        try:
            check()
            assert runner.run(stream.translate("The house is big.")) == expected
            # The perceptron tagger of this pair needs no replacing: nothing died.
            assert engine.pids == steady
        finally:
            runner.run(engine.close())


async def test_a_text_does_not_depend_on_what_came_before(engine: EmbeddedTranslator):
    stream = await engine.open("es", "it")
    fresh = await stream.translate("Trabaja para su defensa.")
    for _ in range(3):
        await stream.translate("El perro duerme bajo la casa.")
        assert await stream.translate("Trabaja para su defensa.") == fresh


HISTORY = (
    "El perro duerme bajo la casa.",
    "Trabaja para su defensa y para la de todos.",
    "Quiere que nada cambie.",
    "Nada puede ser como antes.",
    "Sobre la mesa hay un vino tinto y una carta.",
    "Cuando llegue la hora, cada uno debe hablar.",
    "El cura que la cura conoce bien el camino.",
    "Como no vino nadie, cerramos la puerta.",
    "Nada en esta sala se parece a lo que era.",
    "La nada le parece poco para una vida entera.",
    "El río crece bajo el puente y entre las casas.",
    "Entre usted, que la cena ya está lista.",
    "Una parte parte mañana y la otra parte espera.",
    "Traje un traje nuevo para la fiesta.",
    "El segundo piso es más alto que el primero.",
    "Toda persona acusada tiene derecho a que se presuma su inocencia.",
    "Para esto sirve la ley, y para nada más.",
    "Según el informe, ambos lo saben desde marzo.",
    "Si canta bien, que cante ante todos.",
    "Hasta ahora nadie ha visto el mapa completo.",
    "El joven médico ruso habla poco y escucha mucho.",
    "Tal como están las cosas, mejor será callar.",
    "Basta con mirar para saber lo que falta.",
    "Tome lo que quiera, pero deje el libro.",
)


async def test_the_order_of_texts_changes_none_of_them():
    runs = []
    for seed in range(3):
        order = list(range(len(HISTORY)))
        random.Random(seed).shuffle(order)
        engine = EmbeddedTranslator()
        try:
            stream = await engine.open("es", "it")
            answers = {place: await stream.translate(HISTORY[place]) for place in order}
        finally:
            await engine.close()
        runs.append([answers[place] for place in range(len(HISTORY))])
    assert runs[0] == runs[1] == runs[2]


async def test_users_of_a_pair_share_its_children(engine: EmbeddedTranslator):
    first, second = await engine.open("en", "es"), await engine.open("en", "es")
    await first.translate("one")
    pids = engine.pids
    await second.translate("two")
    assert engine.pids == pids
    await first.close()
    await first.close()
    await asyncio.sleep(0.5)
    assert await second.translate("The house is big.") == "La casa es grande."
    assert engine.pids == pids
    await second.close()
    # The keeper forgets its children a moment after the last of them is reaped.
    async with asyncio.timeout(5):
        while engine.pids:
            await asyncio.sleep(0.01)
    await gone(pids)


async def test_who_comes_back_in_time_finds_the_children_alive(engine: EmbeddedTranslator):
    stream = await engine.open("en", "es")
    await stream.translate("one")
    pids = engine.pids
    await stream.close()
    again = await engine.open("en", "es")
    await asyncio.sleep(0.5)
    await again.translate("two")
    assert engine.pids == pids


async def test_who_comes_back_late_starts_new_ones(engine: EmbeddedTranslator):
    stream = await engine.open("en", "es")
    await stream.translate("one")
    pids = engine.pids
    await stream.close()
    await gone(pids)
    assert await (await engine.open("en", "es")).translate("The house is big.") == "La casa es grande."


async def test_all_stages_are_in_one_process_group_of_their_own(
    engine: EmbeddedTranslator, spanish: EmbeddedTranslation
):
    await spanish.translate("one")
    groups = {os.getpgid(pid) for pid in engine.pids}
    assert len(engine.pids) == 11
    assert len(groups) == 1
    assert os.getpgrp() not in groups


async def test_a_death_between_texts_costs_nothing(engine: EmbeddedTranslator, spanish: EmbeddedTranslation):
    await spanish.translate("one")
    for place in (0, 1, 5, 10):
        os.kill(engine.pids[place], signal.SIGKILL)
        assert await spanish.translate("The house is big.") == "La casa es grande."


async def test_programs_that_cannot_live_fail_each_text(tmp_path: Path):
    for name, command in (("eng-spa", "lt-proc '/no/such/file.bin' | apertium-pretransfer"), ("eng-cat", "lt-proc -p")):
        (tmp_path / f"{name}.mode").write_text(command)
    engine = EmbeddedTranslator(tmp_path)
    try:
        for target in ("es", "ca"):
            stream = await engine.open("en", target)
            for _ in range(2):
                with pytest.raises(EngineFailed):
                    await stream.translate("The house is big.")
        assert engine.pids == ()
    finally:
        await engine.close()


async def test_a_program_that_is_gone_fails_the_text(engine: EmbeddedTranslator, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    stream = await engine.open("en", "es")
    with pytest.raises(EngineFailed, match="cannot be started"):
        await stream.translate("The house is big.")
    monkeypatch.undo()
    assert await stream.translate("The house is big.") == "La casa es grande."


async def test_a_hanging_stage_costs_one_timeout_and_one_text(engine: EmbeddedTranslator, spanish: EmbeddedTranslation):
    await spanish.translate("one")
    hanging = engine.pids
    os.kill(hanging[7], signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(EngineFailed, match="in time"):
        await spanish.translate("The house is big.")
    assert 2 <= time.monotonic() - began < 4
    assert await spanish.translate("The house is big.") == "La casa es grande."
    await gone(hanging)


async def test_a_pair_that_is_not_installed_is_refused(engine: EmbeddedTranslator):
    for pair in (("en", "de"), ("en", "fr"), ("en", "pt"), ("en", "en")):
        with pytest.raises(EngineFailed, match="is installed"):
            await engine.open(*pair)


async def test_a_closed_translation_does_not_wake_the_children(engine: EmbeddedTranslator):
    stream = await engine.open("en", "es")
    await stream.close()
    with pytest.raises(EngineFailed):
        await stream.translate("The house is big.")
    assert engine.pids == ()


async def test_nobody_waits_for_a_turn_out_of_order(spanish: EmbeddedTranslation):
    done: list[int] = []

    async def one(number: int) -> None:
        await spanish.translate(f"House {number}.")
        done.append(number)

    await asyncio.gather(*(one(number) for number in range(30)))
    assert all(before < after for before, after in pairwise(done))


def test_it_works_on_uvloop_too():
    async def live() -> None:
        engine = EmbeddedTranslator(linger=0.1)
        stream = await engine.open("en", "es")
        assert await stream.translate("The house is big.") == "La casa es grande."
        os.kill(engine.pids[3], signal.SIGKILL)
        assert await stream.translate("The house is big.") == "La casa es grande."
        pids = engine.pids
        await stream.close()
        await gone(pids)
        await engine.close()

    uvloop.run(live())


HOLDER = """
import asyncio
from dragoman.engines.embedded.translator import EmbeddedTranslator

async def main():
    engine = EmbeddedTranslator()
    for pair in (("en", "es"), ("es", "fr")):
        stream = await engine.open(*pair)
        await stream.translate("Casa.")
    print(*engine.pids, flush=True)
    await stream.translate("casa " * 100_000)

asyncio.run(main())
"""


def test_the_children_of_a_killed_server_are_gone_within_two_seconds():
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    with holder.stdout:
        pids = [int(pid) for pid in holder.stdout.readline().split()]
        assert len(pids) == 21
        holder.kill()
        holder.wait()
    assert_gone(pids, 2)
