"""A speaker with a microphone, listeners in two languages: the whole way, on real speech."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from dragoman.speech import FLOOR_RATE
from hosts import interpreted, transcript
from media import (
    NO_SOUND,
    SPEECH,
    alike,
    follow,
    heard,
    listen,
    media_peers,
    peers,
    pictures_per_second,
    playing,
    watch,
)
from served import Server, serving
from speech_data import recording, silence, word_errors
from visitors import Visitor, Visitors, visitors, write_wav

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAME = "<img src=x onerror=alert(1)> & <b>cities</b>"


async def create(speaker: Visitor, name: str) -> str:
    """Make a session into Spanish and French on the speaker's page; its code."""
    await speaker.see("#setup-form")
    await speaker.page.fill("#session-name", name)
    for tag in ("es", "fr"):
        await speaker.page.check(f"#target-languages input[value={tag}]")
    await speaker.page.click("#create")
    await speaker.see("#desk")
    return await speaker.text("#code")


async def on_air(speaker: Visitor) -> None:
    await speaker.see('#state[data-phase="on"]')


STANDING = "document.querySelectorAll('#captions > .caption:not(.growing)').length"


async def finals(listener: Visitor, count: int) -> None:
    """Wait until this many captions stand."""
    await listener.until(f"count => {STANDING} >= count", count, 40)


async def seated(crowd: Visitors, link: str) -> tuple[Visitor, Visitor]:
    """A phone whose browser speaks Spanish, and somebody with a link to French."""
    ana = await crowd.visit(link, width=360, locale="es-MX")
    luc = await crowd.visit(f"{link}?language=fr")
    for listener in (ana, luc):
        await listener.see('#connection[data-state="connected"]')
        await listener.told("#state", "state.notBegun")
    return ana, luc


async def test_a_talk_from_the_microphone_to_listeners_in_two_languages(server: Server, tmp_path: Path) -> None:
    microphone = write_wav(tmp_path / "talk.wav", [recording("two_cities").samples])
    async with visitors(microphone) as crowd:
        speaker = await crowd.visit(f"{server.url}/speaker")
        code = await create(speaker, NAME)
        link = await speaker.text("#link")
        assert link == f"{server.url}/listener/{code}"
        ana, luc = await seated(crowd, link)
        await audience_is_counted(speaker)
        await everybody_watches(ana, luc)
        await speaker.page.click("#toggle")
        await on_air(speaker)
        await level_is_measured(speaker)
        await words_grow(speaker)
        for listener in (ana, luc):
            await finals(listener, 1)
            await listener.see("#line > .spoken")
            await listener.there("#captions > .spoken")
        # Recogniser, voices, studio, three pages and their decoders share what may be two busy cores.
        await pictures_move((ana, luc), at_least=4)
        await ana.picture("listener-live")
        await speaker.read('#listeners [data-language="es"] .behind', "s behind")
        await speaker.picture("speaker-live")
        await the_voice_follows_the_language(ana, luc)

        await speaker.page.reload()
        await on_air(speaker)
        await luc.page.reload()
        await finals(luc, 3)
        await finals(ana, 3)

        await speaker.page.click("#toggle")
        await speaker.read("#state", "Paused")
        for listener in (ana, luc):
            await listener.told("#state", "state.paused")
        await speech_where_it_is_marked(ana)
        await nothing_lost_or_doubled(server, code, speaker, ana, luc)
        await captions_only_and_back(server, ana)
        await markup_stays_text(speaker, ana, luc)
        await session_ends(speaker, ana, luc)


async def everybody_watches(ana: Visitor, luc: Visitor) -> None:
    """One press of a button; what it is that speaks is said before and after it."""
    for listener in (ana, luc):
        assert await peers(listener) == []
        await discloses(listener)
    await ana.picture("listener-before")
    for listener in (ana, luc):
        await watch(listener)
        await listen(listener)
        await discloses(listener)
    await pictures_move((ana, luc), at_least=15)
    await ana.accessible()


async def discloses(listener: Visitor) -> None:
    sign = listener.page.locator(".disclosure")
    assert await sign.is_visible()
    assert await sign.get_attribute("data-words") == "disclosure"
    assert await sign.text_content()


async def pictures_move(listeners: Sequence[Visitor], *, at_least: float) -> None:
    """25 pictures a second are made; the studio leaves some out where the machine is busy, and sound never."""
    rates = await asyncio.gather(*map(pictures_per_second, listeners))
    assert all(at_least < rate < 30 for rate in rates), rates


async def the_voice_follows_the_language(ana: Visitor, luc: Visitor) -> None:
    """Within 3 s after a change of language two listeners hear the same, by the peer that was there already."""
    before = time.time()
    await luc.page.select_option("#language", "es")
    changed = time.time()
    await luc.see('#line > .spoken[lang="es"]', 10)
    await luc.until("until => window.heard.at(-1)[0] > until", changed + 9)
    spanish, once_french = await heard(ana), await heard(luc)
    apart = alike(spanish.between(before - 5, before), once_french.between(before - 5, before))
    same = alike(spanish.between(changed + 3, changed + 9), once_french.between(changed + 3, changed + 9))
    assert same > max(0.7, apart), (same, apart)
    assert await peers(luc) == ["connected"]
    await luc.page.select_option("#language", "fr")


async def speech_where_it_is_marked(listener: Visitor) -> None:
    """While a clause is marked there is speech; when none is there is silence."""
    await listener.until("() => window.heard.slice(-75).every(([, , spoken]) => spoken === 0)", seconds=60)
    sound = await heard(listener)
    marked, unmarked = sound.well_inside(marked=True), sound.well_inside(marked=False)
    assert min(len(marked), len(unmarked)) > 25
    assert np.median(marked) > SPEECH
    # Between words the voice pauses, too.
    assert np.mean(marked > SPEECH) > 0.5
    assert np.quantile(unmarked, 0.95) < SPEECH / 3


async def captions_only_and_back(server: Server, listener: Visitor) -> None:
    """The choice closes the peer; the captions stay. It can be undone, and after a reload it is there again."""
    assert await media_peers(server) > 0
    await follow(listener, "captions")
    await listener.see('#talk[data-mode="captions"]')
    await listener.see("#history")
    assert await peers(listener) == ["closed"]
    async with asyncio.timeout(20):
        # The other page was reloaded, and reads.
        while await media_peers(server) > 0:
            await asyncio.sleep(0.1)
    assert await listener.page.locator(".spoken").count() == 0
    assert await listener.captions()
    await listener.page.evaluate(NO_SOUND)
    await watch(listener)
    assert await peers(listener) == ["closed", "connected"]
    await listener.see("#hear")
    await listener.picture("listener-unheard")
    await listener.page.evaluate("() => { HTMLMediaElement.prototype.play = window.play; }")
    await listener.page.click("#hear")
    await listener.until(
        "() => { const { muted, paused } = document.querySelector('#video'); return !muted && !paused }"
    )
    assert await listener.page.locator("#hear").is_hidden()
    count = len(await listener.captions())
    await listener.page.reload()
    await finals(listener, count)
    await listener.picture("listener-paused")
    await watch(listener)


async def audience_is_counted(speaker: Visitor) -> None:
    await speaker.read("#listener-count", "2")
    for tag, count in (("es", 1), ("fr", 1), ("en", 0)):
        await speaker.see(f'#listeners [data-language="{tag}"][data-count="{count}"]')


async def level_is_measured(speaker: Visitor) -> None:
    """The meter follows the samples: speech is neither silence nor full scale, and it moves."""
    seen = "document.querySelector('#meter-bar').style.transform"
    await speaker.until(f"() => {{ const at = parseFloat({seen}.slice(7)); return at > 0.3 && at < 1; }}")
    before = await speaker.page.evaluate(seen)
    await speaker.until(f"before => {seen} !== before", before)


async def words_grow(speaker: Visitor) -> None:
    """Words are there before the sentence is over, first as what may still change."""
    await speaker.see("#passages .heard .tail")
    # Where the clause ends depends on when which words were sure.
    await speaker.read("#passages", "the best")
    await speaker.see('#passages .growing [data-language="es"]')


async def nothing_lost_or_doubled(server: Server, code: str, speaker: Visitor, ana: Visitor, luc: Visitor) -> None:
    """Every page has every segment once, in order, and its text is Apertium's translation of what was recognised."""
    said = await transcript(server.url, code)
    for listener, language in ((ana, "es"), (luc, "fr")):
        await listener.until(f"count => {STANDING} === count", len(said))
        assert await listener.captions(final=False) == await interpreted(server.url, said, language)
    assert [one["segmentId"] for one in said] == list(range(1, len(said) + 1))
    assert "best of times" in " ".join(one["sourceText"] for one in said).lower()
    for listener, words in ((ana, ("mejor", "tiempo", "peor", "edad")), (luc, ("meilleur", "temps", "pire", "âge"))):
        text = (await listener.text("#captions")).lower()
        assert all(word in text for word in words), text
    assert await speaker.passages() == [
        {
            "id": one["segmentId"],
            "growing": False,
            "heard": one["sourceText"],
            "lines": one["translations"],
        }
        for one in said
    ]


async def markup_stays_text(*pages: Visitor) -> None:
    for visitor in pages:
        assert await visitor.text("#name") == NAME
        assert await visitor.page.locator("#name > *").count() == 0


async def session_ends(speaker: Visitor, ana: Visitor, luc: Visitor) -> None:
    await speaker.page.click("#end")
    await speaker.see("#end-dialog")
    await speaker.picture("speaker-end")
    await speaker.page.click("#end-yes")
    await speaker.read("#over", "The session has ended")
    for listener in (ana, luc):
        await listener.told("#door-title", "door.over")
        await listener.see("#transcripts a")
    assert await peers(ana) == ["closed"]
    assert await peers(speaker) == [], "a speaker's page plays nothing"
    await ana.page.reload()
    await ana.told("#door-title", "door.over")
    for visitor, name in ((speaker, "speaker-over"), (luc, "listener-over")):
        await visitor.picture(name)
        await visitor.accessible()
    async with luc.page.expect_download() as waiting:
        await luc.page.click('#transcripts a[href*="language=fr"][href*="format=vtt"]')
    saved = (await (await waiting.value).path()).read_text(encoding="utf-8")
    assert saved.startswith("WEBVTT")
    assert "meilleur" in saved


async def test_a_server_killed_in_mid_sentence_costs_no_words(tmp_path: Path) -> None:
    clips = [recording(name) for name in ("0870", "0920", "0930")]
    parts = [part for clip in clips for part in (clip.samples, silence(0.6))]
    async with visitors(write_wav(tmp_path / "talk.wav", parts)) as crowd:
        crowd.forgiven += ["ERR_CONNECTION", "WebSocket connection"]
        with serving(tmp_path) as server:
            speaker = await crowd.visit(f"{server.url}/speaker")
            code = await create(speaker, "Cut in two")
            ana = await crowd.visit(f"{server.url}/listener/{code}?language=es")
            await ana.see('#connection[data-state="connected"]')
            await watch(ana)
            await listen(ana)
            await speaker.page.click("#toggle")
            await on_air(speaker)
            began = time.monotonic()
            await finals(ana, 1)
            # Some way into the next sentence.
            await speaker.see("#passages .growing", 20)
            server.process.kill()
            await ana.see('#connection[data-state="lost"]')
            await speaker.read("#state", "is kept")
            await speaker.picture("speaker-cut")
            await ana.see('#stage[data-sign="interrupted"]')
            await ana.picture("listener-cut")
        with serving(tmp_path, "--port", server.url.rpartition(":")[2]) as again:
            await ana.see('#connection[data-state="connected"]', 30)
            await speaker.read("#state", "On air", 30)
            await comes_back_by_itself(ana)
            await asyncio.sleep(max(0, began + sum(map(len, parts)) / FLOOR_RATE - time.monotonic()))
            said = await transcript(again.url, code)
            assert await ana.captions() == await interpreted(again.url, said, "es")
            heard = " ".join(one["sourceText"] for one in said)
            wrong, words = word_errors(" ".join(clip.text for clip in clips), heard)
            assert wrong / words < 0.15, heard


async def comes_back_by_itself(listener: Visitor) -> None:
    """Nobody has pressed anything: the picture moves and the avatar speaks, on a peer of the new server's."""
    await playing(listener, 30)
    returned = time.time()
    assert (await peers(listener))[0] == "closed"
    assert (await peers(listener))[-1] == "connected"
    await pictures_move((listener,), at_least=4)
    await listener.there("#captions > .spoken", 30)
    spoken = "one => one[0] > returned && one[2] > 0 && one[1] > loud"
    await listener.until(f"([returned, loud]) => window.heard.some({spoken})", [returned, SPEECH], 30)
