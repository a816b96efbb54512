"""Engines, candidates and cost over HTTP and Socket.IO: what is asked, shown and refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from dragoman.app import engines
from dragoman.engines import registry
from dragoman.engines.pool import Pool
from dragoman.engines.protocols import Route
from dragoman.errors import EngineFailed
from dragoman.settings import SettingsError, read
from houses import House, house, until
from scripted import ScriptedFace, ScriptedRecognizer, ScriptedTranslator, ScriptedVoice, speech

PRICES = {
    "currency": "EUR",
    "engines": {
        "cloud": {
            kind: {"price": 0.01, "per": 1, "unit": "second"} for kind in ("recognition", "speechTranslation", "voice")
        }
    },
}


def pool() -> Pool:
    routes = [
        Route(source, target, "good") for source in ("en", "de") for target in ("es", "fr", "en") if source != target
    ]
    return Pool(
        {
            "cloud": ScriptedRecognizer(
                name="cloud", letter="c", languages=("en", "de"), translates=("es", "fr"), most_candidates=2
            ),
            "home": ScriptedRecognizer(name="home"),
        },
        {"cloud": ScriptedTranslator("cloud", "cloud:", routes), "home": ScriptedTranslator("home")},
        {"cloud": ScriptedVoice("cloud", "cloud-"), "home": ScriptedVoice("home")},
        {"scripted": ScriptedFace()},
    )


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[House]:
    (tmp_path / "prices.json").write_text(json.dumps(PRICES))
    async with house(tmp_path, pool=pool(), prices=tmp_path / "prices.json", max_cost_per_session=100) as opened:
        yield opened


def refused(answer: httpx.Response, status: int, words: str) -> None:
    assert answer.status_code == status, answer.text
    assert words in answer.json()["error"]


async def test_the_languages_are_those_of_all_engines_together(served: House) -> None:
    answer = (await served.http.get("/api/getLanguages")).json()
    assert [(one["tag"], one["engine"]) for one in answer["sourceLanguages"]] == [("en", "cloud"), ("de", "cloud")]
    found = {one["tag"]: (one["engine"], one["quality"], one.get("relay")) for one in answer["targetLanguages"]}
    assert found == {
        "es": ("cloud", "good", None),
        "fr": ("cloud", "good", None),
        "en": ("cloud", "good", None),
        "ca": ("home", "gist", None),
    }
    assert answer["engines"]["recognizer"] == ["cloud", "home"]
    assert answer["mostCandidates"] == 2


async def test_the_host_chooses_engines_at_the_beginning_and_later(served: House) -> None:
    host = str(uuid4())
    code = await served.started(host, engines={"voice": "home"})
    assert (await served.http.get(f"/api/getSession/{code}")).json()["engines"] == {
        "recognizer": "cloud",
        "translator": "cloud",
        "voice": "home",
        "face": "scripted",
    }
    page = await served.socket()
    page.client = host
    await page.join(code)
    answer = await served.post("updateSession", {"sessionId": code, "engines": {"recognizer": "home"}}, host)
    assert answer.json()["engines"]["recognizer"] == "home"
    await until(lambda: page.of("engineState") != [])
    assert page.of("engineState") == [
        {"sessionId": code, "job": "recognizer", "engine": "home", "reason": "", "cause": "chosen"}
    ]
    other = await served.post("updateSession", {"sessionId": code, "engines": {"voice": "cloud"}}, str(uuid4()))
    refused(other, 403, "host")


async def test_what_cannot_be_chosen_is_refused_with_what_can(served: House) -> None:
    host = str(uuid4())
    body = {"sessionName": "A", "sourceLanguage": "en", "targetLanguages": ["es"]}
    everything = "recognizer:cloud+home, translator:cloud+home, voice:cloud+home, face:scripted"
    refused(await served.post("createSession", {**body, "engines": {"voice": "azure"}}, host), 422, everything)
    refused(await served.post("createSession", {**body, "engines": {"tea": "home"}}, host), 422, everything)
    home = {"engines": {"recognizer": "home"}}
    refused(await served.post("createSession", {**body, **home, "sourceLanguage": "de"}, host), 422, "hears en only")
    code = await served.create(host)
    refused(await served.post("updateSession", {"sessionId": code, "engines": {"face": "none"}}, host), 422, everything)
    refused(await served.post("updateSession", {"sessionId": code, "engines": ["home"]}, host), 400, "engines")


async def test_the_spoken_language_is_identified_among_candidates(served: House) -> None:
    host = str(uuid4())
    body = {"sourceLanguage": "auto", "sourceLanguages": ["en", "de"], "targetLanguages": ["es"]}
    code = await served.started(host, **body)
    info = (await served.http.get(f"/api/getSession/{code}")).json()
    assert (info["sourceLanguage"], info["sourceLanguages"]) == ("auto", ["en", "de"])
    page = await served.socket()
    page.client = host
    await page.join(code)
    audio = speech(1, 0, 101, 0).astype("<i2").tobytes()
    await page.call("audioData", {"sessionId": code, "clientId": host, "audio": audio})
    await until(lambda: len([one for one in page.of("translationResult") if one["targetLanguage"] == "es"]) == 2)
    floor = [one for one in page.of("translationResult") if one["targetLanguage"] != "es"]
    assert [(one["sourceLanguage"], one["targetLanguage"]) for one in floor] == [("en", "en"), ("de", "de")]
    transcript = (await served.http.get(f"/api/getTranscript/{code}", params={"format": "json"})).json()
    assert [one["sourceLanguage"] for one in transcript] == ["en", "de"]


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"sourceLanguages": ["en"]}, 400, "two languages or more"),
        ({}, 400, "two languages or more"),
        ({"sourceLanguages": ["en", "en-GB"]}, 400, "two languages or more"),
        ({"sourceLanguages": ["en", "fr"]}, 422, "hears en, de only"),
        ({"sourceLanguages": ["en", "de"], "targetLanguages": ["ca"]}, 422, "no translation from de"),
        ({"sourceLanguages": ["en", "de"], "engines": {"recognizer": "home"}}, 422, "hears en only"),
        ({"sourceLanguages": "en,de"}, 400, "sourceLanguages"),
        ({"sourceLanguage": "en", "sourceLanguages": ["en", "de"]}, 400, "one or the other"),
        ({"sourceLanguage": "Auto!"}, 400, "sourceLanguage"),
    ],
)
async def test_candidates_that_cannot_be_are_refused(
    served: House, change: dict[str, Any], status: int, words: str
) -> None:
    body = {"sessionName": "A", "sourceLanguage": "auto", "targetLanguages": ["es"], **change}
    refused(await served.post("createSession", body, str(uuid4())), status, words)


async def test_a_server_whose_recogniser_cannot_identify_languages_says_so(tmp_path: Path) -> None:
    async with house(tmp_path) as plain:
        plain.recognizer.languages = ("en", "de")
        plain.translator._routes = [Route("en", "es", "gist"), Route("de", "es", "gist")]
        body = {
            "sessionName": "A",
            "sourceLanguage": "auto",
            "sourceLanguages": ["en", "de"],
            "targetLanguages": ["es"],
        }
        refused(await plain.post("createSession", body, str(uuid4())), 422, "cannot identify the language spoken")


async def test_the_cost_is_the_hosts_affair_and_stands_in_the_metrics(served: House) -> None:
    host, guest = str(uuid4()), await served.socket()
    code = await served.started(host)
    page = await served.socket()
    page.client = host
    await page.join(code)
    shown = await guest.join(code, language="es")
    assert "cost" not in shown["sessionInfo"]
    audio = speech(1, 2, 0).astype("<i2").tobytes()
    await page.call("audioData", {"sessionId": code, "clientId": host, "audio": audio})
    await until(lambda: page.of("costUpdated") != [])
    cost = page.of("costUpdated")[0]
    assert (cost["currency"], cost["limit"]) == ("EUR", 100)
    assert cost["items"][0]["kind"] == "speechTranslation"
    assert cost["amount"] > 0
    assert guest.of("costUpdated") == []
    again = await page.join(code)
    assert again["sessionInfo"]["cost"]["amount"] == pytest.approx(0.003)
    assert "cost" not in (await served.http.get(f"/api/getSession/{code}")).json()
    metrics = (await served.http.get("/metrics")).text
    assert 'dragoman_cost_total{engine="cloud",kind="speechTranslation"}' in metrics


async def test_an_engine_that_fails_is_told_to_the_host_and_counted(served: House) -> None:
    assert served.pool is not None
    cloud = served.pool.recognizers["cloud"]
    assert isinstance(cloud, ScriptedRecognizer)
    cloud.refuses = EngineFailed("401", lasting=True)
    host = str(uuid4())
    code = await served.started(host)
    page = await served.socket()
    page.client = host
    await page.join(code)
    audio = speech(1, 2, 0).astype("<i2").tobytes()
    await page.call("audioData", {"sessionId": code, "clientId": host, "audio": audio})
    await until(lambda: page.of("engineState") != [])
    state = page.of("engineState")[0]
    assert (state["engine"], state["reason"], state["cause"]) == ("home", "cloud does not answer.", "failed")
    await until(lambda: page.of("error") != [])
    assert page.of("error") == [
        {
            "message": "cloud does not answer; home recognises what is said until it does again.",
            "code": "unavailable",
            "notice": "engineReplaced",
            "values": {"job": "recognizer", "engine": "home", "before": "cloud"},
        }
    ]
    reloaded = await served.socket()
    reloaded.client = host
    await reloaded.join(code, since=0)
    assert reloaded.of("engineState") == [state]
    metrics = (await served.http.get("/metrics")).text
    assert 'dragoman_fallbacks_total{engine="cloud",job="recognizer"} 1.0' in metrics


# -- what is loaded


def test_without_an_account_nothing_of_azure_is_chosen_and_with_one_it_comes_first() -> None:
    assert set(registry.chosen({}, azure=False).values()) == {("embedded",)}
    assert set(registry.chosen({}, azure=True).values()) == {("azure", "embedded")}
    mixed = registry.chosen({"face": ("embedded",)}, azure=True)
    assert (mixed["face"], mixed["voice"]) == (("embedded",), ("azure", "embedded"))


async def test_an_engine_that_cannot_be_loaded_is_left_out_where_another_does_its_job(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    closed: list[str] = []

    class Loaded(ScriptedVoice):
        async def close(self) -> None:
            closed.append(self.name)

    async def load_one(job: str, engine: str, _settings: object) -> object:
        if engine == "azure":
            raise ImportError("there is no SDK")
        return Loaded(f"{job} {engine}")

    monkeypatch.setattr(registry, "load_one", load_one)
    settings = read(speech_key="a key", speech_region="nowhere", data_dir=tmp_path)
    async with engines(settings) as loaded:
        assert loaded.names() == dict.fromkeys(registry.JOBS, ("embedded",))
        assert {(one.job, one.engine, one.reason) for one in loaded.absent} == {
            (job, "azure", "there is no SDK") for job in registry.JOBS
        }
    assert len(closed) == 4
    with pytest.raises(ImportError):
        await registry.load_pool({**dict.fromkeys(registry.JOBS, ("embedded",)), "face": ("azure",)}, {})
    assert len(closed) == 7, "what was loaded is let go"


async def test_a_name_that_is_no_engine_stops_the_start() -> None:
    with pytest.raises(registry.UnknownEngine, match="there is no recognizer named azuer"):
        await registry.load_pool({"recognizer": ("azuer", "embedded")}, {})


async def test_a_server_says_which_engines_it_left_out(tmp_path: Path) -> None:
    from dataclasses import replace

    from dragoman.engines.pool import Absent

    async with house(tmp_path, pool=replace(pool(), absent=(Absent("voice", "azure", "secret"),))) as opened:
        answer = await opened.http.get("/readyz")
        assert answer.json() == {"status": "ready", "leftOut": [{"job": "voice", "engine": "azure"}]}


async def test_prices_that_cannot_be_used_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "wrong.json").write_text("{")
    with pytest.raises(SettingsError, match="PRICES"):
        async with house(tmp_path, prices=tmp_path / "wrong.json"):
            await asyncio.sleep(0)
