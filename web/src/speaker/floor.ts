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
import { Microphone } from "./microphone";
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
  private readonly devices = new DeviceChooser(() => void this.changeDevice());
  private readonly loudspeakers = new Loudspeakers();
  readonly mouth = new Mouth(() => this.draw());
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

  constructor(
    private readonly hosted: Hosted,
    private readonly live: Live,
  ) {
    this.sender = new Sender(
      ({ samples, position, seq }) =>
        live.sendAudio(hosted.clientId, samples.buffer as ArrayBuffer, position, seq),
      (code, refusal) => {
        this.shut();
        complainOf(this.problem, code, refusal);
      },
    );
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

  /** Which microphone the speaker chose. */
  get device(): string {
    return this.devices.chosen;
  }

  joined(active: boolean, audio: FloorState): void {
    this.online = true;
    this.active = active;
    this.begun ||= active || audio.accepted > 0;
    this.sender.joined(audio.received, audio.accepted);
    const fresh = !this.joinedBefore;
    this.joinedBefore = true;
    // Before the talk is the time to choose and check the microphone.
    if (fresh) this.settings.open = !this.begun;
    if (this.pauseOwed && active) void this.settle();
    else if (fresh && active) void this.goOn();
    else this.followState();
  }

  lost(): void {
    this.online = false;
    this.sender.backlog.cut();
    this.draw();
  }

  state(active: boolean): void {
    this.active = active;
    this.begun ||= active;
    this.followState();
  }

  /** Stops listening. Resolves when what was said last has been sent. */
  async close(): Promise<void> {
    this.silence();
    await this.sender.drained(PATIENCE_MS);
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
      await this.listen();
      const { clientId, sessionId } = this.hosted;
      await startTranslation(clientId, sessionId);
      this.pauseOwed = false;
      // Joining again tells where the floor stands: another device may have gone on in between.
      if (!(await this.live.join())) throw new Trouble("speaker.lostAtStart");
      this.onAir();
    } catch (error) {
      this.fail(error);
    }
  }

  /** After a reload in mid-talk: as before, without being asked. */
  private async goOn(): Promise<void> {
    this.phase = "opening";
    try {
      await this.listen();
      this.onAir();
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
      this.pauseOwed = false;
      this.active = false;
    } catch (error) {
      this.pauseOwed = true;
      tell(this.problem, "speaker.pauseOwed");
    }
    this.phase = "off";
    this.draw();
  }

  private async listen(): Promise<void> {
    this.draw();
    const opened = await Microphone.open(
      this.devices.chosen,
      (chunk) => {
        const { closed } = this.mouth;
        this.meter.hear(chunk, closed || this.microphone?.muted === true);
        this.sender.take(closed ? new Int16Array(chunk.samples.length) : chunk.samples);
        this.draw();
      },
      () => void this.unplugged(),
    );
    this.microphone?.close();
    this.microphone = opened;
    opened.watch(() => this.loudspeakers.show(opened.fault));
    this.loudspeakers.show(opened.fault);
    void this.devices.refresh();
  }

  private async changeDevice(): Promise<void> {
    if (this.phase !== "on") return;
    this.silence();
    try {
      await this.listen();
      tell(this.problem, null);
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

  /** Paused from another device. */
  private followState(): void {
    if (!this.active && this.phase === "on") this.shut();
    this.draw();
  }

  private silence(): void {
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
