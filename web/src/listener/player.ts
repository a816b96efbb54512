/** Picture and sound of one listener: does what `Watching` decides, with a peer and a screen. */

import { connectListenerAvatar, disconnectAvatar, getIceToken, Refused, type Viewer } from "../api";
import { Peer } from "./peer";
import { Screen } from "./screen";
import { type Refusal, Watching } from "./watching";

/** How often what arrives is looked at. */
const LOOK_MS = 500;
/** Codes of refusals that asking again may change. */
const PASSING = ["full", "unavailable", "tooMany"];
const NO_WEBRTC = "This browser cannot play it. Current ones can; the captions go on.";

/** What a language has of picture and sound. */
export interface Channel {
  readonly voiced: boolean;
  /** What is said instead where there is no voice. */
  readonly instead: string;
}

export class Player {
  private readonly watching: Watching;
  private readonly screen: Screen;
  private peer: Peer | undefined;
  private calls = new AbortController();
  /** What is being asked of the server, one after the other: a goodbye that came late would end the next peer. */
  private asked: Promise<void> = Promise.resolve();
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly viewer: Viewer,
    private channel: Channel,
    poster: string,
    /** The listener has asked for picture and sound, or sent them away. */
    private readonly wished: () => void,
  ) {
    this.watching = new Watching(channel.voiced);
    this.screen = new Screen({ want: (media) => this.want(media), begun: () => void this.look() }, poster);
    this.step();
  }

  /** Picture and sound are wished for, in a language that has them. */
  get on(): boolean {
    return this.watching.on;
  }

  sat(): void {
    this.watching.sat(performance.now());
    this.step();
  }

  stood(): void {
    this.watching.stood();
    this.step();
  }

  /** The listener changes the language. The socket says it; the server switches the source on the same peer. */
  tune(channel: Channel): void {
    this.channel = channel;
    this.watching.tune(channel.voiced);
    this.step();
  }

  /** The talk is over, or left. The server needs no word: the peer says goodbye. */
  leave(): void {
    clearInterval(this.timer);
    this.watching.want(false);
    this.drop();
    this.watching.closed();
    this.screen.source(null);
    this.show();
  }

  private want(media: boolean): void {
    this.watching.want(media);
    clearInterval(this.timer);
    if (media) this.timer = setInterval(() => void this.look(), LOOK_MS);
    this.step();
    this.wished();
  }

  private async look(): Promise<void> {
    const { peer } = this;
    const arrived = await peer?.arrived();
    if (peer && arrived && peer === this.peer) this.watching.looked(arrived, performance.now());
    this.step();
  }

  private step(): void {
    const action = this.watching.next(performance.now());
    if (action === "open") this.open();
    if (action === "close") this.close();
    this.show();
  }

  private show(): void {
    this.screen.show(this.watching.sign(performance.now()), this.watching.reason, this.channel.instead);
  }

  private open(): void {
    this.drop();
    this.watching.opened(performance.now());
    this.calls = new AbortController();
    const { signal } = this.calls;
    this.asked = this.asked.then(() => this.connect(signal));
  }

  private async connect(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    try {
      const token = await getIceToken(this.viewer.clientId, signal);
      if (signal.aborted) return;
      const peer = (this.peer = new Peer(token, () => this.broke(signal)));
      const offer = await peer.offer();
      const answer = await connectListenerAvatar(this.viewer, offer, signal);
      const stream = await peer.answer(answer);
      if (!signal.aborted) this.screen.source(stream);
    } catch (error) {
      this.broke(signal, error);
    }
  }

  /** `signal` is that of the attempt: one that was given up has nothing to say any more. */
  private broke(signal: AbortSignal, error?: unknown): void {
    if (signal.aborted) return;
    this.drop();
    this.watching.broke(performance.now(), refusal(error));
    this.step();
  }

  private close(): void {
    this.drop();
    this.watching.closed();
    if (this.on) return;
    this.screen.source(null);
    // A server that does not hear it notices by itself that nobody is there.
    this.asked = this.asked.then(() => disconnectAvatar(this.viewer)).catch(() => undefined);
  }

  private drop(): void {
    this.calls.abort();
    this.peer?.close();
    this.peer = undefined;
  }
}

/** What is known for sure about why there is no peer. */
function refusal(error: unknown): Refusal | undefined {
  if (!("RTCPeerConnection" in window)) return { sentence: NO_WEBRTC, final: true };
  return error instanceof Refused ? { sentence: error.message, final: !PASSING.includes(error.code) } : undefined;
}
