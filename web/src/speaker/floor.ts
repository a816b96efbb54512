/** The floor on the speaker's side: the microphone is on or off, and what it hears gets to the server. */

import { startTranslation, stopTranslation } from "../api";
import { byId, say } from "../dom";
import type { Live } from "../live";
import type { FloorState } from "../wire";
import { FLOOR_RATE } from "./backlog";
import { DeviceChooser } from "./devices";
import { Meter } from "./meter";
import { Microphone } from "./microphone";
import type { Hosted } from "./remembered";
import { Sender } from "./sender";
import { type Phase, sentence, toggleLabel } from "./sentences";

/** How long a pause waits, in ms, for the last words to get to the server. */
const PATIENCE_MS = 3000;

export class Floor {
  private readonly toggle = byId("toggle", HTMLButtonElement);
  private readonly stateSign = byId("state", HTMLElement);
  private readonly problem = byId("problem", HTMLElement);
  private readonly meter = new Meter();
  private readonly devices = new DeviceChooser(() => void this.changeDevice());
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
      (refusal) => {
        this.shut();
        this.complain(refusal);
      },
    );
    this.toggle.onclick = (): void => void (this.phase === "on" ? this.pause() : this.start());
    this.draw();
  }

  joined(active: boolean, audio: FloorState): void {
    this.online = true;
    this.active = active;
    this.begun ||= active || audio.accepted > 0;
    this.sender.joined(audio.received, audio.accepted);
    const fresh = !this.joinedBefore;
    this.joinedBefore = true;
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
    this.complain("");
    try {
      await this.open();
      const { clientId, sessionId } = this.hosted;
      await startTranslation(clientId, sessionId);
      this.pauseOwed = false;
      // Joining again tells where the floor stands: another device may have gone on in between.
      if (!(await this.live.join())) throw new Error("The connection was lost. Start again when it is back.");
      this.onAir();
    } catch (error) {
      this.fail(error);
    }
  }

  /** After a reload in mid-talk: as before, without being asked. */
  private async goOn(): Promise<void> {
    this.phase = "opening";
    try {
      await this.open();
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
      this.complain(`The microphone is off. ${error instanceof Error ? error.message : ""}`);
    }
    this.phase = "off";
    this.draw();
  }

  private async open(): Promise<void> {
    this.draw();
    const opened = await Microphone.open(
      this.devices.chosen,
      (chunk) => {
        this.meter.hear(chunk);
        this.sender.take(chunk.samples);
        this.draw();
      },
      () => void this.unplugged(),
    );
    this.microphone?.close();
    this.microphone = opened;
    void this.devices.refresh();
  }

  private async changeDevice(): Promise<void> {
    if (this.phase !== "on") return;
    this.silence();
    try {
      await this.open();
      this.complain("");
    } catch (error) {
      this.fail(error);
    }
  }

  private async unplugged(): Promise<void> {
    if (this.phase !== "on") return;
    this.complain("The microphone went away; the default one is used now.");
    this.devices.reset();
    this.silence();
    try {
      await this.open();
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
  }

  private fail(error: unknown): void {
    this.shut();
    this.complain(error instanceof Error ? error.message : "The microphone could not be opened.");
  }

  private complain(what: string): void {
    say(this.problem, what);
  }

  private draw(): void {
    const { phase, active, begun, online } = this;
    const { waiting, lost } = this.sender.backlog;
    const seconds = (samples: number): number => Math.floor(samples / FLOOR_RATE);
    const state = { phase, active, begun, online, waiting: seconds(waiting), lost: seconds(lost) };
    say(this.stateSign, sentence(state));
    this.stateSign.dataset["phase"] = phase;
    say(this.toggle, toggleLabel(state));
    this.toggle.disabled = phase === "opening" || phase === "closing";
  }
}
