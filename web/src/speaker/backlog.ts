/**
 * The floor's sound from the microphone until it is safe at the server. Decides what is sent when; sends nothing itself.
 *
 * Chunks stay here until the server's `received` has passed them: a server that is killed has lost what it had not
 * kept yet, and is sent it again. Bounded to 60 s; beyond that the oldest go, and what was never sent is counted.
 */

export const FLOOR_RATE = 16_000;

const KEPT = 60 * FLOOR_RATE;
/** Unanswered chunks on the way: at 40 ms each, two seconds' worth catch up quickly without flooding a slow line. */
const ON_THE_WAY = 50;
/** The server refuses sound when 60 s wait for it; staying below makes that the exception. */
const AHEAD = 45 * FLOOR_RATE;
/** How long to wait, in ms, before knocking again where the server is that far behind, or has refused. */
const PAUSE_MS = 1000;

export interface Chunk {
  /** Floor position of the first sample, in samples. */
  readonly position: number;
  /** Rises by one with every chunk of this page. */
  readonly seq: number;
  /** 16-bit mono at FLOOR_RATE. */
  readonly samples: Int16Array;
}

const endOf = (chunk: Chunk): number => chunk.position + chunk.samples.length;

export class Backlog {
  private readonly chunks: Chunk[] = [];
  /** How many of `chunks`, from the front, have been sent on this connection. */
  private sent = 0;
  private onTheWay = 0;
  /** Counts connections: an answer to an earlier one says nothing about this one. */
  private connection = 0;
  private connected = false;
  private end = 0;
  private received = 0;
  private nextSeq = 0;
  private notBefore = 0;
  private lostSamples = 0;

  /** Samples captured and not sent yet. */
  get waiting(): number {
    return this.end - (this.chunks[this.sent]?.position ?? this.end);
  }

  /** Samples that went before they could ever be sent, until all that was kept has been. */
  get lost(): number {
    return this.lostSamples;
  }

  /** Everything has been sent and answered. */
  get idle(): boolean {
    return this.sent === this.chunks.length && this.onTheWay === 0;
  }

  /** Takes what the microphone heard. */
  add(samples: Int16Array): void {
    this.chunks.push({ position: this.end, seq: this.nextSeq++, samples });
    this.end += samples.length;
    while (this.end - (this.chunks[0]?.position ?? this.end) > KEPT) this.dropOldest();
  }

  private dropOldest(): void {
    const oldest = this.chunks.shift();
    if (this.sent > 0) this.sent--;
    else this.lostSamples += oldest?.samples.length ?? 0;
  }

  /** The page has joined: the server has the floor up to `accepted`, and safely up to `received` (samples). */
  joined(received: number, accepted: number): void {
    this.connection++;
    this.connected = true;
    this.onTheWay = 0;
    this.notBefore = 0;
    this.received = Math.max(this.received, received);
    this.end = Math.max(this.end, accepted);
    this.forget();
    this.sent = this.indexOf(accepted);
  }

  /** The connection is gone: nothing can be sent until `joined`. */
  cut(): void {
    this.connection++;
    this.connected = false;
  }

  /**
   * The chunk to send now (`now` in ms), if any. It counts as sent; its fate is told with the returned token.
   * `last`: nothing is added any more. All that can be left then is as much as the server takes.
   */
  next(now: number, last = false): { readonly chunk: Chunk; readonly connection: number } | undefined {
    const chunk = this.chunks[this.sent];
    if (!chunk || !this.connected || this.onTheWay >= ON_THE_WAY || now < this.notBefore) return undefined;
    // Only answers carry `received`: far ahead, one chunk at a time asks for it.
    if (!last && endOf(chunk) - this.received > AHEAD) {
      if (this.onTheWay > 0) return undefined;
      this.notBefore = now + PAUSE_MS;
    }
    this.sent++;
    this.onTheWay++;
    // All that was kept has gone: what was lost before is told, and over.
    if (this.sent === this.chunks.length) this.lostSamples = 0;
    return { chunk, connection: this.connection };
  }

  /** The server took the chunk. */
  taken(connection: number, received: number): void {
    this.answered(connection);
    this.received = Math.max(this.received, received);
    this.forget();
  }

  /** The server could not take the chunk now, or did not answer: it is sent again after a pause. */
  refused(connection: number, chunk: Chunk, now: number): void {
    if (connection !== this.connection) return;
    this.answered(connection);
    // Others behind it may have been refused before: never forwards.
    this.sent = Math.min(this.sent, this.indexOf(chunk.position));
    this.notBefore = now + PAUSE_MS;
  }

  private answered(connection: number): void {
    if (connection === this.connection) this.onTheWay--;
  }

  private forget(): void {
    for (let first = this.chunks[0]; first && endOf(first) <= this.received; first = this.chunks[0]) {
      this.chunks.shift();
      this.sent = Math.max(0, this.sent - 1);
    }
  }

  /** Which of `chunks` is the first to hold anything from `position` on. */
  private indexOf(position: number): number {
    const index = this.chunks.findIndex((chunk) => endOf(chunk) > position);
    return index < 0 ? this.chunks.length : index;
  }
}
