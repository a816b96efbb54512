"""What is served of an offer, and how the answer says it."""

from __future__ import annotations

import pytest
from aiortc.sdp import SessionDescription

import offers
from dragoman.errors import Unsupported
from dragoman.webrtc.negotiation import Local, Sources, agree, answer
from dragoman.webrtc.sdp import read

LOCAL = Local(
    "ufra",
    "p" * 24,
    (("sha-256", offers.FINGERPRINT),),
    ("1 1 udp 2130706431 2001:db8::1 5000 typ host",),
    "2001:db8::1",
    5000,
)


def answered(text: str) -> str:
    agreed = agree(read(text))
    sources = [Sources(1000 + index, 2000 + index) for index in range(len(agreed.codings))]
    return answer(agreed, sources, LOCAL, cname="somebody", session=7)


def codecs(*profiles: str, mode: str = "1") -> tuple[str, ...]:
    return tuple(
        line
        for number, profile in enumerate(profiles, start=100)
        for line in (
            f"a=rtpmap:{number} H264/90000",
            f"a=fmtp:{number} packetization-mode={mode};profile-level-id={profile}",
        )
    )


@pytest.mark.parametrize(
    ("profiles", "chosen"),
    [
        (("64001f", "42001f", "42e01f"), 102),
        (("64001f", "4d001f", "42c033"), 102),
        (("64001f", "42001f"), 101),
        (("64001f", "4d001f"), 101),
        (("640c1f",), 100),
        (("f4001f", "zz", "42E01F"), 102),
    ],
)
def test_of_several_h264_the_one_that_is_sent_is_chosen_else_one_whose_decoder_knows_it(
    profiles: tuple[str, ...], chosen: int
) -> None:
    agreed = agree(read(offers.offer(offers.video(codecs=codecs(*profiles)))))
    assert agreed.codings[0].payload.payload_type == chosen


UNDECODABLE = (
    ("a=rtpmap:96 VP8/90000",),
    codecs("42e01f", mode="0"),
    codecs("f4001f"),
    ("a=rtpmap:96 H264/90000",),
)
"""Receivers that would not understand the picture."""


@pytest.mark.parametrize(
    "sections",
    [
        *([offers.video(codecs=undecodable)] for undecodable in UNDECODABLE),
        [offers.video(), offers.audio(codecs=("a=rtpmap:0 PCMU/8000",))],
        [offers.data("0")],
        [[]],
        [[line.replace("recvonly", "sendonly") for line in (*offers.video(), *offers.audio())]],
        [[line.replace("recvonly", "inactive") for line in offers.audio()]],
        [[line.replace("SAVPF", "AVP") for line in (*offers.video(), *offers.audio())]],
        [[line.replace(offers.MUX, "a=x") for line in (*offers.video(), *offers.audio())]],
    ],
)
def test_an_offer_that_nothing_here_fits_is_unsupported(sections: list[list[str]]) -> None:
    with pytest.raises(Unsupported):
        agree(read(offers.offer(*sections)))


def test_video_and_sound_on_two_transports_are_unsupported() -> None:
    with pytest.raises(Unsupported, match="bundle"):
        agree(read(offers.offer(bundle=None)))


@pytest.mark.parametrize(("section", "kind"), [(offers.video("0"), "video"), (offers.audio("0"), "audio")])
def test_one_of_the_two_alone_is_served(section: list[str], kind: str) -> None:
    (media,) = SessionDescription.parse(answered(offers.offer(section, bundle=None))).media
    assert (media.kind, media.direction) == (kind, "sendonly")


@pytest.mark.parametrize("undecodable", UNDECODABLE)
@pytest.mark.parametrize("bundle", ["BUNDLE 0 1", None])
def test_a_receiver_that_does_not_understand_the_picture_gets_the_sound(
    undecodable: tuple[str, ...], bundle: str | None
) -> None:
    video, audio = SessionDescription.parse(
        answered(offers.offer(offers.video(codecs=undecodable), offers.audio(), bundle=bundle))
    ).media
    # What is bundled carries on without anything in it; what stands alone is declined.
    assert (video.port, video.direction) == (5000 if bundle else 0, "inactive")
    assert (audio.port, audio.direction) == (5000, "sendonly")


def test_sound_that_shares_the_port_of_an_idle_picture_uses_that_port() -> None:
    shared = [line.replace("m=audio 9", "m=audio 0") for line in offers.audio(lines=("a=bundle-only",))]
    agreed = agree(read(offers.offer(offers.video(codecs=UNDECODABLE[0]), shared)))
    assert [coding.kind for coding in agreed.codings] == ["audio"]
    assert [section.mid for section in agreed.idle] == ["0"]
    assert agreed.security.ufrag == offers.UFRAG
    assert [each.host for each in agreed.candidates] == ["192.0.2.9", "2001:db8::9"]


def test_what_shares_anothers_port_is_served_and_what_is_switched_off_is_not() -> None:
    shared = offers.offer(offers.video(), [line.replace("m=audio 9", "m=audio 0") for line in offers.audio()])
    bundled = shared.replace("a=mid:1", "a=mid:1\r\na=bundle-only")
    assert [media.port for media in SessionDescription.parse(answered(bundled)).media] == [5000, 5000]
    assert [media.port for media in SessionDescription.parse(answered(shared)).media] == [5000, 0]


def test_the_answer_says_in_the_standards_words_what_was_agreed() -> None:
    parsed = SessionDescription.parse(answered(offers.offer()))
    video, audio = parsed.media
    assert [str(group) for group in parsed.group] == ["BUNDLE 0 1"]
    assert [codec.payloadType for codec in video.rtp.codecs] == [106, 107]
    assert video.rtp.codecs[0].parameters["profile-level-id"] == "42e01f"
    assert {(said.type, said.parameter) for said in video.rtp.codecs[0].rtcpFeedback} == {
        ("nack", None),
        ("nack", "pli"),
    }
    assert [(source.ssrc, source.cname) for source in video.ssrc] == [(1000, "somebody"), (2000, "somebody")]
    assert [str(group) for group in video.ssrc_group] == ["FID 1000 2000"]
    assert [extension.id for extension in video.rtp.headerExtensions] == [4]
    assert [codec.mimeType for codec in audio.rtp.codecs] == ["audio/opus"]
    # One stream, so that they are played in sync.
    assert str(video.msid).split()[0] == str(audio.msid).split()[0]
    for media in (video, audio):
        assert (media.direction, media.host, media.port, media.rtcp_mux) == ("sendonly", "2001:db8::1", 5000, True)
        assert media.ice_candidates_complete
        assert media.dtls is not None
        assert media.dtls.role == "client"


def test_the_side_that_wants_to_begin_the_handshake_begins_it() -> None:
    active = offers.offer().replace("actpass", "active")
    assert "a=setup:passive" in answered(active)
    assert "a=setup:active" in answered(active.replace("setup:active", "setup:passive"))


def test_what_is_not_served_is_declined_and_the_rest_is_served() -> None:
    sections = [offers.data("d"), offers.audio("a"), offers.video("v"), offers.video("w"), offers.audio("b")]
    parsed = SessionDescription.parse(answered(offers.offer(*sections, bundle="BUNDLE d a v w b")))
    assert [(media.kind, media.rtp.muxId, media.port) for media in parsed.media] == [
        ("application", "d", 0),
        ("audio", "a", 5000),
        ("video", "v", 5000),
        ("video", "w", 0),
        ("audio", "b", 0),
    ]
    assert [str(group) for group in parsed.group] == ["BUNDLE a v"]
