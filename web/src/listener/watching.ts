/** Whether picture and sound should be there, are there, and what to do about it. Decides only; times are ms of one clock. */

import type { Key } from "../words";

/** From an offer to its first packets. A server closes peers that take more than 15 s. */
const ATTEMPT_MS = 10_000;
/** Sound comes 50 times a second: after this long without any, the reader is told. */
const SILENCE_MS = 2000;
/** And after this long the peer is given up. A network that changes under a phone is back sooner, or not at all. */
const LOST_MS = 5000;
/** Where sound comes but no new picture. */
const FROZEN_MS = 3000;
/** After this long with sound and no picture the picture gives way: the line is too weak for both. */
const WEAK_MS = 12_000;
/** After this long without its picture it is tried again, and each time that it gives way again after twice as long. */
const FIRST_RETURN_MS = 60_000;
const LONGEST_RETURN_MS = 16 * 60_000;
/** Attempts without a single packet after which only a relay is tried, and after which the listener is told. */
const DIRECT_ATTEMPTS = 2;
const ALL_ATTEMPTS = 4;
/** A peer that lived this long was a good one: the next attempt is a first one. */
const SETTLED_MS = 10_000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;

export type Sign =
  /** Captions only, by the listener's choice. */
  | "off"
  /** Captions only: no voice speaks this language. */
  | "voiceless"
  | "connecting"
  | "playing"
  /** Nothing arrives. */
  | "interrupted"
  /** Sound arrives, and no new picture. */
  | "frozen"
  /** The server said no and will say no again. */
  | "refused"
  /** The network lets nothing through, straight or by relay. */
  | "blocked";

export type Action = "open" | "close" | "none";

/** What has arrived since a peer was opened. */
export interface Arrived {
  /** RTP packets of picture and sound. */
  readonly packets: number;
  /** Pictures decoded. */
  readonly pictures: number;
  /** Packets of the picture that the network has lost. */
  readonly lost: number;
}

/** Why the server gave no peer. */
export interface Refusal {
  readonly key: Key;
  /** Asking again makes no sense. */
  readonly final: boolean;
}

interface Attempt {
  readonly opened: number;
  readonly arrived: Arrived;
  /** When the first packets were seen, and the last. */
  readonly first: number | undefined;
  readonly last: number;
  /** When the last new picture was seen, and what the network had lost by then. */
  readonly drawn: number;
  readonly lost: number;
}

export class Watching {
  private wanted = false;
  private seated = false;
  private attempt: Attempt | undefined;
  /** Attempts that did not hold, one after the other. */
  private failures = 0;
  /** No new attempt before this time. */
  private notBefore = 0;
  private refusal: Refusal | undefined;
  /** Attempts one after the other to which nothing ever came. */
  private unreached = 0;
  private pictured = true;
  private weak = false;
  /** Times that the picture gave way, one after the other, and when it is tried again. */
  private gaveWayTimes = 0;
  private returns = 0;

  constructor(
    /** The language has a voice. */
    private voiced: boolean,
  ) {}

  /** What the listener wants: picture and sound, sound, or neither. */
  want(wanted: boolean, pictured = true): void {
    this.wanted = wanted;
    this.pictured = pictured;
    this.weak = false;
    this.gaveWayTimes = 0;
    this.unreached = 0;
    this.refusal = undefined;
    this.failures = 0;
    this.notBefore = 0;
  }

  tune(voiced: boolean): void {
    if (voiced !== this.voiced) this.refusal = undefined;
    this.voiced = voiced;
  }

  /** The seat is taken, maybe in another run of the server: a peer that is silent since then has no other end. */
  sat(now: number): void {
    this.seated = true;
    this.notBefore = 0;
    this.unreached = 0;
    if (this.attempt && this.silent(now) >= SILENCE_MS) this.broke(now);
  }

  stood(): void {
    this.seated = false;
  }

  opened(now: number): void {
    const arrived = { packets: 0, pictures: 0, lost: 0 };
    this.attempt = { opened: now, arrived, first: undefined, last: now, drawn: now, lost: 0 };
  }

  closed(): void {
    this.attempt = undefined;
  }

  /** Looked at what has arrived so far. */
  looked(arrived: Arrived, now: number): void {
    const before = this.attempt;
    if (!before) return;
    const flows = arrived.packets > before.arrived.packets;
    const moves = arrived.pictures > before.arrived.pictures;
    const drawn = moves ? now : before.drawn;
    const lost = moves ? arrived.lost : before.lost;
    const first = before.first ?? (flows ? now : undefined);
    this.attempt = { ...before, arrived, first, last: flows ? now : before.last, drawn, lost };
    if (first !== undefined) {
      this.refusal = undefined;
      this.unreached = 0;
    }
    if (first !== undefined && now - first >= SETTLED_MS) this.failures = 0;
    if (moves && first !== undefined && now - first >= FIRST_RETURN_MS) this.gaveWayTimes = 0;
  }

  /** The peer is gone, or could not be made. */
  broke(now: number, refusal?: Refusal): void {
    if (this.attempt && this.attempt.first === undefined && refusal === undefined) this.unreached += 1;
    this.attempt = undefined;
    this.refusal = refusal;
    // After one that held for a while the first new attempt is made at once.
    const pause = this.failures === 0 ? 0 : FIRST_PAUSE_MS * 2 ** (this.failures - 1);
    this.notBefore = now + Math.min(pause, LONGEST_PAUSE_MS);
    this.failures += 1;
  }

  /** What to do now. Asked after everything that happens, and now and then. */
  next(now: number): Action {
    if (!this.on || this.refusal?.final) return this.attempt ? "close" : "none";
    if (!this.attempt) return this.seated && now >= this.notBefore ? "open" : "none";
    // Without the server no other peer can be had, and this one may come back by itself.
    const patience = this.attempt.first === undefined ? ATTEMPT_MS : LOST_MS;
    if (this.seated && this.silent(now) >= patience) {
      this.broke(now);
      return "close";
    }
    if (["frozen", "connecting"].includes(this.sign(now)) && this.starved(now)) {
      // Without the picture there may be room for the sound.
      this.weak = true;
      this.returns = now + Math.min(FIRST_RETURN_MS * 2 ** this.gaveWayTimes, LONGEST_RETURN_MS);
      this.gaveWayTimes += 1;
      this.attempt = undefined;
      return "close";
    }
    if (this.weak && this.seated && now >= this.returns) {
      this.weak = false;
      this.attempt = undefined;
      return "close";
    }
    return "none";
  }

  /** The network loses the picture: else it is the server that has none. */
  private starved(now: number): boolean {
    const { attempt } = this;
    return attempt !== undefined && now - attempt.drawn >= WEAK_MS && attempt.arrived.lost > attempt.lost;
  }

  /** The peer to open asks for pictures. */
  get withPicture(): boolean {
    return this.pictured && !this.weak;
  }

  /** The picture was let go, for the sound's sake. */
  get gaveWay(): boolean {
    return this.weak;
  }

  /** The peer to open goes through a relay only: nothing came straight. Later both ways take turns. */
  get relayOnly(): boolean {
    const { unreached } = this;
    return unreached >= DIRECT_ATTEMPTS && (unreached < ALL_ATTEMPTS || unreached % 2 === 1);
  }

  /** Nothing comes through: said, and tried again all the same, for networks change. */
  private get blocked(): boolean {
    return this.unreached >= ALL_ATTEMPTS;
  }

  sign(now: number): Sign {
    if (!this.voiced) return "voiceless";
    if (!this.wanted) return "off";
    if (this.refusal?.final) return "refused";
    if (this.blocked) return "blocked";
    const { attempt } = this;
    if (!attempt) return this.failures > 0 ? "interrupted" : "connecting";
    if (attempt.first === undefined || (this.withPicture && attempt.arrived.pictures === 0)) return "connecting";
    if (this.silent(now) >= SILENCE_MS) return "interrupted";
    if (!this.withPicture) return "playing";
    return now - attempt.drawn >= FROZEN_MS ? "frozen" : "playing";
  }

  /** Picture and sound are wished for and can be had. */
  get on(): boolean {
    return this.wanted && this.voiced;
  }

  /** What the server said when it gave no peer. */
  get reason(): Key | null {
    return this.refusal?.key ?? null;
  }

  private silent(now: number): number {
    return this.attempt ? now - this.attempt.last : 0;
  }
}
