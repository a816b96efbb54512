/** The speaker's own voice under the translation: a peer of its own, there only while it is to be heard. */

import { connectFloor, getIceToken, type Viewer } from "../api";
import { byId } from "../dom";
import { Refused } from "../trouble";
import type { Key } from "../words";
import { Peer } from "./peer";

const AGAIN_MS = 3000;

export class FloorSound {
  private readonly sound = byId("floor-sound", HTMLAudioElement);
  private wanted = false;
  private peer: Peer | undefined;
  private calls = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly viewer: Viewer,
    /** Why it cannot be heard; null when it can. */
    private readonly trouble: (key: Key | null) => void,
  ) {}

  want(wanted: boolean): void {
    if (wanted === this.wanted) return;
    this.wanted = wanted;
    this.close();
    if (wanted) void this.open();
    else this.trouble(null);
  }

  private async open(): Promise<void> {
    this.calls = new AbortController();
    const { signal } = this.calls;
    try {
      const token = await getIceToken(this.viewer.clientId, signal);
      if (signal.aborted) return;
      const peer = (this.peer = new Peer(token, { picture: false, relayOnly: false }, () => this.again(signal)));
      const stream = await peer.answer(await connectFloor(this.viewer, await peer.offer(), signal));
      if (signal.aborted) return;
      this.sound.srcObject = stream;
      await this.sound.play().catch(() => undefined);
      this.trouble(null);
    } catch (error) {
      if (signal.aborted) return;
      // The speaker does not lend it, or this server has none: asking again changes nothing.
      if (error instanceof Refused && error.status < 500) this.trouble("balance.none");
      else this.again(signal);
    }
  }

  private again(signal: AbortSignal): void {
    if (signal.aborted) return;
    this.close();
    this.trouble("balance.lost");
    this.timer = setTimeout(() => void this.open(), AGAIN_MS);
  }

  /** The server needs no word: the peer says goodbye. */
  private close(): void {
    clearTimeout(this.timer);
    this.calls.abort();
    this.peer?.close();
    this.peer = undefined;
    this.sound.srcObject = null;
  }
}
