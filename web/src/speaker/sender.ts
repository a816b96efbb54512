/** Carries the backlog to the server while the talk is on. */

import type { AudioAnswer } from "../wire";
import { Backlog, type Chunk } from "./backlog";

/** With these the same chunk may be taken later. */
const PASSING = new Set(["tooMany", "unavailable"]);

/** Sends one chunk; undefined where no answer came. */
export type Post = (chunk: Chunk) => Promise<AudioAnswer | undefined>;

export class Sender {
  readonly backlog = new Backlog();
  private open = false;
  /** Nothing more is heard: what is left goes at once. */
  private draining = false;

  /** `refused`: the server will not take this page's sound at all; with its code and sentence; the sender has halted. */
  constructor(
    private readonly post: Post,
    private readonly refused: (code: string, sentence: string) => void,
  ) {}

  /** The talk is on: from here on sound is taken and sent. */
  begin(): void {
    this.open = true;
    this.pump();
  }

  /** The talk is paused: nothing is taken or sent. */
  halt(): void {
    this.open = false;
  }

  take(samples: Int16Array): void {
    if (!this.open) return;
    this.backlog.add(samples);
    this.pump();
  }

  joined(received: number, accepted: number): void {
    this.backlog.joined(received, accepted);
    this.pump();
  }

  /** Resolves when everything has been sent and answered, or after `patience` ms. */
  async drained(patience: number): Promise<void> {
    const until = performance.now() + patience;
    this.draining = true;
    while (!this.backlog.idle && performance.now() < until) {
      // The microphone, whose chunks knock otherwise, may be closed.
      this.pump();
      await new Promise((wake) => setTimeout(wake, 20));
    }
    this.draining = false;
  }

  /** Sends what may be sent. Called by every chunk of the microphone (25 a second) and every answer. */
  private pump(): void {
    if (!this.open) return;
    for (;;) {
      const next = this.backlog.next(performance.now(), this.draining);
      if (!next) return;
      void this.send(next.chunk, next.connection);
    }
  }

  private async send(chunk: Chunk, connection: number): Promise<void> {
    const answer = await this.post(chunk);
    if (answer?.ok) {
      this.backlog.taken(connection, answer.received ?? 0);
    } else {
      this.backlog.refused(connection, chunk, performance.now());
      if (answer && !PASSING.has(answer.code) && this.open) {
        this.halt();
        this.refused(answer.code, answer.error);
      }
    }
    this.pump();
  }
}
