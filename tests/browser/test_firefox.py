"""The main flow in Debian's Firefox: a speaker with a microphone, a listener who reads and hears, to the end."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from firefox import firefox
from flow import create
from hosts import interpreted, transcript
from media import SPEECH
from onlookers import Onlooker, words
from served import Server
from speech_data import recording, silence, word_errors
from visitors import write_wav

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_CLIPS = ("0870", "0920")
_MICROPHONE = """() => {
    if (!navigator.mediaDevices) return; // the empty page before ours
    const recording = Uint8Array.from(atob("%s"), one => one.charCodeAt(0)).buffer;
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async how => {
        window.tone = await open(how);
        const context = new AudioContext();
        const talk = new AudioBufferSourceNode(context, { buffer: await context.decodeAudioData(recording.slice(0)) });
        const line = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
        talk.connect(line);
        talk.onended = () => (window.said = true);
        talk.start();
        return line.stream;
    };
}"""
"""Firefox has no fake device that plays a file, as Chromium has: this opens the one that it has, and then gives the
page the recording's stream in place of the tone's."""
_EAR = """() => {
    const video = document.querySelector("#video");
    const hearing = new AudioContext();
    const ear = new AnalyserNode(hearing, { fftSize: 2048 });
    const wave = new Float32Array(ear.fftSize);
    hearing.createMediaStreamSource(video.srcObject).connect(ear);
    window.loudest = 0;
    setInterval(() => {
        ear.getFloatTimeDomainData(wave);
        const energy = Math.sqrt(wave.reduce((sum, sample) => sum + sample * sample, 0) / wave.length);
        window.loudest = Math.max(window.loudest, energy);
    }, 40);
}"""
_WIRE = """() => {
    window.sent = 0;
    window.WebSocket = class extends WebSocket {
        send(data) {
            super.send(data);
            if (data instanceof ArrayBuffer) window.sent += data.byteLength / 2;
        }
    };
}"""


async def watch(listener: Onlooker) -> None:
    """Begin: with the picture where this Firefox has a decoder for it, else with the sound, as the page says."""
    pictured = await listener.ask(
        "() => RTCRtpReceiver.getCapabilities('video').codecs.some(({ mimeType }) => mimeType === 'video/H264')"
    )
    if not pictured:
        await listener.read("#limits", words("es")["listener.noPicture"])
    await listener.press("button", words("es")["listener.watch" if pictured else "mode.sound"])
    await listener.see('#stage[data-sign="playing"]')
    asked = await listener.ask("() => window.peers.at(-1).getTransceivers().map(one => one.receiver.track.kind)")
    assert sorted(asked) == (["audio", "video"] if pictured else ["audio"])
    if pictured:
        await listener.until("() => document.querySelector('#video').videoWidth > 0")
    await listener.ask(_EAR)


async def test_a_talk_from_the_microphone_to_a_listener_who_reads_and_hears(server: Server, tmp_path: Path) -> None:
    clips = [recording(name) for name in _CLIPS]
    wav = write_wav(tmp_path / "talk.wav", [part for clip in clips for part in (silence(0.6), clip.samples)])
    async with firefox() as browser:
        microphone = _MICROPHONE % base64.b64encode(wav.read_bytes()).decode()
        speaker = await browser.visit(f"{server.url}/speaker", script=microphone)
        code = await create(speaker, "Sense and sensibility", words("en"))
        listener = await browser.visit(f"{server.url}/listener/{code}?language=es")
        await watch(listener)

        await speaker.press("button", "Start")
        await speaker.see('#state[data-phase="on"]')
        assert await speaker.ask("() => window.tone.getAudioTracks()[0].readyState") == "live"
        await listener.standing(2)
        await listener.until("loud => window.loudest > loud", SPEECH)
        await speaker.until("() => window.said")
        await speaker.press("button", "Pause")
        await listener.read("#state", words("es")["state.paused"])

        said = await transcript(server.url, code)
        wrong, count = word_errors(" ".join(clip.text for clip in clips), " ".join(one["sourceText"] for one in said))
        assert wrong / count < 0.2, said
        standing = await interpreted(server.url, said, "es")
        await listener.standing(len(standing))
        assert await listener.captions() == standing

        await speaker.write("textbox", words("en")["speaker.type"], "The meeting begins at noon.")
        await speaker.press("button", words("en")["speaker.type.send"])
        await listener.read("#line", "mediodía")

        await speaker.press("button", "End session…")
        await speaker.press("button", "End it")
        await speaker.see("#over")
        await listener.see("#door")


async def test_the_microphone_itself_is_heard_and_sent(server: Server) -> None:
    async with firefox() as browser:
        speaker = await browser.visit(f"{server.url}/speaker", script=_WIRE)
        await create(speaker, "A tone", words("en"))
        await speaker.press("button", "Start")
        await speaker.see('#state[data-phase="on"]')
        await speaker.until("() => Number(document.querySelector('#meter').ariaValueNow) > -40")
        # Two seconds of it.
        await speaker.until("() => window.sent > 32000")
