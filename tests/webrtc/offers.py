"""Offers as browsers write them, and worse ones."""

from __future__ import annotations

UFRAG, PWD = "Xy12", "0123456789abcdefghijklmn"
FINGERPRINT = ":".join(["A5"] * 32)

H264 = (
    "a=rtpmap:96 VP8/90000",
    "a=rtcp-fb:96 nack pli",
    "a=rtpmap:97 rtx/90000",
    "a=fmtp:97 apt=96",
    "a=rtpmap:102 H264/90000",
    "a=rtcp-fb:102 goog-remb",
    "a=rtcp-fb:102 transport-cc",
    "a=rtcp-fb:102 ccm fir",
    "a=rtcp-fb:102 nack",
    "a=rtcp-fb:102 nack pli",
    "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f",
    "a=rtpmap:103 rtx/90000",
    "a=fmtp:103 apt=102",
    "a=rtpmap:104 H264/90000",
    "a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f",
    "a=rtpmap:106 H264/90000",
    "a=rtcp-fb:106 nack",
    "a=rtcp-fb:106 nack pli",
    "a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
    "a=rtpmap:107 rtx/90000",
    "a=fmtp:107 apt=106",
)
OPUS = ("a=rtpmap:111 opus/48000/2", "a=rtcp-fb:111 transport-cc", "a=fmtp:111 minptime=10;useinbandfec=1")
CANDIDATES = (
    "a=candidate:1 1 udp 2113937151 5ab1d2aa-8ad1-4a42-8ea8-f3b6a1ae2f1a.local 49203 typ host generation 0",
    "a=candidate:2 1 udp 2113937151 192.0.2.9 49204 typ host generation 0",
    "a=candidate:3 1 tcp 1518280447 192.0.2.9 9 typ host tcptype active",
    "a=candidate:4 1 UDP 1677729535 2001:db8::9 49205 typ srflx raddr 192.0.2.9 rport 49204",
)
SECURITY = (
    f"a=ice-ufrag:{UFRAG}",
    f"a=ice-pwd:{PWD}",
    "a=ice-options:trickle",
    f"a=fingerprint:sha-256 {FINGERPRINT}",
    "a=setup:actpass",
)
MUX = "a=rtcp-mux"
RECEIVES = "a=recvonly"
MID_EXTENSION = "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid"


def section(kind: str, mid: str, *lines: str, formats: str = "", port: int = 9) -> list[str]:
    """A media description."""
    numbers = formats or " ".join(line.split(":")[1].split()[0] for line in lines if line.startswith("a=rtpmap:"))
    return [f"m={kind} {port} UDP/TLS/RTP/SAVPF {numbers}", "c=IN IP4 0.0.0.0", f"a=mid:{mid}", *lines]


def video(mid: str = "0", *, codecs: tuple[str, ...] = H264, lines: tuple[str, ...] = SECURITY) -> list[str]:
    return section("video", mid, RECEIVES, MUX, MID_EXTENSION, *codecs, *lines, *CANDIDATES)


def audio(mid: str = "1", *, codecs: tuple[str, ...] = OPUS, lines: tuple[str, ...] = SECURITY) -> list[str]:
    return section("audio", mid, RECEIVES, MUX, *codecs, *lines)


def data(mid: str = "2") -> list[str]:
    """A data channel."""
    return [
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{mid}",
        *SECURITY,
        "a=sctp-port:5000",
    ]


def offer(*sections: list[str], bundle: str | None = "BUNDLE 0 1", session: tuple[str, ...] = ()) -> str:
    """A whole offer; the usual one without arguments."""
    group = [f"a=group:{bundle}"] if bundle else []
    lines = ["v=0", "o=- 4611686018427387904 2 IN IP4 127.0.0.1", "s=-", "t=0 0", *group, *session]
    for each in sections or (video(), audio()):
        lines += each
    return "\r\n".join([*lines, ""])
