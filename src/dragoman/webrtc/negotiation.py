"""Offer and answer (RFC 3264, JSEP): which media descriptions are served and how. Pure; nothing is sent here."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dragoman.errors import Unsupported
from dragoman.webrtc.sdp import Candidate, Format, Offer, Section, Security, needs

Kind = Literal["video", "audio"]

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
"""The header extension by which a receiver tells which media description a packet belongs to (RFC 9143)."""
VIDEO_RATE = 90_000
AUDIO_RATE = 48_000
_FEEDBACK = ("nack", "nack pli", "ccm fir")
"""What is answered: generic NACKs by sending again, the others by a key picture."""
_PROFILES = ((0x42, 0x40), (0x42, 0), (0x4D, 0), (0x64, 0))
"""profile_idc and a bit of profile-iop that must be set, the best first: constrained baseline, which is what is sent,
then those whose decoders decode it too (ITU-T H.264, annex A.2)."""
_DEFAULT_PROFILE = "420010"
"""Where an offer does not say (RFC 6184, 8.1): baseline."""
_STREAM = "dragoman"
"""Both tracks are of one stream, so that browsers play them in sync."""


@dataclass(frozen=True, slots=True)
class Coding:
    """One track as both sides agreed on it."""

    kind: Kind
    mid: str
    payload: Format
    retransmission: Format | None
    """RFC 4588; without it lost packets are sent again as they were"""
    mid_extension: int | None
    """its identifier"""
    nack: bool
    """lost packets may be asked for"""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What is served of an offer."""

    offer: Offer
    codings: tuple[Coding, ...]
    security: Security
    candidates: tuple[Candidate, ...]
    """of the transport that all share"""
    idle: tuple[Section, ...] = ()
    """carried along without anything being sent in them"""


@dataclass(frozen=True, slots=True)
class Sources:
    """The synchronisation sources of a track."""

    ssrc: int
    rtx: int


@dataclass(frozen=True, slots=True)
class Local:
    """This side's transport, as it is told to the other one."""

    ufrag: str
    pwd: str
    fingerprints: tuple[tuple[str, str], ...]
    candidates: tuple[str, ...]
    """the values of a=candidate lines"""
    host: str
    """its address and port: those of the default candidate (RFC 8839, 4.2.1.2)"""
    port: int


def agree(offer: Offer, kinds: Sequence[Kind] = ("video", "audio")) -> Agreement:
    """Serve the first of each of these kinds that asks for it; one may be missing. Raises BadRequest, Unsupported.

    A picture that this receiver has no decoder for is left out where sound is asked for too.
    """
    wanted: dict[str, Section] = {}
    for section in offer.sections:
        if section.kind in kinds and section.receives and section.wanted and "SAVPF" in section.protocol:
            wanted.setdefault(section.kind, section)
    if not wanted:
        asked = " and ".join(f"no {kind}" for kind in kinds)
        raise Unsupported(f"the offer asks for {asked}; offer {'both' if len(kinds) > 1 else 'it'} as recvonly")
    sections = tuple((section, form) for section in wanted.values() if (form := _fitting(section)) is not None)
    if not sections:
        raise Unsupported(
            "the offer has no H.264 with packetization-mode=1 for the video; offer audio too, or use another browser"
        )
    codings = tuple(_coding(section, form) for section, form in sections)
    served = [section for section, _ in sections]
    # Not declined: the sound may share its port, and then it could not be had without it (RFC 9143, 7.3.3).
    idle = tuple(each for each in wanted.values() if each not in served and each.mid in offer.bundle and each.codecs)
    carrier = _carrier(offer, [*served, *idle])
    return Agreement(offer, codings, needs(carrier), carrier.candidates, idle)


def _carrier(offer: Offer, sections: Sequence[Section]) -> Section:
    """The section whose transport carries all."""
    if len(sections) == 1:
        return sections[0]
    if not all(section.mid in offer.bundle for section in sections):
        raise Unsupported("the offer must bundle video and audio on one transport (a=group:BUNDLE)")
    return min(sections, key=lambda section: offer.bundle.index(section.mid))


def _fitting(section: Section) -> Format | None:
    """As what it is sent; None for a picture that would not be understood. Raises Unsupported for sound."""
    return _h264(section) if section.kind == "video" else _opus(section)


def _coding(section: Section, payload: Format) -> Coding:
    again = (form for form in section.codecs if form.name == "rtx" and form.rate == payload.rate)
    return Coding(
        kind="video" if section.kind == "video" else "audio",
        mid=section.mid,
        payload=payload,
        retransmission=next((form for form in again if form.parameters.get("apt") == str(payload.payload_type)), None),
        # RFC 8285: an element holds 16 bytes at most.
        mid_extension=section.extensions.get(MID) if len(section.mid) <= 16 else None,
        nack="nack" in payload.feedback,
    )


def _h264(section: Section) -> Format | None:
    """The best fit; None where this receiver has no decoder for what is sent."""
    fitting = [
        form
        for form in section.codecs
        if form.name == "h264" and form.rate == VIDEO_RATE and form.parameters.get("packetization-mode") == "1"
    ]
    for idc, bit in _PROFILES:
        for form in fitting:
            profile = _profile(form)
            if profile[0] == idc and profile[1] & bit == bit:
                return form
    return None


def _profile(form: Format) -> bytes:
    """profile_idc, profile-iop and level; three zeros where it is none."""
    try:
        profile = bytes.fromhex(form.parameters.get("profile-level-id", _DEFAULT_PROFILE))
    except ValueError:
        return bytes(3)
    return profile if len(profile) == 3 else bytes(3)


def _opus(section: Section) -> Format:
    for form in section.codecs:
        if form.name == "opus" and form.rate == AUDIO_RATE:
            return form
    raise Unsupported("the offer has no Opus for the audio; a browser with Opus is needed")


def answer(agreed: Agreement, sources: Sequence[Sources], local: Local, *, cname: str, session: int) -> str:
    """The answer's SDP, complete with its candidates. sources: as agreed.codings. session: any number of 62 bits."""
    carried = {coding.mid for coding in agreed.codings} | {section.mid for section in agreed.idle}
    mids = [mid for mid in agreed.offer.bundle if mid in carried]
    lines = ["v=0", f"o=- {session} 1 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    if mids:
        lines.append(f"a=group:BUNDLE {' '.join(mids)}")
    lines.append("a=msid-semantic:WMS *")
    served = {coding.mid: (coding, each) for coding, each in zip(agreed.codings, sources, strict=True)}
    for section in agreed.offer.sections:
        if section.mid in served:
            coding, each = served[section.mid]
            lines += _served(section, coding, each, local, cname)
            lines += _transport(local, passive=not agreed.security.passive)
        elif section in agreed.idle:
            form = section.codecs[0]
            lines += _described(section, [form], local, "inactive")
            lines.append(f"a=rtpmap:{form.payload_type} {form.name}/{form.rate}")
            lines += _transport(local, passive=not agreed.security.passive)
        else:
            lines += [f"m={section.kind} 0 {section.protocol} {section.formats[0]}", f"a=mid:{section.mid}"]
            lines += ["c=IN IP4 0.0.0.0", "a=inactive"]
    return "\r\n".join([*lines, ""])


def _served(section: Section, coding: Coding, sources: Sources, local: Local, cname: str) -> list[str]:
    forms = [form for form in (coding.payload, coding.retransmission) if form is not None]
    lines = [*_described(section, forms, local, "sendonly"), f"a=msid:{_STREAM} {section.kind}"]
    if coding.mid_extension is not None:
        lines.append(f"a=extmap:{coding.mid_extension} {MID}")
    names = {"h264": "H264/90000", "opus": "opus/48000/2", "rtx": f"rtx/{coding.payload.rate}"}
    for form in forms:
        number = form.payload_type
        lines.append(f"a=rtpmap:{number} {names[form.name]}")
        lines += [f"a=rtcp-fb:{number} {said}" for said in _FEEDBACK if said in form.feedback]
        parameters = ";".join(f"{name}={said}" if said else name for name, said in _parameters(form).items())
        if parameters:
            lines.append(f"a=fmtp:{number} {parameters}")
    lines.append(f"a=ssrc:{sources.ssrc} cname:{cname}")
    if coding.retransmission is not None:
        lines.append(f"a=ssrc:{sources.rtx} cname:{cname}")
        lines.append(f"a=ssrc-group:FID {sources.ssrc} {sources.rtx}")
    return lines


def _described(section: Section, forms: Sequence[Format], local: Local, direction: str) -> list[str]:
    return [
        f"m={section.kind} {local.port} {section.protocol} {' '.join(str(form.payload_type) for form in forms)}",
        f"c=IN IP{ipaddress.ip_address(local.host).version} {local.host}",
        f"a=mid:{section.mid}",
        f"a={direction}",
        "a=rtcp-mux",
    ]


def _parameters(form: Format) -> dict[str, str]:
    """What of an offered format's parameters is said again: those that both sides must say alike."""
    said = ("packetization-mode", "profile-level-id", "level-asymmetry-allowed", "apt")
    return {name: form.parameters[name] for name in said if name in form.parameters}


def _transport(local: Local, *, passive: bool) -> list[str]:
    return [
        *(f"a=candidate:{candidate}" for candidate in local.candidates),
        "a=end-of-candidates",
        f"a=ice-ufrag:{local.ufrag}",
        f"a=ice-pwd:{local.pwd}",
        *(f"a=fingerprint:{name} {value}" for name, value in local.fingerprints),
        f"a=setup:{'passive' if passive else 'active'}",
    ]
