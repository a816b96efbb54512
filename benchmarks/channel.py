"""What an avatar costs: its voice, face, encoders and the studio that drives them; and how fast films are made.

    python -m benchmarks.channel [--channels 1,4,8] [--seconds 15] [--json FILE]

Costs are CPU time of this process. The event loop's delay is how late a timer of 10 ms is, with the studio's thread
beside it and everything that it gives handed over to the loop.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import uvloop
from benchmarks.recordings import RATE, talk

from dragoman.channel import Batch, Channel
from dragoman.clock import MediaClock
from dragoman.encoding import SoundEncoder, VideoEncoder
from dragoman.engines import registry
from dragoman.engines.protocols import Engines, Look, Said
from dragoman.filming import Presenter
from dragoman.interpret import interpret
from dragoman.packets import FRAME_SAMPLES, PICTURE_SAMPLES, PICTURES_PER_SECOND, Packet, Picture, Rendition
from dragoman.speech import MEDIA_RATE, Utterance
from dragoman.studio import Studio

JOBS = ("recognizer", "translator", "voice", "face")
SENTENCE = "Señoras y señores, hoy hablamos de la historia de esta ciudad y de las personas que la han construido."
CHARACTER = "amara"
LANGUAGE = "es"
ROUNDS = 250
"""Pictures, or packets of sound, of which the costs are the mean."""


def milliseconds(work: Callable[[int], Any], rounds: int = ROUNDS) -> float:
    """CPU time of one of the rounds."""
    begun = time.process_time()
    for number in range(rounds):
        work(number)
    return (time.process_time() - begun) / rounds * 1000


async def costs(engines: Engines, utterance: Utterance) -> dict[str, Any]:
    """One picture and 20 ms of sound, step by step, while the presenter speaks."""
    face = await engines.face.open(Look(CHARACTER))
    video, sound = VideoEncoder(Rendition()), SoundEncoder()
    said, pictures, sent = (Said(utterance, 0),), list[Picture](), list[Packet]()
    silence = Utterance(utterance.pcm[:0], ())

    def draw(number: int) -> None:
        pictures.append(face.draw(number * PICTURE_SAMPLES, said).copy())

    def encode(number: int) -> None:
        sent.append(video.encode(pictures[number], number * PICTURE_SAMPLES))

    def hear(number: int) -> None:
        at = number * FRAME_SAMPLES % (len(utterance.pcm) - FRAME_SAMPLES)
        sent.append(sound.encode(utterance.pcm[at : at + FRAME_SAMPLES], at))

    drawing, encoding, hearing = milliseconds(draw), milliseconds(encode), milliseconds(hear)
    idle = VideoEncoder(Rendition())
    quiet = [face.draw((ROUNDS + number) * PICTURE_SAMPLES, (Said(silence, 0),)).copy() for number in range(ROUNDS)]
    resting = [idle.encode(picture, number * PICTURE_SAMPLES) for number, picture in enumerate(quiet)]

    def kilobits(packets: list[Packet], per_second: int) -> float:
        return sum(len(packet.data) for packet in packets) * 8 / len(packets) * per_second / 1000

    moving = [packet for packet in sent if packet.kind == "video"]
    heard = [packet for packet in sent if packet.kind == "audio"]
    return {
        "a picture drawn, ms": drawing,
        "a picture encoded, ms": encoding,
        "20 ms of sound encoded, ms": hearing,
        "picture while speaking, kbit/s": kilobits(moving, PICTURES_PER_SECOND),
        "picture while listening, kbit/s": kilobits(resting, PICTURES_PER_SECOND),
        "sound while speaking, kbit/s": kilobits(heard, MEDIA_RATE // FRAME_SAMPLES),
        "a key picture, kB": len(moving[0].data) / 1000,
    }


async def voice_cost(engines: Engines) -> tuple[Utterance, dict[str, Any]]:
    """A sentence, and the CPU that a second of it takes, in this process and the voice's own."""
    (name, *_) = (voice.name for voice in engines.voice.voices(LANGUAGE))
    utterance = await engines.voice.speak(SENTENCE, name)
    process = psutil.Process()

    def used() -> float:
        times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
        return sum(spent.user + spent.system for spent in times)

    rounds, before, begun = 20, used(), time.perf_counter()
    for _ in range(rounds):
        await engines.voice.speak(SENTENCE, name)
    seconds = rounds * len(utterance.pcm) / MEDIA_RATE
    return utterance, {
        "voice, CPU ms per second of speech": (used() - before) / seconds * 1000,
        "a sentence spoken in, ms": (time.perf_counter() - begun) / rounds * 1000,
    }


async def late_timers(until: asyncio.Event) -> list[float]:
    """By how much each timer of 10 ms was late, ms."""
    late = []
    while not until.is_set():
        begun = time.perf_counter()
        await asyncio.sleep(0.01)
        late.append((time.perf_counter() - begun) * 1000 - 10)
    return late


async def live(engines: Engines, utterance: Utterance, count: int, seconds: float) -> dict[str, Any]:
    """So many channels that speak all the time, in real time."""
    clock = MediaClock()
    studio, channels, given = Studio(clock), list[Channel](), list[int]()
    late_packets: list[float] = []

    def deliver(batch: Batch) -> None:
        for packet in batch.packets:
            if packet.kind == "video":
                given.append(packet.at)
                late_packets.append((clock.now() - packet.at) / MEDIA_RATE * 1000)

    for _ in range(count):
        channels.append(Channel(await engines.face.open(Look(CHARACTER))))
        for number in range(int(seconds * MEDIA_RATE / len(utterance.pcm)) + 1):
            channels[-1].say(number, utterance)
        await studio.add(channels[-1], deliver)
    await asyncio.sleep(1)
    over = asyncio.Event()
    timers = asyncio.create_task(late_timers(over))
    given.clear()
    late_packets.clear()
    before, cpu, begun = studio.late, time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    pictures = len(given)
    over.set()
    delays = statistics.quantiles(await timers, n=100)
    left_out = studio.late - before
    await studio.close()
    return {
        "channels": count,
        "pictures a second and channel": pictures / wall / count,
        "of a core per channel, %": 100 * cpu / wall / count,
        "picture handed over after its time, median ms": statistics.median(late_packets),
        "p99 ms": statistics.quantiles(late_packets, n=100)[98],
        "loop's delay, median ms": delays[49],
        "loop's delay, p99 ms": delays[98],
        "ticks left out": left_out,
    }


async def filmed(engines: Engines) -> dict[str, Any]:
    """A talk with and without a film: what the film adds."""
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "talk.wav"
        sound = talk()
        with wave.open(str(recording), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(sound.astype("<i2").tobytes())
        spent = []
        for presenter in (None, Presenter.cast(CHARACTER, engines)):
            cpu = time.process_time()
            await interpret(
                recording,
                [LANGUAGE],
                Path(folder),
                recognizer=engines.recognizer,
                translator=engines.translator,
                presenter=presenter,
            )
            spent.append(time.process_time() - cpu)
        size = (Path(folder) / f"talk.{LANGUAGE}.mp4").stat().st_size
    seconds = len(sound) / RATE
    return {
        "talk, s": seconds,
        "a film, times real time on one core": seconds / (spent[1] - spent[0]),
        "recognition, translation and a film, times real time on one core": seconds / spent[1],
        "megabytes an hour": size / 1e6 / seconds * 3600,
    }


async def measure(counts: list[int], seconds: float) -> dict[str, Any]:
    """All figures."""
    engines = await registry.load(dict.fromkeys(JOBS, "embedded"))
    try:
        utterance, figures = await voice_cost(engines)
        figures |= await costs(engines, utterance)
        figures["channels in real time"] = [await live(engines, utterance, count, seconds) for count in counts]
        figures["film"] = await filmed(engines)
    finally:
        for engine in (engines.recognizer, engines.translator, engines.voice, engines.face):
            await engine.close()
    return figures


def main() -> None:
    """Measure, print, and write the figures where they are wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--channels", default="1,4,8")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = uvloop.run(measure([int(part) for part in options.channels.split(",")], options.seconds))
    print(json.dumps(figures, indent=1))
    if options.json:
        options.json.write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
