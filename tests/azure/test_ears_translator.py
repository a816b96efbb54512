"""The Azure translator against the local Azure: long and hostile texts, faults, and how the account is named."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_service import AzureService, Script
from dragoman.engines.azure import plain, refusals, sdk, web
from dragoman.engines.azure.account import NotConfigured
from dragoman.engines.azure.recognizer import load as load_recognizer
from dragoman.engines.azure.translator import AzureTranslator, load
from dragoman.engines.weights import ModelMissing
from dragoman.errors import EngineFailed


@pytest.fixture
async def translator(azure: AzureService) -> AsyncIterator[AzureTranslator]:
    """An engine on the local Azure."""
    engine = await load("", azure.settings())
    yield engine
    await engine.close()


async def translated(engine: AzureTranslator, text: str, source: str = "en", target: str = "fr") -> str:
    return await (await engine.open(source, target)).translate(text)


async def test_sentences_are_translated_by_the_codes_of_the_table(
    azure: AzureService, azure_script: Script, translator: AzureTranslator
):
    sentence = azure_script.sentences[0]
    for tag, code in {"fr": "fr", "es": "es", "zh-CN": "zh-Hans", "pt-PT": "pt-pt", "pt-BR": "pt", "nb": "nb"}.items():
        assert await translated(translator, sentence.text, "en-GB", tag) == sentence.translation(code)
    assert {one.source for one in azure.translated} == {"en"}
    assert (
        await translated(translator, "Vielen Dank für Ihre Aufmerksamkeit.", "de-AT")
    ) == "Merci de votre attention."


async def test_lines_stay_lines_and_empty_ones_are_not_asked_for(azure: AzureService, translator: AzureTranslator):
    text = "Number 1 is here.\n\n  — \r\nNumber 2\tis there."
    lines = (await translated(translator, text)).split("\n")
    assert [re.findall(r"\d", line) for line in lines] == [["1"], [], [], ["2"]]
    assert lines[2] == "—"
    assert len(azure.asked) == 1


async def test_a_long_text_goes_in_several_requests_and_comes_back_whole(
    azure: AzureService, translator: AzureTranslator
):
    text = " ".join(f"House number {number} is big." for number in range(3000))
    assert len(text) > plain.LONGEST * 10
    assert re.findall(r"\d+", await translated(translator, text)) == [str(number) for number in range(3000)]
    assert len(azure.asked) == 2


@given(st.text(alphabet="ab. 。\u4f60!?", max_size=200), st.integers(1, 30))
def test_pieces_put_together_are_the_line(line: str, longest: int):
    cut = plain.pieces(line, longest)
    assert "".join(cut) == line
    assert all(len(piece) <= longest for piece in cut)
    assert all(cut) or line == ""


def test_a_line_is_cut_between_sentences_if_it_can_be():
    assert plain.pieces("One two. Three four. Five", 12) == ["One two. ", "Three four. ", "Five"]
    assert plain.pieces("一二三。四五六。七", 5) == ["一二三。", "四五六。七"]
    assert plain.pieces("aaaa bbbb cccc", 10) == ["aaaa bbbb ", "cccc"]


FAULTS = {
    "401": (lambda faults: faults.refuse("http", 401), r"refuses the account \(401\)", True),
    "403": (lambda faults: faults.refuse("http", 403), r"(refuses the account \(403\)|quota)", True),
    "429": (lambda faults: faults.refuse("http", 429), "too many requests", False),
    "503": (lambda faults: faults.refuse("http", 503), "not available", False),
    "quota": (lambda faults: faults.quota("http"), "quota", True),
    "garbage": (lambda faults: faults.garbage("http", 9), "no translation", False),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_a_sentence_and_the_next_text_succeeds(
    name: str, azure: AzureService, translator: AzureTranslator
):
    breaks, said, lasting = FAULTS[name]
    breaks(azure.faults)
    with pytest.raises(EngineFailed, match=said) as failed:
        await translated(translator, "House number 1.")
    assert failed.value.lasting == lasting
    assert azure.key not in str(failed.value)
    azure.faults.clear()
    assert "1" in await translated(translator, "House number 1.")


async def test_one_refusal_for_now_is_waited_out(azure: AzureService, translator: AzureTranslator):
    azure.faults.refuse("http", 429, times=1)
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert "7" in await translated(translator, "House number 7.")
    assert loop.time() - began >= 1, "as Retry-After says"


async def test_a_connection_that_breaks_is_made_again(azure: AzureService, translator: AzureTranslator):
    await asyncio.to_thread(azure.vanish)
    with pytest.raises(EngineFailed, match="cannot be reached"):
        await translated(translator, "House number 1.")
    await asyncio.to_thread(azure.come_back)
    assert "2" in await translated(translator, "House number 2.")
    azure.faults.drop_in_turn("http")
    assert "3" in await translated(translator, "House number 3.")


async def test_a_service_that_says_nothing_is_not_waited_for_long(azure: AzureService, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(web, "ANSWER_SECONDS", 0.3)
    engine = await load("", azure.settings())
    azure.faults.silence("http")
    with pytest.raises(EngineFailed, match="did not answer in time"):
        await translated(engine, "House number 1.")
    azure.faults.clear()
    await engine.close()


async def test_with_tokens_the_key_only_buys_them(azure: AzureService):
    engine = await load("", {**azure.settings(), "ENABLE_TOKEN_AUTH": True})
    for number in range(3):
        assert str(number) in await translated(engine, f"House number {number}.")
    await engine.close()
    assert len(azure.tokens) == 1


async def test_a_translator_resource_of_its_own_has_its_own_key(azure: AzureService):
    settings = {**azure.settings(), "SPEECH_KEY": "f" * 32, "TRANSLATOR_KEY": azure.key, "ENABLE_TOKEN_AUTH": True}
    engine = await load("", settings)
    assert "1" in await translated(engine, "House number 1.")
    await engine.close()
    assert azure.tokens == []


async def test_pairs_that_azure_has_not_are_refused(translator: AzureTranslator):
    for source, target in (("en", "tlh"), ("xx", "fr"), ("en", "en"), ("jv", "fr")):
        with pytest.raises(EngineFailed, match="does not translate"):
            await translator.open(source, target)
    routes = {(route.source, route.target) for route in translator.routes()}
    assert {("en", "fr"), ("en-GB", "zh-TW"), ("zh-CN", "zh-TW"), ("pt-BR", "pt-PT"), ("de", "eu")} <= routes
    assert not {("en-GB", "en"), ("fr", "fr-CA"), ("jv", "en")} & routes
    assert {route.quality for route in translator.routes()} == {"good"}
    assert translator.routes() is translator.routes()


# -- loading


async def test_what_is_not_configured_is_said():
    for load_engine in (load, load_recognizer):
        with pytest.raises(NotConfigured, match="SPEECH_KEY"):
            await load_engine("", {})
        with pytest.raises(NotConfigured, match="SPEECH_REGION"):
            await load_engine("", {"SPEECH_KEY": "k"})


async def test_a_missing_sdk_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch, azure: AzureService):
    monkeypatch.setitem(sys.modules, "azure.cognitiveservices.speech", None)
    monkeypatch.setitem(sys.modules, "httpx", None)
    for load_engine in (load, load_recognizer):
        with pytest.raises(ModelMissing, match=re.escape("pip install 'dragoman[azure]'")):
            await load_engine("", azure.settings())


def test_a_missing_library_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch):
    def broken(_: str) -> None:
        raise OSError("libasound.so.2: cannot open shared object file")

    monkeypatch.setattr(sdk, "import_module", broken)
    with pytest.raises(ModelMissing, match="libasound2"):
        sdk.speech()


def test_nothing_of_azure_is_imported_without_being_chosen():
    program = (
        "import sys, dragoman.app, dragoman.engines.registry as r; r.names('recognizer');"
        "print([m for m in sys.modules if m.startswith(('azure', 'dragoman.engines.azure', 'httpx'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_every_refusal_is_a_sentence_without_the_services_words(status: int):
    failure = refusals.refused("translator", status, "the talk and the key")
    assert str(failure).endswith(".")
    assert "the talk" not in str(failure)


@pytest.mark.parametrize(
    ("code", "detail", "said", "lasting"),
    [
        ("AuthenticationFailure", "error (401)", "(401)", True),
        ("AuthenticationFailure", "error (403)", "(403)", True),
        ("Forbidden", "", "(403)", True),
        ("TooManyRequests", "(429)", "429", False),
        ("BadRequest", "Error code: 1007. Error details: Quota exceeded", "quota", True),
        ("ConnectionFailure", "Error code: 4429", "quota", True),
        ("ConnectionFailure", "wss://secret", "cannot be reached", False),
        ("ServiceTimeout", "", "in time", False),
        ("RuntimeError", "what was said", "RuntimeError", False),
    ],
)
def test_what_the_sdk_cancels_is_a_sentence(code: str, detail: str, said: str, lasting: bool):
    failure = refusals.cancelled("speech recognition", code, detail)
    assert said in str(failure)
    assert failure.lasting == lasting
    assert "secret" not in str(failure)
