"""Reads offers (SDP, RFC 8866, as JSEP writes it): what arrives here is untrusted and becomes a value or an error."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dragoman.errors import BadRequest, TooLarge, Unsupported

MOST_CHARACTERS = 64 * 1024
"""Of an offer. A browser's with everything it can do has some 15,000."""
_MOST_SECTIONS = 32
_MOST_CANDIDATES = 40
"""UDP candidates that are tried: an offer must not make this server knock on any number of doors."""
_TOKEN = re.compile(r"[!-~]{1,256}")
_ICE_UFRAG = re.compile(r"[!-~]{4,256}")
_ICE_PWD = re.compile(r"[!-~]{22,256}")
_HEX = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})+")
_HASHES = ("sha-256", "sha-384", "sha-512")
_MEDIA = re.compile(r"m=(\w+) (\d{1,5})(?:/\d{1,5})? ([\w/]+) ([!-~].*)", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_DIRECTIONS = ("sendrecv", "recvonly", "sendonly", "inactive")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A UDP transport address at which the other side may be reached."""

    foundation: str
    priority: int
    host: str
    """an IP address"""
    port: int
    kind: str
    """host, srflx or relay"""


@dataclass(frozen=True, slots=True)
class Security:
    """How the other side authenticates its ICE checks and its DTLS handshake."""

    ufrag: str
    pwd: str
    fingerprints: tuple[tuple[str, str], ...]
    """hash function and value"""
    passive: bool
    """it waits for our DTLS handshake, or leaves the choice to us; otherwise it begins itself"""
    lite: bool
    """ICE lite: it makes no checks of its own"""


@dataclass(frozen=True, slots=True)
class Format:
    """A codec with its payload type."""

    payload_type: int
    name: str
    """lower case"""
    rate: int
    parameters: Mapping[str, str]
    feedback: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A media description (an m= line and what belongs to it)."""

    kind: str
    mid: str
    protocol: str
    wanted: bool
    """not switched off: with a port, or without one because it shares another's (bundle-only, RFC 9143)"""
    formats: tuple[str, ...]
    """as they stand in the m= line"""
    receives: bool
    muxes: bool
    """RTCP beside RTP on one port"""
    codecs: tuple[Format, ...]
    extensions: Mapping[str, int]
    """RTP header extensions: identifier by URI"""
    security: Security | None
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A session description that was offered."""

    sections: tuple[Section, ...]
    bundle: tuple[str, ...]
    """the mids that share one transport, the transport's own section first"""


@dataclass(slots=True)
class _Lines:
    """Attributes of one part of a description, in order."""

    head: str = ""
    values: list[tuple[str, str]] = field(default_factory=list)

    def all(self, name: str) -> Iterator[str]:
        return (value for key, value in self.values if key == name)

    def first(self, name: str) -> str | None:
        return next(self.all(name), None)

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.values)


def read(text: str) -> Offer:
    """An offer. Raises BadRequest where it is none, TooLarge."""
    if len(text) > MOST_CHARACTERS:
        raise TooLarge(f"the offer has more than {MOST_CHARACTERS} characters; offer one video and one audio only")
    session, parts = _parts(text)
    if len(parts) > _MOST_SECTIONS:
        raise BadRequest(
            f"the offer has more than {_MOST_SECTIONS} media descriptions; one video and one audio are enough"
        )
    sections = tuple(_section(session, part, index) for index, part in enumerate(parts))
    if len({section.mid for section in sections}) < len(sections):
        raise BadRequest("the offer names two media descriptions by the same a=mid")
    groups = [group.split() for group in session.all("group")]
    bundle = next((tuple(group[1:]) for group in groups if group[:1] == ["BUNDLE"]), ())
    return Offer(sections, bundle)


def _parts(text: str) -> tuple[_Lines, list[_Lines]]:
    text = text.replace("\r\n", "\n")
    lines = text.split("\n")
    if lines[0] != "v=0" or _CONTROL.search(text):
        raise BadRequest("sdp must be a session description that begins with v=0")
    session = _Lines()
    parts: list[_Lines] = []
    for line in lines:
        if line.startswith("m="):
            parts.append(_Lines(line))
        elif line.startswith("a="):
            name, _, value = line[2:].partition(":")
            (parts[-1] if parts else session).values.append((name, value.strip()))
    return session, parts


def _section(session: _Lines, part: _Lines, index: int) -> Section:
    found = _MEDIA.fullmatch(part.head.strip())
    if found is None:
        raise BadRequest("the offer has an m= line that is none")
    kind, port, protocol, formats = found.groups()
    mid = part.first("mid") or str(index)
    if not _TOKEN.fullmatch(mid):
        raise BadRequest("the offer has an a=mid that is no token")
    directions = [name for name, _ in (*session.values, *part.values) if name in _DIRECTIONS]
    return Section(
        kind=kind,
        mid=mid,
        protocol=protocol,
        wanted=int(port) > 0 or part.has("bundle-only"),
        formats=tuple(formats.split()),
        receives=not directions or directions[-1] in ("sendrecv", "recvonly"),
        muxes=part.has("rtcp-mux"),
        codecs=tuple(_codecs(part, formats.split())),
        extensions=dict(_extensions(part)),
        security=_security(session, part),
        candidates=tuple(_candidates(part)),
    )


def _security(session: _Lines, part: _Lines) -> Security | None:
    """None where something of it is missing or is not what it should be."""
    ufrag = part.first("ice-ufrag") or session.first("ice-ufrag") or ""
    pwd = part.first("ice-pwd") or session.first("ice-pwd") or ""
    prints = [value.split() for value in (*part.all("fingerprint"), *session.all("fingerprint"))]
    known = tuple((each[0].lower(), each[1]) for each in prints if len(each) == 2 and each[0].lower() in _HASHES)
    setup = part.first("setup") or session.first("setup") or "actpass"
    if not (_ICE_UFRAG.fullmatch(ufrag) and _ICE_PWD.fullmatch(pwd) and known):
        return None
    if setup not in ("actpass", "active", "passive") or not all(_HEX.fullmatch(value) for _, value in known):
        return None
    return Security(ufrag, pwd, known, passive=setup != "active", lite=session.has("ice-lite"))


def _codecs(part: _Lines, formats: list[str]) -> Iterator[Format]:
    parameters: dict[str, dict[str, str]] = {}
    for value in part.all("fmtp"):
        number, _, listed = value.partition(" ")
        pairs = (pair.strip().partition("=") for pair in listed.split(";"))
        parameters.setdefault(number, {}).update({name.lower(): said for name, _, said in pairs})
    feedback = [value.partition(" ")[::2] for value in part.all("rtcp-fb")]
    for value in part.all("rtpmap"):
        number, _, coding = value.partition(" ")
        name, _, rest = coding.partition("/")
        rate = rest.partition("/")[0]
        if number in formats and _number(number, 127) and _number(rate, 10**6):
            wanted = tuple(said.strip() for which, said in feedback if which in (number, "*"))
            yield Format(int(number), name.lower(), int(rate), parameters.get(number, {}), wanted)


def _extensions(part: _Lines) -> Iterator[tuple[str, int]]:
    for value in part.all("extmap"):
        number, _, uri = value.partition(" ")
        number = number.partition("/")[0]
        # RFC 8285: identifiers above 14 do not fit a one-byte header, 0 is padding.
        if _number(number, 14) and number != "0" and uri:
            yield uri.split()[0], int(number)


def _candidates(part: _Lines) -> Iterator[Candidate]:
    """UDP addresses. Names are left out: those in .local hide a browser's address and would be looked up for a second,
    while its own checks make the pair."""
    taken = 0
    for value in part.all("candidate"):
        words = value.split()
        if len(words) < 8 or words[1] != "1" or words[2].lower() != "udp" or words[6] != "typ":
            continue
        foundation, priority, host, port, kind = words[0], words[3], words[4], words[5], words[7]
        if not (_number(priority, 2**32 - 1) and _number(port, 65535) and port != "0" and _address(host)):
            continue
        if kind in ("host", "srflx", "relay") and taken < _MOST_CANDIDATES:
            taken += 1
            yield Candidate(foundation, int(priority), host, int(port), kind)


def _number(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= most


def _address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_multicast or address.is_unspecified)


def needs(section: Section) -> Security:
    """The security of a section that is to be used. Raises BadRequest, Unsupported."""
    if section.security is None:
        raise BadRequest(
            "the offer lacks a=ice-ufrag, a=ice-pwd, or a=fingerprint with sha-256, or one of them is wrong"
        )
    if not section.muxes:
        raise Unsupported("the offer must put RTP and RTCP on one port (a=rtcp-mux)")
    return section.security
