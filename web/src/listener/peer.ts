/** One WebRTC peer: picture and sound from the server, nothing to it. */

import type { IceToken } from "../wire";
import type { Arrived } from "./watching";

/** Of sound and picture alike, in ms: enough for an ordinary network, and what keeps the lips in time. */
const BUFFER_MS = 100;
/** An offer waits this long for the candidates of relays; what comes later the server finds by the browser's checks. */
const GATHERING_MS = 1000;

/** What a peer asks for, and how it goes. */
export interface Way {
  /** Else only sound. */
  readonly picture: boolean;
  /** Where there is a relay, only through it. */
  readonly relayOnly: boolean;
}

export class Peer {
  private readonly connection: RTCPeerConnection;
  private readonly stream = new MediaStream();

  /** `gone`: the connection is over, and not by our own `close`. */
  constructor(token: IceToken, { picture, relayOnly }: Way, gone: () => void) {
    const { Urls: urls, Username: username, Password: credential } = token;
    const server = username ? { urls: [...urls], username, credential } : { urls: [...urls] };
    const relays = urls.some((url) => /^turns?:/.test(url));
    this.connection = new RTCPeerConnection({
      iceServers: urls.length > 0 ? [server] : [],
      iceTransportPolicy: relayOnly && relays ? "relay" : "all",
    });
    for (const kind of picture ? (["video", "audio"] as const) : (["audio"] as const)) {
      const { receiver } = this.connection.addTransceiver(kind, { direction: "recvonly" });
      // Not every browser has it; without it the two are aligned a little later.
      if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = BUFFER_MS;
      this.stream.addTrack(receiver.track);
    }
    this.connection.addEventListener("connectionstatechange", () => {
      if (["failed", "closed"].includes(this.connection.connectionState)) gone();
    });
  }

  /** What to ask the server with. */
  async offer(): Promise<string> {
    await this.connection.setLocalDescription(await this.connection.createOffer());
    if (this.connection.getConfiguration().iceServers?.length) await this.gathered();
    return this.connection.localDescription?.sdp ?? "";
  }

  /** Takes the server's answer; what then arrives is in the stream. */
  async answer(sdp: string): Promise<MediaStream> {
    await this.connection.setRemoteDescription({ type: "answer", sdp });
    return this.stream;
  }

  async arrived(): Promise<Arrived> {
    let [packets, pictures, lost] = [0, 0, 0];
    for (const report of (await this.connection.getStats()).values() as Iterable<RTCInboundRtpStreamStats>) {
      if (report.type !== "inbound-rtp") continue;
      packets += report.packetsReceived ?? 0;
      pictures += report.framesDecoded ?? 0;
      if (report.kind === "video") lost += report.packetsLost ?? 0;
    }
    return { packets, pictures, lost };
  }

  close(): void {
    this.connection.close();
  }

  private gathered(): Promise<void> {
    return new Promise((done) => {
      if (this.connection.iceGatheringState === "complete") return done();
      const timer = setTimeout(done, GATHERING_MS);
      this.connection.addEventListener("icegatheringstatechange", () => {
        if (this.connection.iceGatheringState !== "complete") return;
        clearTimeout(timer);
        done();
      });
    });
  }
}
