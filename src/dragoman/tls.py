"""A certificate that a server makes for itself, so that a phone on the same network may use its microphone.

Browsers give a page the microphone on localhost or over HTTPS only. Nobody vouches for this certificate: the
browser warns once, and remembers the answer for as long as the certificate stays the same.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import ifaddr
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=397)
"""Apple's systems refuse a server certificate that is valid for longer than 398 days."""
RENEWAL = timedelta(days=7)
"""A certificate with less than this left is made anew."""

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Names:
    """What this machine can be called by others on its network."""

    hosts: frozenset[str]
    addresses: frozenset[Address]


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Where a certificate and its private key are kept, both PEM."""

    certificate: Path
    key: Path


def own_names() -> Names:
    """localhost, the machine's host names and every address of its network interfaces."""
    hosts = {"localhost", socket.gethostname(), socket.getfqdn()}
    hosts |= {f"{host}.local" for host in hosts if "." not in host and host != "localhost"}
    return Names(
        frozenset(host for host in hosts if _is_dns_name(host)),
        frozenset(_interface_addresses()) | {ip_address("127.0.0.1"), ip_address("::1")},
    )


def lan_address() -> str:
    """The address by which the network reaches this machine: the one that its default route leaves from.

    127.0.0.1 where there is no network.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a datagram socket sends nothing: it only asks the routing table. TEST-NET-1 is nobody's.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def key_pair(directory: Path, names: Names, now: datetime) -> KeyPair:
    """The certificate kept in `directory`, made anew where there is none, it ends soon or lacks one of `names`.

    `now` carries a time zone. The key can be read by its owner only. Raises OSError where nothing can be written.
    """
    pair = KeyPair(directory / "certificate.pem", directory / "key.pem")
    if not _serves(pair, names, now):
        directory.mkdir(parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        _write(pair.key, _pem(key))
        _write(pair.certificate, _sign(key, names, now).public_bytes(serialization.Encoding.PEM))
    return pair


def fingerprint(pair: KeyPair) -> str:
    """SHA-256 of the certificate as browsers show it: hex pairs with colons."""
    certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _serves(pair: KeyPair, names: Names, now: datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
        key = serialization.load_pem_private_key(pair.key.read_bytes(), password=None)
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (FileNotFoundError, ValueError, x509.ExtensionNotFound):
        return False
    return (
        key.public_key() == certificate.public_key()
        and certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - RENEWAL
        and names.hosts <= set(alternatives.get_values_for_type(x509.DNSName))
        and names.addresses <= set(alternatives.get_values_for_type(x509.IPAddress))
    )


def _sign(key: ec.EllipticCurvePrivateKey, names: Names, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Dragoman on this network")])
    alternatives: list[x509.GeneralName] = [x509.DNSName(host) for host in sorted(names.hosts)]
    alternatives += [x509.IPAddress(address) for address in sorted(names.addresses, key=str)]
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Clocks of phones and servers disagree; an hour forgives most of them.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFETIME - timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        # It vouches for itself only: whoever trusts it trusts no other site with it.
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    """Replace a file in one step; its content is never readable by others, not even for a moment."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    fresh.replace(path)


def _interface_addresses() -> Iterable[Address]:
    for adapter in ifaddr.get_adapters():
        for entry in adapter.ips:
            # IPv4 is given as text, IPv6 as (address, flow, scope).
            address = ip_address(entry.ip if isinstance(entry.ip, str) else entry.ip[0])
            if not address.is_link_local:
                yield address


def _is_dns_name(host: str) -> bool:
    return host.isascii() and 0 < len(host) <= 253 and all(c.isalnum() or c in "-." for c in host)
