"""The microphone that the speaker's page shows is the one that is heard."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from desk_states import rooms, seated
from visitors import Visitor, Visitors

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_DEVICES = """
    window.devices = { present: ["built-in", "desk"], named: false, heard: "" };
    navigator.mediaDevices.enumerateDevices = async () => {
        const { present, named } = window.devices;
        const ids = named ? present : [""];
        return ids.map(id => ({ kind: "audioinput", deviceId: id, label: id }));
    };
    const give = navigator.mediaDevices.getUserMedia;
    navigator.mediaDevices.getUserMedia = async wanted => {
        const { exact, ideal } = wanted.audio.deviceId ?? {};
        const { present } = window.devices;
        if (exact && !present.includes(exact)) throw new DOMException("gone", "OverconstrainedError");
        const stream = await give({ audio: true });
        const [track] = stream.getAudioTracks();
        const deviceId = exact ?? (present.includes(ideal) ? ideal : present[0]);
        track.getSettings = () => ({ sampleRate: 48000, deviceId });
        Object.assign(window.devices, { named: true, heard: deviceId, track });
        return stream;
    };
    if (!localStorage.getItem("dragoman.microphone")) localStorage.setItem("dragoman.microphone", "desk");
"""
"""Two microphones, of which the second is remembered; they are named once one has been allowed."""
_PLUGGED = """present => {
    window.devices.present = present;
    navigator.mediaDevices.ondevicechange();
}"""


async def hears(speaker: Visitor, device: str, shown: str) -> None:
    await speaker.until("device => window.devices.heard === device", device, 5)
    await expect(speaker.page.locator("#device")).to_have_value(shown)


async def test_the_microphone_that_is_shown_is_the_one_that_is_heard(tmp_path: Path, crowd: Visitors) -> None:
    async with rooms(tmp_path, crowd) as here:
        speaker = await seated(here, "en-US", _DEVICES)
        page = speaker.page
        await expect(page.locator("#device")).to_have_value("")
        await page.click("#check-toggle")
        await speaker.told("#check-state", "speaker.check.speak")
        await hears(speaker, "desk", "desk")
        await page.select_option("#device", "built-in")
        await hears(speaker, "built-in", "built-in")
        await speaker.until("() => window.microphone.open === 1")
        await page.select_option("#device", "desk")
        await hears(speaker, "desk", "desk")
        await page.click("#check-toggle")
        await speaker.until("() => window.microphone.open === 0")

        await page.click("#toggle")
        await speaker.see('#state[data-phase="on"]')
        await hears(speaker, "desk", "desk")
        await page.evaluate(_PLUGGED, ["built-in"])
        await page.evaluate("() => { window.devices.track.dispatchEvent(new Event('ended')); }")
        await speaker.told("#problem", "microphone.replaced")
        await hears(speaker, "built-in", "")
        await page.evaluate(_PLUGGED, ["built-in", "desk"])
        await speaker.until("() => document.querySelector('#device').length === 3")
        await hears(speaker, "built-in", "")
        await page.click("#toggle")
        await speaker.told("#state", "speaker.state.paused")
        await expect(page.locator("#device")).to_have_value("desk")
        await page.click("#toggle")
        await speaker.see('#state[data-phase="on"]')
        await hears(speaker, "desk", "desk")
