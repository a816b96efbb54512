"""A text that is to be spoken, by a voice or an avatar: whether it may, and the record of it."""

from __future__ import annotations

from .records import Spoken
from .ssml import Refused, Speech, parsed
from .vocal import Delivery
from .voices import known
from .wire import Wire


async def accepted(wire: Wire, body: bytes) -> Speech:
    """What is to be said; ends the connection where the SSML or its voice is none."""
    try:
        speech = parsed(body.decode("utf-8", "replace"))
        if not known(speech.voice) and "deploymentId" not in wire.record.query:
            raise Refused(f"Unsupported voice {speech.voice}.")
    except Refused as e:
        await wire.close(1007, str(e))
        raise
    return speech


def note(wire: Wire, request: str, speech: Speech, ssml: str, said: Delivery) -> None:
    """Into the records."""
    spoken = Spoken(
        connection=wire.record.id,
        service=wire.service,
        request=request,
        voice=speech.voice,
        text=speech.text,
        ssml=ssml,
        rate=speech.rate,
        seconds=said.seconds,
    )
    wire.state.records.spoken.append(spoken)
