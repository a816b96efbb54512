"""The program in which espeak-ng speaks: it reads requests from its input, writes answers, and ends with its input.

A program of its own, because the library may only be used by one thread, can abort its process at a text, and is under
the GPL. It is exec'd as a script with an interpreter that imports nothing but the standard library:

    python -I -S espeak_child.py LIBRARY DATA

Request: REQUEST, then as many bytes of UTF-8 as it says of the voice's name and of the text. Answer: its length as four
bytes, then ANSWER, as many EVENTs as it says, and the sound: 16-bit mono PCM of the machine's byte order.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from typing import BinaryIO

REQUEST = struct.Struct("<HHI")
"""Words a minute, bytes of the voice's name, bytes of the text."""
ANSWER = struct.Struct("<II")
"""The sound's samples per second, 0 where espeak refused; how many events follow."""
EVENT = struct.Struct("<i8s")
"""The sample at which a phoneme begins, and its name in IPA, filled up with NUL. A longer name is cut short."""
LONGEST = 300
"""Seconds of sound after which espeak is told to stop."""

# The numbers are those of espeak-ng's speak_lib.h, version 1.52.
_RETRIEVAL, _BUFFER_MS = 2, 200
_PHONEME_EVENTS, _PHONEME_IPA, _DONT_EXIT = 0x0001, 0x0002, 0x8000
_RATE, _UTF8 = 1, 1
_LIST_TERMINATED, _PHONEME = 0, 7


class _Event(ctypes.Structure):
    """espeak_EVENT."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        # a union of a number, a pointer and these bytes, which need not end with NUL; the pointer gives it its place
        ("name", ctypes.c_byte * 8),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))


class Espeak:
    """The library, set up once."""

    def __init__(self, library: str, data: str) -> None:
        """library: file; data: the folder `espeak-ng-data`. Raises OSError where they cannot be used."""
        self._library = ctypes.CDLL(library)
        self._events: list[bytes] = []
        self._sound = bytearray()
        options = _PHONEME_EVENTS | _PHONEME_IPA | _DONT_EXIT
        self._rate: int = self._library.espeak_Initialize(_RETRIEVAL, _BUFFER_MS, data.encode(), options)
        if self._rate <= 0:
            raise OSError(f"espeak-ng cannot use its data in {data}")
        self._callback = _Callback(self._hear)  # kept: the library has only its address
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, pace: int, voice: bytes, text: bytes) -> bytes:
        """The answer to a request, without its length."""
        self._events.clear()
        self._sound.clear()
        if self._library.espeak_SetVoiceByName(voice) or self._library.espeak_SetParameter(_RATE, pace, 0):
            return ANSWER.pack(0, 0)
        # neither SSML nor phonemes in brackets: neither is asked for
        if self._library.espeak_Synth(text, ctypes.c_size_t(len(text) + 1), 0, 1, 0, _UTF8, None, None):
            return ANSWER.pack(0, 0)
        return ANSWER.pack(self._rate, len(self._events)) + b"".join(self._events) + self._sound

    def _hear(self, wave: int | None, samples: int, event: ctypes._Pointer[_Event]) -> int:
        """Called by the library; 1 stops it."""
        if wave and samples > 0:
            self._sound += ctypes.string_at(wave, samples * 2)
        place = 0
        while event[place].type != _LIST_TERMINATED:
            if event[place].type == _PHONEME:
                self._events.append(EVENT.pack(event[place].sample, bytes(event[place].name).partition(b"\0")[0]))
            place += 1
        return int(len(self._sound) > LONGEST * self._rate * 2)


def serve(espeak: Espeak, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    while len(head := requests.read(REQUEST.size)) == REQUEST.size:
        pace, voice, text = REQUEST.unpack(head)
        answer = espeak.speak(pace, requests.read(voice), requests.read(text))
        answers.write(len(answer).to_bytes(4, "little") + answer)
        answers.flush()


def main() -> None:
    """Serve whoever started this program."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever the library prints must not get between the answers
    serve(Espeak(*sys.argv[1:3]), os.fdopen(0, "rb"), answers)


if __name__ == "__main__":
    main()
