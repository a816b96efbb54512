"""A session on Azure's recogniser and translator: every sentence once in every language, whatever breaks."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from azure_service import AzureService
from dragoman.conference import Draft
from dragoman.engines.azure.account import Account
from dragoman.engines.azure.recognizer import AzureRecognizer
from dragoman.engines.azure.translator import load
from ears_talk import keys
from scripted import ScriptedFace, ScriptedVoice
from test_ears_faults import FAULTS, SCRIPT

sys.path.append(str(Path(__file__).parents[1] / "conference"))
pools = pytest.importorskip("dragoman.engines.pool")
rooms = pytest.importorskip("rooms")

PACE = 4


@pytest.mark.parametrize("name", ["well", "drop", "silence"])
async def test_every_sentence_is_captioned_once_in_every_language(name: str, tmp_path: Path):
    async with AzureService(SCRIPT) as azure:
        fault = FAULTS.get(name)
        account = Account.of(azure.settings())
        recognizer = AzureRecognizer(account, patience=fault.patience if fault else None)
        translator = await load("", azure.settings())
        engines = {"azure": recognizer}, {"azure": translator}, {"s": ScriptedVoice()}, {"s": ScriptedFace()}
        async with rooms.room(tmp_path, pool=pools.Pool(*engines)) as here:
            draft = Draft(rooms.HOST, "A talk", "en", ("fr", "de", "eu"), {"latencyMode": "low"}, None)
            session = await here.conference.create(draft)
            await session.start()
            await session.join("host", rooms.HOST, language=None, since=None)
            sound = azure.talk()
            for at in range(0, len(sound), 640):
                session.audio("host", sound[at : at + 640], position=at, seq=at // 640)
                await asyncio.sleep(0.04 / PACE)
                if fault and at == 4 * 16_000:
                    fault.breaks(azure)
                if fault and at == 7 * 16_000:
                    fault.heals(azure)
            await session.pause()
            await rooms.until(lambda: not session.working, 60)
            finals = {tag: keys(*(text for _, text in here.ears.finals("host", tag))) for tag in ("en", "fr", "de")}
            texts = [text for _, text in here.ears.finals("host", "eu")]
        await recognizer.close()
        await translator.close()
        script = azure.script.sentences
        assert finals["en"] == keys(*(sentence.text for sentence in script))
        assert finals["fr"] == keys(*(sentence.translation("fr") for sentence in script))
        assert finals["de"] == keys(*(sentence.translation("de") for sentence in script))
        # Speech translation has no Basque: its booth asks the translator, and the others do not.
        assert texts
        assert all(texts)
        assert {target for one in azure.translated for target in one.targets} == {"eu"}
