"""Somebody else's WHEP player on somebody else's site, in a real Chromium: whip-whep, from npm."""

from __future__ import annotations

import contextlib
import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hosts import Host
from served import Server, serving, without_settings
from turn import turn_server
from visitors import ROOT, Visitor, Visitors

pytestmark = pytest.mark.browser

_CLIENT = ROOT / "web" / "node_modules" / "whip-whep" / "whep.js"
_PAGE = """<!doctype html><title>Elsewhere</title><link rel="icon" href="data:,">
<video muted autoplay playsinline></video>
<script type="module">
    import { WHEPClient } from "./whep.js";
    window.play = async (url, token, policy) => {
        const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle", iceTransportPolicy: policy });
        const media = new MediaStream();
        peer.ontrack = ({ track }) => media.addTrack(track);
        document.querySelector("video").srcObject = media;
        for (const kind of ["audio", "video"]) peer.addTransceiver(kind, { direction: "recvonly" });
        window.player = new WHEPClient();
        await window.player.view(peer, url, token);
    };
    document.title = "Ready";
</script>"""


class _Site(http.server.SimpleHTTPRequestHandler):
    """Files, without a word in the log."""

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """Another site, with the player on its page."""
    (tmp_path / "index.html").write_text(_PAGE, encoding="utf-8")
    (tmp_path / "whep.js").write_bytes(_CLIENT.read_bytes())
    handler = functools.partial(_Site, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as serving_files:
        thread = threading.Thread(target=serving_files.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{serving_files.server_address[1]}/"
        finally:
            serving_files.shutdown()
            thread.join()


async def received(visitor: Visitor) -> dict[str, Any]:
    """When a second has been shown: pictures decoded, samples of sound, the kind of address that this side uses."""
    await visitor.until("() => document.querySelector('video').currentTime > 1")
    found: dict[str, Any] = await visitor.page.evaluate(
        """async () => {
            const all = [...(await window.peers[0].getStats()).values()];
            const of = (type, kind) => all.find(one => one.type === type && (!kind || one.kind === kind)) ?? {};
            const pair = all.find(one => one.type === "candidate-pair" && one.nominated) ?? {};
            return { pictures: of("inbound-rtp", "video").framesDecoded ?? 0,
                sound: of("inbound-rtp", "audio").totalSamplesReceived ?? 0,
                path: all.find(one => one.id === pair.localCandidateId)?.candidateType ?? "" };
        }"""
    )
    return found


async def play(crowd: Visitors, site: str, url: str, token: str = "", policy: str = "all") -> Visitor:
    """A player that shows moving pictures."""
    # It talks to a server that is not its own, and tries to add candidates later, which is not taken.
    crowd.forgiven += ["a request to", "status of 405", "Failed to load"]
    guest = await crowd.visit(site)
    await guest.until("() => document.title === 'Ready'")
    await guest.page.evaluate("([url, token, policy]) => window.play(url, token, policy)", [url, token, policy])
    await guest.until("() => document.querySelector('video').videoWidth > 0")
    return guest


async def test_a_player_that_is_not_ours_shows_the_avatar_and_leaves(
    server: Server, site: str, crowd: Visitors
) -> None:
    host = await Host.create(server.url, passcode="open sesame")
    url = f"{server.url}/whep/{host.code}/es"
    guest = await play(crowd, site, url, "open sesame")
    got = await received(guest)
    assert got["pictures"] >= 20
    assert got["sound"] >= 20_000
    resource = await guest.page.evaluate("window.player.resourceURL.href")
    assert resource.startswith(url)
    left = await guest.page.evaluate("async url => (await fetch(url, { method: 'DELETE' })).status", resource)
    assert left == 200
    crowd.forgiven += ["status of 404", "status of 403"]
    assert await guest.page.evaluate("async url => (await fetch(url, { method: 'DELETE' })).status", resource) == 404
    wrong = await guest.page.evaluate("url => window.play(url, 'barley', 'all').catch(error => error.message)", url)
    assert "403" in wrong


@pytest.mark.parametrize("policy", ["max-bundle", "balanced", "max-compat"])
async def test_a_player_without_h264_hears_the_avatar(server: Server, crowd: Visitors, policy: str) -> None:
    host = await Host.create(server.url)
    guest = await crowd.visit(f"{server.url}/speaker")
    await guest.page.evaluate(
        """async ([url, bundlePolicy]) => {
            const peer = new RTCPeerConnection({ bundlePolicy });
            const { codecs } = RTCRtpReceiver.getCapabilities("video");
            const picture = peer.addTransceiver("video", { direction: "recvonly" });
            picture.setCodecPreferences(codecs.filter(({ mimeType }) => mimeType === "video/VP8"));
            peer.addTransceiver("audio", { direction: "recvonly" });
            await peer.setLocalDescription(await peer.createOffer());
            const headers = { "Content-Type": "application/sdp" };
            const answer = await fetch(url, { method: "POST", headers, body: peer.localDescription.sdp });
            await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
        }""",
        [f"{server.url}/whep/{host.code}/es", policy],
    )
    await guest.until(
        """async () => [...(await window.peers.at(-1).getStats()).values()]
            .some(one => one.type === "inbound-rtp" && one.kind === "audio" && one.packetsReceived > 20)"""
    )
    sent = "window.peers.at(-1).getTransceivers().map(one => one.currentDirection)"
    assert await guest.page.evaluate(sent) == ["inactive", "recvonly"]


async def test_a_browser_that_may_use_a_relay_only_sees_the_avatar_through_it(
    tmp_path: Path, site: str, crowd: Visitors
) -> None:
    (tmp_path / "turn").mkdir()
    with turn_server(tmp_path / "turn", "a secret of both servers") as turn, contextlib.ExitStack() as running:
        settings = without_settings({"ICE_SERVER_URL": turn, "TURN_SECRET": "a secret of both servers"})
        (tmp_path / "server").mkdir()
        server = running.enter_context(serving(tmp_path / "server", environment=settings))
        host = await Host.create(server.url)
        # Where the relay is, and what opens it, it learns from the answer's Link.
        guest = await play(crowd, site, f"{server.url}/whep/{host.code}/es", policy="relay")
        got = await received(guest)
        assert got["path"] == "relay"
        assert got["pictures"] >= 20
