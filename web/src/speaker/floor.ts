/** The floor on the speaker's side: the microphone is on or off, and what it hears gets to the server. */

import { startTranslation, stopTranslation } from "../api";
import { byId } from "../dom";
import { complain, complainOf, Trouble } from "../trouble";
import { type Key, tell } from "../words";
import type { Live } from "../live";
import type { FloorState } from "../wire";
import { FLOOR_RATE } from "./backlog";
import { DeviceChooser } from "./devices";
import { Meter } from "./meter";
import type { Microphone } from "./microphone";
import { Mouth } from "./mouth";
import type { Hosted } from "./remembered";
import { Sender } from "./sender";
import { type Phase, sentence, toggleLabel } from "./sentences";
import { Loudspeakers } from "./speakers";

/** How long a pause waits, in ms, for the last words to get to the server. */
const PATIENCE_MS = 3000;

export class Floor {
  private readonly toggle = byId("toggle", HTMLButtonElement);
  private readonly stateSign = byId("state", HTMLElement);
  private readonly problem = byId("problem", HTMLElement);
  private readonly settings = byId("microphone-settings", HTMLDetailsElement);
  private readonly meter = new Meter();
  readonly devices = new DeviceChooser();
  private readonly loudspeakers = new Loudspeakers();
  readonly mouth: Mouth;
  private readonly sender: Sender;
  private microphone: Microphone | undefined;
  private phase: Phase = "off";
  /** As the server has it. */
  private active = false;
  private begun = false;
  private online = false;
  /** Paused here, but the server could not be told. */
  private pauseOwed = false;
  private joinedBefore = false;
  /** Rises with every microphone that is asked for, and when none is wanted: one that comes too late is closed. */
  private turn = 0;

  constructor(
    private readonly hosted: Hosted,
    private readonly live: Live,
  ) {
    this.mouth = new Mouth(hosted.sessionId, () => this.draw());
    this.sender = new Sender(
      ({ samples, position, seq }) =>
        live.sendAudio(hosted.clientId, samples.buffer as ArrayBuffer, position, seq),
      (code, refusal) => {
        this.shut();
        complainOf(this.problem, code, refusal);
      },
    );
    this.devices.watch(() => void this.changeDevice());
    this.toggle.onclick = (): void => this.press();
    this.draw();
  }

  /** Start, or pause. */
  press(): void {
    if (!this.toggle.disabled) void (this.phase === "on" ? this.pause() : this.start());
  }

  /** The microphone is heard here now, or about to be. */
  get open(): boolean {
    return this.phase !== "off";
  }

  /** Says what is wrong with the device, where the talk does not use it yet; null: nothing. */
  warn(fault: Key | null): void {
    if (!this.open) this.loudspeakers.show(fault);
  }

  joined(active: boolean, audio: FloorState): void {
    const before = this.active;
    this.online = true;
    this.active = active;
    this.begun ||= active || audio.accepted > 0;
    this.sender.joined(audio.received, audio.accepted);
    const fresh = !this.joinedBefore;
    this.joinedBefore = true;
    // Before the talk is the time to choose and check the microphone.
    if (fresh) this.settings.open = !this.begun;
    if (!active) this.pauseKnown();
    if (this.pauseOwed && active) void this.settle();
    else if (fresh && active && !this.open) void this.goOn();
    else this.followState(before);
  }

  lost(): void {
    this.online = false;
    this.sender.backlog.cut();
    this.draw();
  }

  state(active: boolean): void {
    const before = this.active;
    this.active = active;
    this.begun ||= active;
    this.followState(before);
  }

  /** Stops listening. Resolves when what was said last has been sent. */
  async close(): Promise<void> {
    this.silence();
    if (!this.sender.backlog.idle) {
      // A pause may have left something, and in a pause the server takes no sound.
      const { clientId, sessionId } = this.hosted;
      if (!this.active) await startTranslation(clientId, sessionId).catch(() => undefined);
      this.sender.begin();
      await this.sender.drained(PATIENCE_MS);
    }
    this.shut();
  }

  /** The microphone off at once, whatever is left to send. */
  shut(): void {
    this.silence();
    this.sender.halt();
    this.phase = "off";
    this.draw();
  }

  private async start(): Promise<void> {
    this.phase = "opening";
    if (!this.begun) this.settings.open = false;
    tell(this.problem, null);
    try {
      if (!(await this.listen())) return;
      const { turn } = this;
      const { clientId, sessionId } = this.hosted;
      await startTranslation(clientId, sessionId);
      if (turn !== this.turn) return;
      this.pauseOwed = false;
      // Joining again tells where the floor stands: another device may have gone on in between.
      const inside = await this.live.join();
      if (turn !== this.turn) return;
      if (!inside) throw new Trouble("speaker.lostAtStart");
      if (this.active) this.onAir();
      else this.shut();
    } catch (error) {
      this.fail(error);
    }
  }

  /** After a reload in mid-talk: as before, without being asked. */
  private async goOn(): Promise<void> {
    this.phase = "opening";
    try {
      if (await this.listen()) this.onAir();
    } catch (error) {
      this.fail(error);
    }
  }

  private onAir(): void {
    this.phase = "on";
    this.begun = true;
    this.sender.begin();
    this.draw();
  }

  private async pause(): Promise<void> {
    this.silence();
    await this.settle();
  }

  /** Sends what is left and tells the server that the talk pauses. */
  private async settle(): Promise<void> {
    this.phase = "closing";
    this.draw();
    this.sender.begin();
    await this.sender.drained(PATIENCE_MS);
    this.sender.halt();
    try {
      await stopTranslation(this.hosted.clientId, this.hosted.sessionId);
      this.active = false;
      this.pauseKnown();
    } catch (error) {
      this.pauseOwed = true;
      tell(this.problem, "speaker.pauseOwed");
    }
    this.phase = "off";
    this.draw();
  }

  /** The server knows that the talk is paused: nothing is owed, and nobody is told that something were. */
  private pauseKnown(): void {
    this.pauseOwed = false;
    if (this.problem.dataset["words"] === "speaker.pauseOwed") tell(this.problem, null);
  }

  /** Opens the chosen microphone; false where it is not wanted any more by then. */
  private async listen(): Promise<boolean> {
    const turn = ++this.turn;
    this.draw();
    const opened = await this.devices.listen(
      (chunk) => {
        if (turn !== this.turn) return;
        const { closed } = this.mouth;
        this.meter.hear(chunk, closed || this.microphone?.muted === true);
        this.sender.take(closed ? new Int16Array(chunk.samples.length) : chunk.samples);
        this.draw();
      },
      () => void (turn === this.turn && this.unplugged()),
    ).catch((error: unknown) => {
      if (turn !== this.turn) return undefined;
      throw error;
    });
    if (turn !== this.turn) opened?.close();
    if (turn !== this.turn || !opened) return false;
    this.microphone?.close();
    this.microphone = opened;
    opened.watch(() => this.loudspeakers.show(opened.fault));
    this.loudspeakers.show(opened.fault);
    return true;
  }

  private async changeDevice(): Promise<void> {
    if (this.phase !== "on") return;
    this.silence();
    try {
      if (await this.listen()) tell(this.problem, null);
    } catch (error) {
      this.fail(error);
    }
  }

  private async unplugged(): Promise<void> {
    if (this.phase !== "on") return;
    tell(this.problem, "microphone.replaced");
    this.devices.reset();
    this.silence();
    try {
      await this.listen();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Paused from another device, maybe while the browser asks for the microphone. `before`: whether it was on. */
  private followState(before: boolean): void {
    if (!this.active && (this.phase === "on" || (this.phase === "opening" && before))) this.shut();
    this.draw();
  }

  private silence(): void {
    this.turn += 1;
    this.microphone?.close();
    this.microphone = undefined;
    this.meter.rest();
    this.loudspeakers.show(null);
  }

  private fail(error: unknown): void {
    this.shut();
    complain(this.problem, error);
  }

  private draw(): void {
    const { phase, active, begun, online } = this;
    const { waiting, lost } = this.sender.backlog;
    const seconds = (samples: number): number => Math.floor(samples / FLOOR_RATE);
    const muted = this.mouth.closed;
    const state = { phase, active, begun, online, muted, waiting: seconds(waiting), lost: seconds(lost) };
    const { key, values } = sentence(state);
    tell(this.stateSign, key, values);
    this.stateSign.dataset["phase"] = phase;
    byId("desk", HTMLElement).dataset["begun"] = String(begun);
    this.stateSign.dataset["muted"] = String(muted);
    tell(this.toggle, toggleLabel(state));
    this.mouth.show(phase === "on");
    this.toggle.disabled = phase === "opening" || phase === "closing";
  }
}
