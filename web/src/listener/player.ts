/** Picture and sound of one listener: does what `Watching` decides, with a peer and a screen. */

import { connectListenerAvatar, disconnectAvatar, getIceToken, type Viewer } from "../api";
import { codeWords, Refused } from "../trouble";
import type { Key } from "../words";
import { FloorSound } from "./floor";
import { type Ability, ability, type Mode } from "./modes";
import { Peer } from "./peer";
import type { Screen } from "./screen";
import { type Refusal, type Sign, Watching } from "./watching";

/** How often what arrives is looked at. */
const LOOK_MS = 500;
/** Codes of refusals that asking again may change. */
const PASSING = ["full", "unavailable", "tooMany"];

/** What a language has of picture and sound. */
export interface Channel {
  readonly voiced: boolean;
  /** What is said instead where there is no voice. */
  readonly instead: Key;
  readonly language: string;
}

export class Player {
  private readonly watching: Watching;
  readonly floor: FloorSound;
  private peer: Peer | undefined;
  private calls = new AbortController();
  /** What is being asked of the server, one after the other: a goodbye that came late would end the next peer. */
  private asked: Promise<void> = Promise.resolve();
  private timer: ReturnType<typeof setInterval> | undefined;
  private readonly can: Ability = ability();

  constructor(
    private readonly viewer: Viewer,
    private channel: Channel,
    private readonly screen: Screen,
    /** How it stands has changed. */
    private readonly changed: (sign: Sign) => void,
  ) {
    this.watching = new Watching(channel.voiced);
    this.floor = new FloorSound(viewer, (trouble) => screen.floorTrouble(trouble));
    screen.onPicture = (): void => void this.look();
    this.step();
  }

  /** Picture or sound are wished for, in a language that has them. */
  get on(): boolean {
    return this.watching.on;
  }

  get sign(): Sign {
    return this.watching.sign(performance.now());
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
    this.floor.want(false);
    this.screen.source(null);
    this.show();
  }

  /** The listener chooses how to follow. */
  want(mode: Mode): void {
    const media = (mode === "avatar" || mode === "sound") && this.can.sound;
    const picture = mode === "avatar" && this.can.picture;
    // Another kind of peer: the one that is there, or is being made, goes, for its offer asks for something else.
    if (media && picture !== this.watching.withPicture) {
      this.drop();
      this.watching.closed();
    }
    this.watching.want(media, picture);
    clearInterval(this.timer);
    if (media) this.timer = setInterval(() => void this.look(), LOOK_MS);
    if (!media) this.floor.want(false);
    this.step();
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
    const { sign } = this;
    this.screen.show(sign, this.watching.reason, this.channel, this.watching.gaveWay);
    this.changed(sign);
  }

  private open(): void {
    this.drop();
    this.watching.opened(performance.now());
    this.calls = new AbortController();
    const { signal } = this.calls;
    const way = { picture: this.watching.withPicture, relayOnly: this.watching.relayOnly };
    this.asked = this.asked.then(async () => {
      if (signal.aborted) return;
      try {
        const token = await getIceToken(this.viewer.clientId, signal);
        if (signal.aborted) return;
        const peer = (this.peer = new Peer(token, way, () => this.broke(signal)));
        const answer = await connectListenerAvatar(this.viewer, await peer.offer(), signal);
        const stream = await peer.answer(answer);
        if (!signal.aborted) this.screen.source(stream);
      } catch (error) {
        this.broke(signal, error);
      }
    });
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
    if (this.peer) this.screen.gone();
    this.peer?.close();
    this.peer = undefined;
  }
}

/** What is known for sure about why there is no peer. */
function refusal(error: unknown): Refusal | undefined {
  return error instanceof Refused ? { key: codeWords(error.code), final: !PASSING.includes(error.code) } : undefined;
}
