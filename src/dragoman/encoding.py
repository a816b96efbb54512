"""x264 and Opus: a picture or 20 ms of sound becomes the packet that every listener of a channel gets."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import numpy.typing as npt
from av.video.frame import PictureType

from dragoman import payloads
from dragoman.packets import FRAME_SAMPLES, PICTURES_PER_SECOND, Packet, Picture, Rendition
from dragoman.speech import MEDIA_RATE

KEYS_APART = 10 * PICTURES_PER_SECOND
"""Pictures from one key to the next where nobody asks for one: 10 s."""
_QUALITY = 23
"""x264's constant rate factor, its own default. A speaking face takes 360 kbit/s with it at 512x512 and 25 a second,
at 49 dB (`python -m benchmarks.channel`); the rendition's bitrate is the most that a restless one may take."""
_LEVEL = "31"
"""Level 3.1, up to 1280x720 at 30 a second: what profile-level-id 42e01f promises, which all browsers offer."""
_BUFFER_SECONDS = 0.5
"""Size of x264's rate buffer: a key takes at most so long to pass over a link of the rendition's bitrate."""

SOUND_BITRATE = 32_000
"""Bits per second: full-band speech in mono (RFC 7587, 3.1.1)."""
LOOK_AHEAD = 312
"""Samples by which what a decoder gives is later than what libopus was fed, for the application `voip`: 2.5 ms of
its transform and 4 ms of delay compensation at 48 kHz."""
_EXPECTED_LOSS = 5
"""Per cent. Makes libopus repeat each packet's essence in the next one, within the same bitrate: lost sound is not
sent again as pictures are."""
_THOROUGHNESS = 7
"""libopus' complexity, 0 to 10: 7 takes two thirds of the time of 10 (0.20 ms for 20 ms, half a per cent of a core
less for each channel) and 14 kbit/s in place of 8 for silence; speech takes the same."""

_BT601, _LIMITED = 6, 1
"""AVCOL_SPC_SMPTE170M and AVCOL_RANGE_MPEG: what pictures in I420 are, and what browsers assume of them."""


class VideoEncoder:
    """One rendition's H.264 stream: constrained baseline, a picture in, its packet out. For one thread at a time.

    Keys are IDR pictures with their parameter sets in front, so that decoding can begin at any of them.
    """

    def __init__(self, rendition: Rendition) -> None:
        context = av.CodecContext.create("libx264", "w")
        context.width, context.height, context.pix_fmt = rendition.width, rendition.height, "yuv420p"
        # The stream's own stamps only steer the rate; the media clock's are in the packets.
        context.time_base, context.framerate = Fraction(1, PICTURES_PER_SECOND), Fraction(PICTURES_PER_SECOND)
        context.colorspace, context.color_range = _BT601, _LIMITED
        context.gop_size = KEYS_APART
        context.thread_count = 1
        context.options = {
            "preset": "superfast",
            "tune": "zerolatency",
            "profile": "baseline",
            "level": _LEVEL,
            "crf": str(_QUALITY),
            "maxrate": str(rendition.bitrate),
            "bufsize": str(int(rendition.bitrate * _BUFFER_SECONDS)),
            "forced-idr": "1",
            # Keys come when they are needed, not where the presenter moves.
            "sc_threshold": "0",
        }
        self._context = context
        self._shape = (rendition.height * 3 // 2, rendition.width)
        self._number = 0

    def encode(self, picture: Picture, at: int, *, key: bool = False) -> Packet:
        """The picture of media time `at`, encoded; read only until this returns. key: decoding can begin here.

        Raises ValueError where the picture is not of the rendition's size, and av.FFmpegError; the encoder is then of
        no more use.
        """
        if picture.shape != self._shape:
            raise ValueError(f"a picture of shape {picture.shape} in a rendition of {self._shape}")
        frame = av.VideoFrame.from_numpy_buffer(picture, format="yuv420p")
        frame.pts = self._number
        frame.pict_type = PictureType.I if key else PictureType.NONE
        self._number += 1
        (packet,) = self._context.encode(frame)
        data = bytes(packet)
        return Packet("video", at, data, payloads.h264(data), key=packet.is_keyframe)


class SoundEncoder:
    """One Opus stream, mono at MEDIA_RATE, 20 ms a packet. For one thread at a time.

    Silence is encoded like speech, as a few bytes: the stream has no holes that a receiver would take for loss.
    """

    def __init__(self) -> None:
        context = av.CodecContext.create("libopus", "w")
        context.sample_rate, context.layout, context.format = MEDIA_RATE, "mono", "s16"
        context.time_base = Fraction(1, MEDIA_RATE)
        context.bit_rate = SOUND_BITRATE
        context.options = {
            "application": "voip",
            "frame_duration": "20",
            "fec": "1",
            "packet_loss": str(_EXPECTED_LOSS),
            "compression_level": str(_THOROUGHNESS),
        }
        self._context = context
        self._fed = 0

    def encode(self, pcm: npt.NDArray[np.int16], at: int) -> Packet:
        """The FRAME_SAMPLES samples from media time `at` on, encoded. Raises av.FFmpegError.

        The packet's own time is LOOK_AHEAD earlier: the sample that a decoder gives for it is that old.
        """
        frame = av.AudioFrame.from_ndarray(pcm[np.newaxis], format="s16", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = MEDIA_RATE, Fraction(1, MEDIA_RATE), self._fed
        self._fed += FRAME_SAMPLES
        (packet,) = self._context.encode(frame)
        data = bytes(packet)
        return Packet("audio", at - LOOK_AHEAD, data, (data,), key=True)
