"""espeak's program: what it answers, and what becomes of it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import espeakng_loader
import psutil
import pytest

from dragoman import languages
from dragoman.engines.children import Children
from dragoman.engines.embedded import espeak, espeak_child
from dragoman.engines.embedded.voice import EmbeddedVoice
from dragoman.engines.embedded.voices import Voices
from dragoman.errors import EngineFailed


async def test_it_is_an_interpreter_of_its_own_in_a_process_group_of_its_own():
    child = await espeak.start()
    try:
        (pid,) = child.pids
        assert os.getpgid(pid) == pid != os.getpgrp()
        assert espeak_child.__file__ in psutil.Process(pid).cmdline()
    finally:
        await child.end()
    assert not psutil.pid_exists(pid)


def test_it_ends_with_its_input_and_in_the_middle_of_a_request():
    command = [sys.executable, "-I", "-S", espeak_child.__file__, espeakng_loader.get_library_path()]
    for given in (b"", espeak.request("hola", "es+f2", 1)[:9], espeak.request("hola", "es+f2", 1)):
        done = subprocess.run([*command, espeakng_loader.get_data_path()], input=given, capture_output=True, timeout=30)
        assert done.returncode == 0
        assert done.stderr == b""


def test_it_uses_nothing_but_the_standard_library():
    """So it needs no site-packages, and its start stays short."""
    program = f"import runpy, sys; runpy.run_path({espeak_child.__file__!r}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded - {"__main__"} <= set(sys.stdlib_module_names)


async def test_a_voice_that_espeak_does_not_know_fails_one_text_only():
    child = await espeak.start()
    try:
        with pytest.raises(EngineFailed):
            espeak.answer(await child.ask(espeak.request("hola", "nobody", 1)))
        assert len(espeak.answer(await child.ask(espeak.request("hola", "es+f2", 1))).pcm)
    finally:
        await child.end()


async def test_markup_and_phonemes_in_brackets_are_not_obeyed():
    child = await espeak.start()

    async def said(text: str) -> list[str]:
        return [phoneme.name for phoneme in espeak.answer(await child.ask(espeak.request(text, "es+f2", 1))).phonemes]

    try:
        assert len(await said("<break time='30s'/>")) > 10
        assert "ˈa" in await said("[[abc]]")
    finally:
        await child.end()


async def test_a_text_that_would_sound_for_ever_is_cut_short():
    child = await espeak.start()
    try:
        sound = espeak.answer(await child.ask(espeak.request("palabra larga " * 2000, "es+f2", 0.5)))
    finally:
        await child.end()
    assert espeak_child.LONGEST <= len(sound.pcm) / sound.rate < espeak_child.LONGEST + 1


async def test_a_child_that_hangs_fails_one_text():
    engine = EmbeddedVoice(timeout=1.0)
    try:
        await engine.speak("hola", "es+f2")
        os.kill(engine.pids[0], signal.SIGSTOP)
        with pytest.raises(EngineFailed):
            await engine.speak("hola", "es+f2")
        assert len((await engine.speak("hola", "es+f2")).visemes) > 3
    finally:
        await engine.close()
    assert engine.pids == ()


async def test_a_child_that_died_unseen_costs_nothing():
    engine = EmbeddedVoice()
    try:
        await engine.speak("hola", "es+f2")
        (pid,) = engine.pids
        os.kill(pid, signal.SIGKILL)
        assert len((await engine.speak("hola", "es+f2")).visemes) > 3
        assert engine.pids != (pid,)
    finally:
        await engine.close()


async def test_a_text_that_kills_it_twice_is_given_up_and_the_next_one_is_said(monkeypatch: pytest.MonkeyPatch):
    engine = EmbeddedVoice()
    started = 0

    async def start() -> Children:
        nonlocal started
        started += 1
        child = await healthy()
        if started <= 2:
            asyncio.get_running_loop().call_soon(os.kill, child.pids[0], signal.SIGKILL)
        return child

    healthy = espeak.start
    monkeypatch.setattr(engine._keeper, "_start", start)
    try:
        with pytest.raises(EngineFailed, match="twice"):
            await engine.speak("hola", "es+f2")
        assert len((await engine.speak("hola", "es+f2")).visemes) > 3
    finally:
        await engine.close()


def test_languages_are_those_that_the_data_has(tmp_path: Path):
    data = tmp_path / "espeak-ng-data"
    shutil.copytree(Path(espeak.data()) / "lang" / "roa", data / "lang" / "roa")
    for dictionary in ("es", "pt"):
        shutil.copy(espeak.data() / f"{dictionary}_dict", data)
    voices = Voices(data)
    assert voices.tags == ("ast", "es", "es-419", "es-MX", "gl", "pt-PT", "pt-BR")
    assert Voices(tmp_path / "nowhere").tags == ()


@pytest.mark.parametrize(
    ("asked", "voice"),
    [
        *(("es", "es"), ("es-ES", "es"), ("ES-mx", "es-419"), ("gl", "gl"), ("ast", "ast"), ("oc", "oc"), ("an", "an")),
        *(("pt", "pt"), ("pt-PT", "pt"), ("pt-BR", "pt-br"), ("fr-CA", "fr"), ("en", "en"), ("en-US", "en-us")),
        *(("nb", "nb"), ("no", "nb"), ("zh-CN", "cmn"), ("zh-TW", "cmn"), ("yue", "yue"), ("eo", "eo"), ("it", "it")),
    ],
)
def test_a_tag_finds_its_voice(asked: str, voice: str):
    names = [info.name for info in Voices(espeak.data()).of(asked)]
    assert names == [f"{voice}+f2", f"{voice}+m3", f"{voice}+f5", f"{voice}+m7"]


@pytest.mark.parametrize("tag", ["ja", "my", "ar", "he", "th", "tlh", "fo", "kok"])
def test_what_espeak_cannot_say_properly_is_not_on_offer(tag: str):
    assert list(Voices(espeak.data()).of(tag)) == []


def test_a_language_without_a_voice_is_spelled_for_that_of_its_neighbour():
    voices = Voices(espeak.data())
    galician, occitan = voices.speaker("gl+f2"), voices.speaker("oc+m3")
    assert (galician.voice, galician.language) == ("es+f2", "gl")
    assert galician.spelled("Hoxe a xente deixa o Xardín, por exemplo un texto") == (
        "Hoche a shente deicha o shardín, por exemplo un texto"
    )
    assert occitan.spelled("filha, companhon") == "filla, companyon"
    assert voices.speaker("es+f2").spelled("México, xenofobia") == "México, xenofobia"


def test_the_documentation_names_every_language_on_offer():
    document = Path(__file__).resolve().parents[2] / "docs" / "voice.md"
    words = " ".join(document.read_text().split())
    assert [tag for tag in Voices(espeak.data()).tags if languages.name(tag) not in words] == []
