"""Invented names, said by flite and heard by the recogniser, are put right by the glossary."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import numpy as np
import pytest

from dragoman.engines.embedded.recognizer import load
from dragoman.glossary import Glossary, Term
from dragoman.mishearing import correct
from dragoman.speech import Final, Pcm
from speech_data import NAMES as RECORDINGS
from speech_data import _samples, recording, silence

NAMES = ("Zelenka", "Vandermeer", "Krakowski", "Dragoman", "Kovacs", "Winterbourne", "Bergamasco", "Castellano")
GLOSSARY = Glossary(tuple(Term(name, keep=True) for name in NAMES))


async def heard(sounds: list[np.ndarray]) -> list[str]:
    recognizer = await load()
    try:
        texts = []
        for sound in sounds:
            stream = await recognizer.open("en", start=0, live=False)
            feeding = asyncio.create_task(feed(stream, np.concatenate([sound, silence(1)])))
            texts.append(" ".join([event.text async for event in stream.events() if isinstance(event, Final)]))
            await feeding
            await stream.close()
        return texts
    finally:
        await recognizer.close()


async def feed(stream, sound: np.ndarray) -> None:
    await stream.feed(Pcm(sound, 0))
    await stream.finish()


def said(folder: Path, text: str) -> np.ndarray:
    file = folder / "said.wav"
    subprocess.run(["flite", "-voice", "rms", "-t", text, "-o", str(file)], check=True)
    return _samples(file)


@pytest.mark.slow
async def test_most_names_come_out_right_and_none_as_another(tmp_path: Path):
    texts = await heard([said(tmp_path, f"The talk by {name} was very good.") for name in NAMES])
    corrected = [correct(text, GLOSSARY, "en") for text in texts]
    right = sum(name in text for name, text in zip(NAMES, corrected, strict=True))
    assert right >= 6
    assert sum(name in text for name, text in zip(NAMES, texts, strict=True)) < right
    changed = [(name, new) for name, old, new in zip(NAMES, texts, corrected, strict=True) if old != new]
    assert all(name in new for name, new in changed)


@pytest.mark.slow
async def test_real_speech_without_names_stays_as_it_was_heard():
    for text in await heard([recording(name).samples for name in RECORDINGS]):
        assert correct(text, GLOSSARY, "en") == text
