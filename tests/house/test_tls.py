"""The certificate that a server makes for phones on the same network."""

from __future__ import annotations

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from dragoman import tls

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMES = tls.Names(frozenset({"localhost", "talks.local"}), frozenset({ip_address("127.0.0.1"), ip_address("10.1.2.3")}))


def test_a_certificate_is_kept_while_it_serves(tmp_path: Path) -> None:
    first = tls.fingerprint(tls.key_pair(tmp_path, NAMES, NOW))
    assert tls.fingerprint(tls.key_pair(tmp_path, NAMES, NOW + timedelta(days=300))) == first


@pytest.mark.parametrize("later", [tls.LIFETIME - tls.RENEWAL, tls.LIFETIME + timedelta(days=100)])
def test_a_certificate_that_ends_soon_or_has_ended_is_made_anew(tmp_path: Path, later: timedelta) -> None:
    first = tls.fingerprint(tls.key_pair(tmp_path, NAMES, NOW))
    assert tls.fingerprint(tls.key_pair(tmp_path, NAMES, NOW + later)) != first


def test_a_new_address_makes_a_new_certificate_and_a_lost_one_does_not(tmp_path: Path) -> None:
    first = tls.fingerprint(tls.key_pair(tmp_path, NAMES, NOW))
    fewer = tls.Names(NAMES.hosts, frozenset({ip_address("127.0.0.1")}))
    assert tls.fingerprint(tls.key_pair(tmp_path, fewer, NOW)) == first
    moved = tls.Names(NAMES.hosts, NAMES.addresses | {ip_address("192.168.7.7")})
    assert tls.fingerprint(tls.key_pair(tmp_path, moved, NOW)) != first


@pytest.mark.parametrize("name", ["certificate.pem", "key.pem"])
def test_damaged_files_are_replaced(tmp_path: Path, name: str) -> None:
    first = tls.fingerprint(tls.key_pair(tmp_path, NAMES, NOW))
    (tmp_path / name).write_text("not PEM at all")
    assert tls.fingerprint(tls.key_pair(tmp_path, NAMES, NOW)) != first


def test_a_key_of_another_certificate_is_replaced(tmp_path: Path) -> None:
    other = tls.key_pair(tmp_path / "other", NAMES, NOW)
    pair = tls.key_pair(tmp_path, NAMES, NOW)
    pair.key.write_bytes(other.key.read_bytes())
    again = tls.key_pair(tmp_path, NAMES, NOW)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(again.certificate, again.key)


def test_the_key_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    pair = tls.key_pair(tmp_path, NAMES, NOW)
    assert pair.key.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_a_client_that_trusts_the_certificate_connects_by_every_name(tmp_path: Path, name: str) -> None:
    pair = tls.key_pair(tmp_path, tls.own_names(), datetime.now(UTC))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pair.certificate, pair.key)
    client = ssl.create_default_context(cafile=str(pair.certificate))
    near, far = socket.socketpair()
    thread = threading.Thread(target=lambda: server.wrap_socket(far, server_side=True).close())
    thread.start()
    try:
        with client.wrap_socket(near, server_hostname=name) as connection:
            assert connection.version() in ("TLSv1.2", "TLSv1.3")
    finally:
        thread.join(5)


def test_this_machine_knows_itself_by_localhost_and_its_loopback_addresses() -> None:
    names = tls.own_names()
    assert "localhost" in names.hosts
    assert {ip_address("127.0.0.1"), ip_address("::1")} <= names.addresses
    assert ip_address(tls.lan_address()) in names.addresses
