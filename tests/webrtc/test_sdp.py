"""Reading offers: what is in them, and what is wrong with them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import offers
from dragoman.errors import BadRequest, ClientError, TooLarge
from dragoman.webrtc.negotiation import agree
from dragoman.webrtc.sdp import MOST_CHARACTERS, Candidate, read


def test_a_browsers_offer_is_read() -> None:
    found = read(offers.offer(session=("a=extmap-allow-mixed", "a=msid-semantic: WMS")))
    assert found.bundle == ("0", "1")
    video, audio = found.sections
    assert (video.kind, video.mid, audio.kind, audio.mid) == ("video", "0", "audio", "1")
    assert video.receives
    assert video.muxes
    assert [codec.name for codec in audio.codecs] == ["opus"]
    assert video.codecs[-2].parameters["profile-level-id"] == "42e01f"
    assert video.codecs[-2].feedback == ("nack", "nack pli")
    assert video.extensions == {"urn:ietf:params:rtp-hdrext:sdes:mid": 4}
    assert video.security is not None
    assert video.security.fingerprints == (("sha-256", offers.FINGERPRINT),)
    assert video.security.passive


def test_names_that_hide_addresses_and_tcp_are_left_out_of_the_candidates() -> None:
    (video, _) = read(offers.offer()).sections
    assert video.candidates == (
        Candidate("2", 2113937151, "192.0.2.9", 49204, "host"),
        Candidate("4", 1677729535, "2001:db8::9", 49205, "srflx"),
    )


def test_an_offer_knocks_on_a_few_doors_only() -> None:
    many = tuple(f"a=candidate:1 1 udp 1 192.0.2.1 {port} typ host" for port in range(1, 500))
    silly = tuple(
        f"a=candidate:1 1 udp {priority} {host} {port} typ {kind}"
        for priority, host, port, kind in (
            *((1, host, 5, "host") for host in ("localhost", "224.0.0.1", "0.0.0.0", "::", "1.2.3", "a.local")),
            *((1, "192.0.2.1", port, "host") for port in (0, 65536, -1, "x", "٣")),
            *(("x", "192.0.2.1", 5, "host"), (2**40, "192.0.2.1", 5, "host"), (1, "192.0.2.1", 5, "strange")),
        )
    )
    (section,) = read(offers.offer(offers.video(lines=(*offers.SECURITY, *silly, *many)))).sections
    assert 2 < len(section.candidates) <= 40
    assert {candidate.host for candidate in section.candidates} == {"192.0.2.1"}


def test_what_stands_before_the_media_counts_for_all_of_it() -> None:
    found = read(offers.offer(offers.video(lines=()), offers.audio(lines=()), session=(*offers.SECURITY, "a=ice-lite")))
    assert all(section.security == found.sections[0].security for section in found.sections)
    assert found.sections[0].security is not None
    assert found.sections[0].security.lite


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=1\r\n",
        "hello",
        "\ufeffv=0\r\n",
        "v=0\r\nm=video\r\n",
        "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF  \r\n",
        "v=0\r\nm=video 999999 UDP/TLS/RTP/SAVPF 96\r\n",
        "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:a b\r\n",
        "v=0\r\nm=audio 9 X 1\r\na=mid:0\r\nm=video 9 X 1\r\na=mid:0\r\n",
        offers.offer().replace("a=mid:0", "a=mid:\x00"),
        offers.offer().replace("a=mid:0", "a=mid:0\ra=mid:9"),
        "v=0\r\n" + "m=audio 9 X 1\r\n" * 40,
    ],
)
def test_what_is_no_description_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        read(text)


def test_an_offer_that_is_too_long_is_refused() -> None:
    with pytest.raises(TooLarge):
        read("v=0\r\n" + "a=x\r\n" * (MOST_CHARACTERS // 5))


@pytest.mark.parametrize(
    "change",
    [
        ("a=ice-ufrag:Xy12", ""),
        ("a=ice-ufrag:Xy12", "a=ice-ufrag:x"),
        ("a=ice-pwd:", "a=ice-pwd:short "),
        ("a=fingerprint:sha-256", "a=fingerprint:md5"),
        ("A5:A5:A5", "A5:XX:A5"),
        ("a=setup:actpass", "a=setup:holdconn"),
    ],
)
def test_an_offer_that_cannot_be_made_secure_is_refused(change: tuple[str, str]) -> None:
    with pytest.raises(BadRequest, match="ice-ufrag"):
        agree(read(offers.offer().replace(*change)))


@given(seed=st.integers(0, 2**32), garbage=st.text(max_size=20))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_whatever_is_offered_is_agreed_on_or_refused_with_a_sentence(seed: int, garbage: str) -> None:
    chance = random.Random(seed)
    lines = offers.offer(offers.video(), offers.audio(), offers.data()).split("\r\n")
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(lines))
        line = lines[place]
        cut = chance.randint(0, len(line))
        lines[place] = chance.choice(
            (garbage, line[:cut] + garbage, line[:cut] + line[cut + 1 :], line.split(":")[0] + ":", line + line)
        )
        if chance.random() < 0.3:
            lines.insert(chance.randrange(len(lines)), lines.pop(place))
    try:
        agreed = agree(read("\r\n".join(lines)))
    except ClientError as error:
        sentence = str(error)
    else:
        sentence = f"agreed on {len(agreed.codings)} tracks"
    assert 10 < len(sentence) < 250
