"""Which of a region's voices speak a language, and the list of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from azure_service import AzureService
from azure_service.voices import VOICES
from dragoman.engines.azure import tags
from dragoman.engines.azure.account import Account, NotConfigured
from dragoman.engines.azure.speech_token import speech_token
from dragoman.engines.azure.voice_list import FRESH_SECONDS, VoiceList
from dragoman.engines.azure.voices import Voices, built_in, custom, read


def entry(name: str, **more: Any) -> dict[str, Any]:
    """A voice as the service tells it."""
    locale = name.rpartition("-")[0]
    told = {"ShortName": name, "Locale": locale, "Gender": "Female", "VoiceType": "Neural", "Status": "GA"}
    return {**told, **more}


def names(voices: Voices, tag: str) -> list[str]:
    return [voice.name for voice in voices.of(tag)]


REGION = Voices(read(list(VOICES)))


@pytest.mark.parametrize(
    ("tag", "locales"),
    [
        ("es", ["es-ES", "es-MX"]),
        ("es-MX", ["es-MX"]),
        ("en", ["en-US", "en-GB"]),
        ("en-GB", ["en-GB"]),
        ("pt-PT", ["pt-PT"]),
        ("pt-BR", ["pt-BR"]),
        ("pt", ["pt-BR"]),
        ("zh-CN", ["zh-CN"]),
        ("zh-TW", ["zh-TW"]),
        ("zh", ["zh-CN"]),
        ("nb", ["nb-NO"]),
        ("no", ["nb-NO"]),
        ("fil", ["fil-PH"]),
        ("FR", ["fr-FR"]),
        ("ru", []),
        ("es-AR", []),
        ("es_ES", []),
        ("e", []),
        ("", []),
        ("../../etc/passwd", []),
    ],
)
def test_a_tag_is_spoken_by_its_locales_the_nearest_first(tag: str, locales: list[str]) -> None:
    found = [name.rpartition("-")[0] for name in names(REGION, tag)]
    assert list(dict.fromkeys(found)) == locales


def test_kinds_of_a_language_are_told_apart() -> None:
    voices = Voices(built_in())
    assert names(voices, "sr")[0].startswith("sr-RS")
    assert names(voices, "sr-Latn")[0].startswith("sr-Latn")
    assert {name.rpartition("-")[0] for name in names(voices, "yue")} == {"yue-CN", "zh-HK"}
    assert names(voices, "fr-CA")[0].startswith("fr-CA")
    for tag in tags.spoken_targets():
        for name in names(voices, tag):
            assert name.partition("-")[0] in (tag.partition("-")[0], "zh"), f"{name} does not speak {tag}"


def test_the_best_come_first() -> None:
    listed = read(
        [
            entry("es-ES-NewNeural", Status="Preview"),
            entry("es-ES-WorldMultilingualNeural"),
            entry("es-MX-DaliaNeural"),
            entry("es-ES-ElviraNeural"),
            entry("es-ES-AlvaroNeural", Gender="Male"),
        ]
    )
    own = custom("AcmeNeural@es-ES:male=1-2")
    assert [(voice.name, voice.gender) for voice in Voices([*own, *listed]).of("es")] == [
        ("AcmeNeural", "male"),
        ("es-ES-ElviraNeural", "female"),
        ("es-ES-AlvaroNeural", "male"),
        ("es-ES-WorldMultilingualNeural", "female"),
        ("es-ES-NewNeural", "female"),
        ("es-MX-DaliaNeural", "female"),
    ]


def test_a_dialect_comes_after_its_language() -> None:
    listed = read([entry("zh-CN-henan-YundengNeural", Locale="zh-CN-henan"), entry("zh-CN-XiaoxiaoNeural")])
    assert names(Voices(listed), "zh-CN") == ["zh-CN-XiaoxiaoNeural", "zh-CN-henan-YundengNeural"]


@pytest.mark.parametrize(
    "unfit",
    [
        entry("en-US-BlueNeural", Gender="Neutral"),
        entry("en-US-Ava:DragonHDLatestNeural", VoiceType="NeuralHD"),
        entry("en-US-Ava:DragonHDLatestNeural"),
        entry("en-US-OldRUS", VoiceType="Standard"),
        entry("en-US-GoneNeural", Status="Deprecated"),
        entry("en-US-NoneNeural", Locale="en_US; drop"),
        {"ShortName": 5},
        "text",
        None,
    ],
)
def test_voices_that_cannot_be_used_are_left_out(unfit: Any) -> None:
    assert [voice.name for voice in read([unfit, entry("en-US-JennyNeural")])] == ["en-US-JennyNeural"]


@pytest.mark.parametrize("answer", [None, {}, [], "voices", [1, 2], [{"ShortName": "x"}]])
def test_what_is_no_list_is_refused(answer: Any) -> None:
    with pytest.raises(ValueError, match="list of voices"):
        read(answer)


def test_only_a_listed_voice_reaches_the_service() -> None:
    assert REGION.named("es-ES-ElviraNeural").locale == "es-ES"
    for name in ("", "es", "es-ES-ElviraNeural'/><voice name='x", "es-ES-ELVIRANEURAL"):
        with pytest.raises(ValueError, match="no voice of this name"):
            REGION.named(name)


def test_custom_voices_are_read_in_both_forms() -> None:
    short = custom("AcmeNeural@es-ES=1-2, BetaNeural@de-DE:male=3")
    long = custom(
        '[{"name": "AcmeNeural", "locale": "es-ES", "endpointId": "1-2"},'
        ' {"name": "BetaNeural", "locale": "de-DE", "gender": "male", "endpointId": "3"}]'
    )
    assert short == long
    assert [(voice.name, voice.endpoint, voice.gender) for voice in short] == [
        ("AcmeNeural", "1-2", "female"),
        ("BetaNeural", "3", "male"),
    ]
    assert custom("") == []


@pytest.mark.parametrize(
    "wrong", ["Acme=1", "Acme@es-ES=", "@es-ES=1", "A@??=1", "A@es-ES:it=1", "[{}]", "[1]", "[", "x"]
)
def test_a_wrong_setting_of_custom_voices_says_what_would_be_right(wrong: str) -> None:
    with pytest.raises(NotConfigured, match="name@locale=endpointId"):
        custom(wrong)


# -- the list


@asynccontextmanager
async def listing(azure: AzureService, directory: Path, **more: Any) -> AsyncIterator[VoiceList]:
    voices = VoiceList(Account.of(azure.settings()), directory, **more)
    await voices.open()
    try:
        yield voices
    finally:
        await voices.close()


def asked(azure: AzureService) -> int:
    return sum(request.path.endswith("/voices/list") for request in azure.asked)


async def test_the_list_is_the_services_and_is_kept_for_a_day(azure: AzureService, tmp_path: Path) -> None:
    async with listing(azure, tmp_path / "azure") as voices:
        assert names(voices.voices, "es") == names(REGION, "es")
    (file,) = (tmp_path / "azure").iterdir()
    assert azure.key not in file.read_text() + file.name
    async with listing(azure, tmp_path / "azure") as voices:
        assert names(voices.voices, "es") == names(REGION, "es")
    assert asked(azure) == 1


async def test_an_old_list_will_do_until_the_service_has_answered(azure: AzureService, tmp_path: Path) -> None:
    async with listing(azure, tmp_path):
        pass
    (file,) = tmp_path.iterdir()
    kept = json.loads(file.read_text())
    old = {"at": kept["at"] - FRESH_SECONDS - 1, "voices": [entry("es-ES-OldNeural")]}
    file.write_text(json.dumps(old))
    azure.vanish()
    async with listing(azure, tmp_path) as voices:
        assert names(voices.voices, "es") == ["es-ES-OldNeural"]
    azure.come_back()
    async with listing(azure, tmp_path) as voices:
        await azure.until(lambda: len(names(voices.voices, "es")) > 1)
    assert json.loads(file.read_text())["at"] > old["at"]


async def test_without_any_list_there_are_two_voices_of_each_language(azure: AzureService, tmp_path: Path) -> None:
    azure.faults.refuse("http", 503)
    own = custom("AcmeNeural@es-ES=1")
    async with listing(azure, tmp_path, own=own, patience=0.2) as voices:
        assert names(voices.voices, "es")[:3] == ["AcmeNeural", "es-ES-ElviraNeural", "es-ES-AlvaroNeural"]
        assert names(voices.voices, "fil") == ["fil-PH-BlessicaNeural", "fil-PH-AngeloNeural"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"at": "x", "voices": []}', '{"voices": [1]}', "[" * 5000])
async def test_a_damaged_copy_is_as_good_as_none(azure: AzureService, tmp_path: Path, damaged: str) -> None:
    async with listing(azure, tmp_path):
        pass
    (file,) = tmp_path.iterdir()
    file.write_text(damaged)
    async with listing(azure, tmp_path) as voices:
        assert names(voices.voices, "es") == names(REGION, "es")
    assert json.loads(file.read_text())["voices"]


async def test_a_service_that_answers_nonsense_changes_nothing(azure: AzureService, tmp_path: Path) -> None:
    azure.faults.garbage("http", times=1000)
    async with listing(azure, tmp_path) as voices:
        assert names(voices.voices, "es")[0] == "es-ES-ElviraNeural"
    assert list(tmp_path.iterdir()) == []


async def test_a_folder_that_cannot_be_written_costs_only_the_copy(azure: AzureService, tmp_path: Path) -> None:
    (tmp_path / "azure").write_text("a file")
    async with listing(azure, tmp_path / "azure") as voices:
        assert names(voices.voices, "es") == names(REGION, "es")


async def test_the_list_is_asked_for_with_a_token_where_tokens_are_used(azure: AzureService, tmp_path: Path) -> None:
    account = Account.of({**azure.settings(), "ENABLE_TOKEN_AUTH": True})
    token = speech_token(account)
    try:
        async with listing(azure, tmp_path, token=token) as voices:
            assert names(voices.voices, "es") == names(REGION, "es")
        assert len(azure.tokens) == 1
    finally:
        await token.close()
    assert not {task for task in asyncio.all_tasks() if "Azure" in task.get_name()}
