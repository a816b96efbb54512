/** The Socket.IO half of the interface: stays connected, joins again by itself, hands on checked events. */

import { io, type Socket } from "socket.io-client";
import type { Check } from "./check";
import { afterRefusal } from "./retry";
import * as wire from "./wire";

export interface JoinRequest {
  readonly clientId: string;
  readonly language?: string;
  readonly passcode?: string;
  /** What a host's page calls itself at every connection. */
  readonly page?: string;
  /** Replay what came after this segment. */
  readonly since: number;
}

/** What a page is told. Captions of a replay come before `joined`. */
export interface Page {
  /** What to join with; asked at every connection. */
  joining(): JoinRequest;
  joined(session: wire.Joined): void;
  /** The server does not let this page in. `again`: it is tried again without being asked. */
  refused(refusal: wire.Refusal, again: boolean): void;
  /** The connection is gone; it is made again without being asked. */
  lost(): void;
  caption(caption: wire.Caption, final: boolean): void;
  avatar(state: wire.AvatarState): void;
  condensed(segment: wire.SegmentCondensed): void;
  retracted(segmentId: number): void;
  corrected(segment: wire.SegmentCorrected): void;
  /** The host's page only. */
  hint(hint: wire.PaceHint): void;
  /** The host's page only. */
  engine(state: wire.EngineState): void;
  /** The host's page only. */
  cost(cost: wire.Cost): void;
  listeners(count: wire.ListenerCount): void;
  state(active: boolean): void;
  updated(session: wire.SessionInfo): void;
  ended(): void;
  notice(notice: wire.Notice): void;
}

const ANSWER_MS = 10_000;
/** Signs that a device is awake come within this time of each other. */
const TOGETHER_MS = 1000;

export class Live {
  private readonly socket: Socket;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;
  private inside = false;
  /** When the device was last seen to wake up, in ms since 1970: other clocks may stand while it sleeps. */
  private woken = 0;

  constructor(
    private readonly sessionId: string,
    private readonly page: Page,
  ) {
    this.socket = io({
      autoConnect: false,
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 5000,
    });
    this.socket.on("connect", () => void this.join());
    this.socket.on("disconnect", (reason) => this.disconnected(reason));
    this.listen();
  }

  /** Connects and keeps connected, until `stop`. */
  start(): void {
    // A phone that wakes up should not wait for the next attempt.
    addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    // A page that was put to sleep with its machine.
    document.addEventListener("resume", this.wake);
    this.socket.connect();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    document.removeEventListener("resume", this.wake);
    this.socket.disconnect();
  }

  /** Joins, or joins again to be told the session's state. Answers whether this page is in. */
  async join(): Promise<boolean> {
    clearTimeout(this.timer);
    const asked = { sessionId: this.sessionId, ...this.page.joining() };
    const answer = await this.ask("joinSession", asked, wire.joinAnswer);
    if (this.stopped) return false;
    if (answer === undefined) {
      // Silence on an open connection: begin anew, unless a new one is being made already.
      if (this.socket.connected) this.socket.disconnect().connect();
      return false;
    }
    if (!answer.ok) {
      this.refused(answer);
      return false;
    }
    this.attempt = 0;
    this.inside = true;
    this.page.joined(answer);
    return true;
  }

  /** Changes the language; undefined where no answer came: joining again says it then. */
  async setLanguage(language: string, since: number): Promise<wire.Answer<{ language: string }> | undefined> {
    const answer = await this.ask("setLanguage", { sessionId: this.sessionId, language, since }, wire.languageAnswer);
    // As in `join`: silence on an open connection.
    if (answer === undefined && this.socket.connected) this.socket.disconnect().connect();
    return answer;
  }

  /** Hands over a chunk of sound; undefined where no answer came. */
  sendAudio(clientId: string, audio: ArrayBuffer, position: number, seq: number): Promise<wire.AudioAnswer | undefined> {
    return this.ask("audioData", { sessionId: this.sessionId, clientId, audio, position, seq }, wire.audioAnswer);
  }

  private async ask<T>(event: string, request: object, check: Check<T>): Promise<T | undefined> {
    // Socket.IO would keep what is said while disconnected and say it before joining.
    if (!this.socket.connected) return undefined;
    try {
      return check(await this.socket.timeout(ANSWER_MS).emitWithAck(event, request), event);
    } catch {
      return undefined;
    }
  }

  private refused(refusal: wire.Refusal): void {
    this.inside = false;
    const delay = afterRefusal(refusal.code, this.attempt++);
    if (delay !== null) this.timer = setTimeout(() => void this.join(), delay);
    this.page.refused(refusal, delay !== null);
  }

  private disconnected(reason: string): void {
    clearTimeout(this.timer);
    if (this.inside) this.page.lost();
    this.inside = false;
    // When the server hangs up, Socket.IO takes it for a wish and stays away.
    if (reason === "io server disconnect" && !this.stopped) {
      this.timer = setTimeout(() => this.socket.connect(), 1000);
    }
  }

  private readonly wake = (): void => {
    if (this.stopped || document.hidden || this.socket.connected) return;
    const now = Date.now();
    // The events come together, and only the first begins an attempt.
    if (Math.abs(now - this.woken) < TOGETHER_MS) return;
    this.woken = now;
    // Connecting alone would wait for the attempt that is due.
    this.socket.disconnect().connect();
  };

  private on<T>(event: string, check: Check<T>, tell: (value: T) => void): void {
    this.socket.on(event, (payload: unknown) => {
      if (this.stopped) return;
      let value: T;
      try {
        value = check(payload, event);
      } catch (error) {
        console.warn("An event of the server was left out:", error);
        return;
      }
      tell(value);
    });
  }

  /** As `on`, for events that carry a session's id: what belongs to another session is left out. */
  private onMine<T extends { readonly sessionId: string }>(event: string, check: Check<T>, tell: (value: T) => void): void {
    this.on(event, check, (value) => {
      if (value.sessionId === this.sessionId) tell(value);
    });
  }

  private listen(): void {
    const { page } = this;
    this.onMine("translationPartial", wire.caption, (caption) => page.caption(caption, false));
    this.onMine("translationResult", wire.caption, (caption) => page.caption(caption, true));
    this.onMine("avatarState", wire.avatarState, (state) => page.avatar(state));
    this.onMine("segmentCondensed", wire.segmentCondensed, (segment) => page.condensed(segment));
    this.onMine("segmentRetracted", wire.segmentRetracted, ({ segmentId }) => page.retracted(segmentId));
    this.onMine("segmentCorrected", wire.segmentCorrected, (segment) => page.corrected(segment));
    this.onMine("engineState", wire.engineState, (state) => page.engine(state));
    this.onMine("costUpdated", wire.costUpdated, (cost) => page.cost(cost));
    // Its number comes by listenerCountUpdated too, with the languages.
    this.onMine("listenerJoined", wire.listenerJoined, () => undefined);
    this.onMine("paceHint", wire.paceHint, (hint) => page.hint(hint));
    this.onMine("listenerCountUpdated", wire.listenerCount, (count) => page.listeners(count));
    this.onMine("sessionState", wire.sessionState, ({ active }) => page.state(active));
    this.onMine("sessionUpdated", wire.sessionUpdated, (update) => page.updated(update.sessionInfo));
    this.onMine("sessionEnded", wire.sessionEnded, () => page.ended());
    this.on("error", wire.notice, (notice) => page.notice(notice));
  }
}
