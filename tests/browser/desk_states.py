"""Every state of the speaker's page, one after the other, for whoever looks at it or measures it.

The server and the page are real. The engines read out a talk (desk_engines.py), and the microphone is one that can be
told what to be: the browser's own, with its sound and its properties replaced.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page, Route

from desk_engines import Reader, pool
from dragoman.errors import EngineFailed
from dragoman.events import AvatarState, Event, Notice, PaceHint
from houses import House, house
from visitors import Visitor, Visitors

MICROPHONE = """
    window.microphone = { gain: 0, muted: false, rate: 48000, refused: false, asked: 0, given: 0, open: 0 };
    window.microphone.ask = () => {
        window.microphone.prompt = new Promise(answer => { window.microphone.answer = answer; });
    };
    if (sessionStorage.getItem("prompt")) window.microphone.ask();
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async wanted => {
        window.microphone.asked += 1;
        await window.microphone.prompt;
        const { gain, muted, rate, refused } = window.microphone;
        if (refused) throw new DOMException("refused", "NotAllowedError");
        const own = await open(wanted);
        const context = new AudioContext();
        const [tone, volume] = [context.createOscillator(), context.createGain()];
        const out = context.createMediaStreamDestination();
        volume.gain.value = gain;
        window.microphone.volume = volume.gain;
        tone.frequency.value = 220;
        tone.connect(volume).connect(out);
        tone.start();
        const [track] = out.stream.getAudioTracks();
        const stop = track.stop.bind(track);
        window.microphone.given += 1;
        window.microphone.open += 1;
        track.stop = () => {
            if (track.readyState === "live") window.microphone.open -= 1;
            stop();
            own.getTracks().forEach(one => one.stop());
            if (context.state !== "closed") void context.close();
        };
        Object.defineProperty(track, "muted", { get: () => muted });
        track.getSettings = () => ({ sampleRate: rate });
        return out.stream;
    };
"""
_LOUDSPEAKER = "() => new BroadcastChannel('dragoman.sound').postMessage(1)"
_GLOSSARY = "source,es,fr,keep,sounds\nDragoman,,,yes,drah go man\nbooth,cabina,cabine\nfloor,sala,salle\n"
_BAD = "source,es,fr,keep\nrelay,relé,relais\n,pausa,pause\nchannel,canal,canal,perhaps\n"
_PRICES = {
    "currency": "EUR",
    "engines": {"cloud": {"recognition": {"price": 0.01, "per": 1, "unit": "second"}}},
}
_LIMIT = 5


@dataclass(frozen=True)
class State:
    """The page is in this state now."""

    name: str
    visitor: Visitor
    whole: bool = True
    """it is as long as the page; else as large as the screen"""


States = AsyncIterator[State]


@dataclass
class Rooms:
    """A server with the talk's engines, and people in front of it."""

    house: House
    cloud: Reader
    crowd: Visitors

    async def visit(self, locale: str, script: str = "") -> Visitor:
        """Somebody opens the speaker's page. script: of this browser's own."""
        speaker = await self.crowd.visit(f"{self.house.url}/speaker", locale=locale, script=MICROPHONE + script)
        await speaker.see("#setup-form")
        return speaker

    async def tell(self, code: str, event: Event) -> None:
        """Something happens in a session that would take long to bring about: its host is told."""
        session = self.house.conference.running(code)
        assert session is not None
        await session.audience.tell_host(event)

    def spend(self, code: str, money: float) -> None:
        """The session costs so much more."""
        session = self.house.conference.running(code)
        assert session is not None
        session.company.meter.of("cloud")("recognition", money * 100)


@asynccontextmanager
async def rooms(directory: Path, crowd: Visitors) -> AsyncIterator[Rooms]:
    """A server with its data in this directory."""
    prices = directory / "prices.json"
    prices.write_text(json.dumps(_PRICES))
    engines, cloud = pool()
    async with house(directory, pool=engines, prices=prices, max_cost_per_session=_LIMIT) as here:
        before = len(crowd.everybody)
        try:
            yield Rooms(here, cloud, crowd)
        finally:
            # Whoever stayed would look for a server that is gone.
            for visitor in crowd.everybody[before:]:
                await visitor.page.context.close()


# -- before the talk


async def setting_up(here: Rooms, locale: str) -> States:
    """The set-up, from empty to filled, with mistakes."""
    speaker = await here.visit(locale)
    page = speaker.page
    yield State("setup", speaker)
    await page.click("#create")
    await speaker.see("#targets-problem")
    yield State("mistakes", speaker)
    await filled(page)
    yield State("filled", speaker)
    await page.hover("#avatars label:last-child")
    await page.check("#avatars label:last-child input")
    yield State("presenters", speaker, whole=False)
    for summary in ("#voices-box", "#access", "#looks"):
        await page.click(f"{summary} summary")
    await page.fill("#session-passcode", "ñandú")
    await page.click("#create")
    await speaker.see("#passcode-problem")
    yield State("advanced", speaker)
    for summary in ("#voices-box", "#access", "#looks"):
        await page.click(f"{summary} summary")
    await page.click("#setup-terms summary")
    yield State("terms-empty", speaker)
    await give_terms(speaker, _GLOSSARY)
    yield State("terms", speaker)
    await give_terms(speaker, _BAD)
    await page.click("#create")
    await speaker.see("#setup-terms .row-problem")
    yield State("terms-bad", speaker)


async def filled(page: Page) -> None:
    """What one fills in before a session."""
    await page.fill("#session-name", "Annual meeting")
    for tag in ("es", "fr", "ar"):
        await page.check(f"#target-languages input[value={tag}]")


async def give_terms(speaker: Visitor, table: str) -> None:
    """A file of terms."""
    given = {"name": "terms.csv", "mimeType": "text/csv", "buffer": table.encode()}
    before = await speaker.page.locator("#setup-terms tbody tr").count()
    await speaker.page.set_input_files("#setup-terms input[type=file]", [given])
    await speaker.until("count => document.querySelectorAll('#setup-terms tbody tr').length > count", before)


async def seated(here: Rooms, locale: str, script: str = "") -> Visitor:
    """Somebody who has made a session and not begun. script: of this browser's own."""
    speaker = await here.visit(locale, script)
    await filled(speaker.page)
    await speaker.page.click("#create")
    await speaker.see('#connection[data-state="connected"]')
    await speaker.see("#check-toggle")
    return speaker


async def checking(here: Rooms, locale: str) -> States:
    """The microphone before the talk: well, and everything that can be wrong with it."""
    speaker = await seated(here, locale)
    page = speaker.page
    yield State("ready", speaker)
    await microphone(page, refused=True)
    await page.click("#check-toggle")
    await speaker.told("#check-problem", "microphone.notAllowed")
    yield State("check-refused", speaker)
    for name, what, note in (
        ("silent", {"gain": 0}, "level.silent"),
        ("clipping", {"gain": 3}, "level.loud"),
        ("muted", {"gain": 0, "muted": True}, "level.muted"),
        ("telephone", {"gain": 0.1, "rate": 8000}, "level.lowRate"),
    ):
        await microphone(page, **what)
        await page.click("#check-toggle")
        await speaker.see(f'.warning[data-words="{note}"]')
        yield State(f"check-{name}", speaker)
        await page.click("#check-toggle")
        await speaker.see("#check-toggle:enabled")
    await microphone(page, gain=0.1)
    await page.click("#check-toggle")
    await speaker.read("#check-heard", "morning")
    yield State("check", speaker)
    await page.evaluate(_LOUDSPEAKER)
    await speaker.told("#device-note", "level.loudspeaker")
    yield State("check-loudspeaker", speaker)
    await page.click("#check-toggle")
    await speaker.told("#check-state", "speaker.check.done")


async def microphone(
    page: Page, *, gain: float = 0, muted: bool = False, rate: int = 48000, refused: bool = False
) -> None:
    """What the microphone is when it is opened next. gain: 0 is silence, 1 full scale."""
    await page.evaluate(
        "how => Object.assign(window.microphone, how)", {"gain": gain, "muted": muted, "rate": rate, "refused": refused}
    )


async def loudness(page: Page, gain: float) -> None:
    """The open microphone hears this from now on."""
    await page.evaluate("gain => { window.microphone.volume.value = gain; }", gain)


# -- the talk


async def talking(here: Rooms, locale: str) -> States:
    """The talk, as it goes well."""
    speaker = await seated(here, locale)
    page = speaker.page
    await microphone(page)
    await page.click("#toggle")
    await speaker.see('#state[data-phase="on"]')
    yield State("live-idle", speaker, whole=False)
    await loudness(page, 0.1)
    await speaker.see("#passages > :nth-child(3).growing .tail", 40)
    await loudness(page, 0)
    code = await speaker.text("#code")
    for tag, lag in (("es", 2400), ("fr", 3100)):
        await here.tell(code, AvatarState(tag, 1, True, lag))
    await speaker.see("#listeners .behind:not([hidden])")
    yield State("live", speaker, whole=False)
    yield State("live-long", speaker)
    for value, name in (("es", "one-language"), ("", "only-said")):
        await page.select_option("#shown", value)
        yield State(f"live-{name}", speaker, whole=False)
    await page.select_option("#shown", "*")
    await page.click("#mute")
    yield State("muted", speaker, whole=False)
    await page.click("#mute")
    async for state in typing(speaker):
        yield state
    async for state in pushing(speaker):
        yield state
    async for state in dialogs(speaker):
        yield state
    await page.click("#toggle")
    await speaker.told("#state", "speaker.state.paused")
    yield State("paused", speaker)
    async for state in afterwards(here, speaker):
        yield state


async def typing(speaker: Visitor) -> States:
    """Typing instead of speaking; taking back and putting right."""
    page = speaker.page
    await page.fill("#typed", "Please find your seats.")
    yield State("type", speaker, whole=False)
    await page.click("#type-send")
    await speaker.see(".typed .mark")
    await page.locator(".passage:not(.growing)").last.hover()
    yield State("retract", speaker, whole=False)
    await page.locator(".passage .correct").first.click()
    await speaker.see("#correct-dialog")
    yield State("correct", speaker, whole=False)
    await page.click("#correct-no")


async def pushing(speaker: Visitor) -> States:
    """Push to talk."""
    page = speaker.page
    await page.click("#microphone-settings summary")
    await page.check("#push-to-talk")
    await speaker.see("#talk-key")
    yield State("push-to-talk", speaker, whole=False)
    await page.uncheck("#push-to-talk")
    await page.click("#microphone-settings summary")


async def dialogs(speaker: Visitor) -> States:
    """What is shown large."""
    page = speaker.page
    for opened, closed, name in (
        ("#help", "#help-close", "help"),
        ("#project", "#project-close", "project"),
        ("#end", "#end-no", "end"),
    ):
        await page.click(opened)
        await speaker.see(closed)
        yield State(name, speaker, whole=False)
        await page.click(closed)


async def afterwards(here: Rooms, speaker: Visitor) -> States:
    """After the end: the transcript, a film on its way though the network was away, everything deleted."""
    page = speaker.page
    here.crowd.forgiven.append("ERR_INTERNET_DISCONNECTED")
    await page.click("#end")
    await page.click("#end-yes")
    await speaker.see("#whole td")
    yield State("over", speaker)
    await page.click("#delete")
    yield State("delete", speaker, whole=False)
    await page.click("#delete-no")
    await page.route("**/api/getFilm/*", _half_way)
    await page.route("**/api/getFilm/*", _cut, times=1)
    await page.click(".film button")
    await speaker.until("() => document.querySelector('.film progress')?.value > 0")
    yield State("film", speaker)
    # Films are made by a process of its own, which knows nothing of these engines.
    await page.unroute("**/api/getFilm/*")
    await speaker.told("#over-problem", "speaker.film.failed", 60)
    yield State("film-failed", speaker)
    await page.click("#delete")
    await page.click("#delete-yes")
    await speaker.told("#hall-sentence", "speaker.deleted")
    yield State("deleted", speaker)


async def _cut(route: Route) -> None:
    await route.abort("internetdisconnected")


async def _half_way(route: Route) -> None:
    await route.fulfill(json={"state": "working", "share": 0.4})


async def troubled(here: Rooms, locale: str) -> States:
    """The talk, with all that can go wrong."""
    speaker = await seated(here, locale)
    page, code = speaker.page, await speaker.text("#code")
    await microphone(page, gain=0.1)
    await page.click("#toggle")
    await speaker.see("#passages > :nth-child(2)", 40)
    await here.tell(code, PaceHint("fr", 9400, True))
    await speaker.told("#slow-down-plea", "speaker.slowDown")
    yield State("slow-down", speaker, whole=False)
    await here.tell(code, PaceHint("fr", 2000, False))
    here.cloud.broken = EngineFailed("401", lasting=True)
    await speaker.see("#engine-note .job-note")
    yield State("engine-replaced", speaker, whole=False)
    await page.reload()
    await speaker.see("#engine-note .job-note")
    yield State("engine-replaced-reloaded", speaker, whole=False)
    here.cloud.broken = None
    here.spend(code, 0.85 * _LIMIT)
    await speaker.told("#cost-limit", "speaker.cost.near")
    yield State("cost-near", speaker, whole=False)
    await here.tell(code, Notice("The server cannot save the talk now.", "unavailable", "journalFails"))
    await speaker.told("#notice", "speaker.notice.journalFails")
    yield State("notice", speaker, whole=False)
    here.crowd.forgiven += ["ERR_INTERNET_DISCONNECTED", "WebSocket connection"]
    await page.context.set_offline(True)
    await speaker.see('#connection[data-state="lost"]', 30)
    yield State("lost", speaker, whole=False)
    await page.context.set_offline(False)
    await speaker.see('#connection[data-state="connected"]', 30)
    other = await speaker.another()
    await other.see('#connection[data-state="connected"]')
    await speaker.told("#hall-sentence", "speaker.anotherPage")
    yield State("second-tab", speaker)
    await other.page.close()


Tour = Callable[[Rooms, str], States]
TOURS: tuple[Tour, ...] = (setting_up, checking, talking, troubled)
"""Each brings a page of its own through some of the states."""
