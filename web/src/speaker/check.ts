/**
 * "Say something": what the recogniser makes of the microphone, before anybody listens. It is a session of its own that
 * nobody knows of, ended after a few words: the recogniser of the talk to come, and no trace in its transcript.
 */

import { createSession, endSession, startTranslation } from "../api";
import { byId } from "../dom";
import { newClientId } from "../identity";
import { type JoinRequest, Live, type Page } from "../live";
import { tabs } from "../storage";
import { direction } from "../tags";
import { complain } from "../trouble";
import { type Key, tell } from "../words";
import type { Caption, Joined, Refusal, SessionInfo } from "../wire";
import type { DeviceChooser } from "./devices";
import { HOST_KEY } from "./keys";
import { Meter } from "./meter";
import type { Microphone } from "./microphone";
import { Sender } from "./sender";

/** After this long the check is over, whatever was said. */
const LONGEST_MS = 20_000;

export class MicrophoneCheck {
  private readonly toggle = byId("check-toggle", HTMLButtonElement);
  private readonly stateSign = byId("check-state", HTMLElement);
  private readonly problem = byId("check-problem", HTMLElement);
  private readonly heard = byId("check-heard", HTMLElement);
  private readonly meter = new Meter();
  private run: Run | undefined;
  /** Rises with every check, and with its end: what is begun for an earlier one is given up. */
  private turn = 0;
  private opening = false;

  constructor(
    private readonly session: () => SessionInfo,
    private readonly devices: DeviceChooser,
    /** The microphone is free: the talk itself does not use it. */
    private readonly free: () => boolean,
    /** Shows what is wrong with the device itself; null: nothing. */
    private readonly faulty: (fault: Key | null) => void,
  ) {
    this.toggle.onclick = (): void => void (this.run ? this.stop() : this.start());
    this.devices.watch(() => void this.changeDevice());
    this.show();
  }

  private async start(): Promise<void> {
    if (!this.free()) {
      tell(this.stateSign, "speaker.check.busy");
      return;
    }
    const turn = ++this.turn;
    tell(this.stateSign, "speaker.check.opening");
    tell(this.heard, null);
    tell(this.problem, null);
    this.opening = true;
    this.show();
    try {
      const run = await Run.begin(this.session(), (text) => this.recognised(text));
      if (turn !== this.turn) return void run.end();
      this.run = run;
      await run.listen(this.devices, this.meter, this.faulty);
      if (turn !== this.turn) return;
      this.opening = false;
      this.show();
      tell(this.stateSign, "speaker.check.speak");
      setTimeout(() => void (this.run === run ? this.stop() : undefined), LONGEST_MS);
    } catch (error) {
      if (turn !== this.turn) return;
      await this.stop();
      complain(this.problem, error);
    }
  }

  private async changeDevice(): Promise<void> {
    const { run, turn } = this;
    if (!run || this.opening) return;
    try {
      await run.listen(this.devices, this.meter, this.faulty);
    } catch (error) {
      if (turn !== this.turn) return;
      await this.stop();
      complain(this.problem, error);
    }
  }

  private recognised(text: string): void {
    this.heard.hidden = false;
    this.heard.lang = this.session().sourceLanguage;
    this.heard.dir = direction(this.heard.lang);
    this.heard.textContent = text;
    tell(this.stateSign, "speaker.check.heard");
  }

  /** Ends the check; the talk may begin. */
  async stop(): Promise<void> {
    const { run } = this;
    this.turn += 1;
    this.run = undefined;
    if (this.opening) tell(this.stateSign, null);
    else if (run) tell(this.stateSign, this.heard.hidden ? "speaker.check.nothing" : "speaker.check.done");
    this.opening = false;
    this.meter.rest();
    if (run) this.faulty(null);
    this.show();
    await run?.end();
  }

  private show(): void {
    this.toggle.disabled = this.opening;
    tell(this.toggle, this.run ? "speaker.check.stop" : "speaker.check");
  }
}

/** One check: a session, its connection and the microphone. */
class Run implements Page {
  private readonly live: Live;
  private readonly sender: Sender;
  private microphone: Microphone | undefined;
  /** Rises with every microphone that is asked for, and with the end: one that comes too late is closed. */
  private turn = 0;
  private readonly texts = new Map<number, string>();
  private admitted: () => void = () => undefined;

  private constructor(
    private readonly clientId: string,
    private readonly sessionId: string,
    private readonly recognised: (text: string) => void,
  ) {
    this.live = new Live(sessionId, this);
    this.sender = new Sender(
      ({ samples, position, seq }) => this.live.sendAudio(clientId, samples.buffer as ArrayBuffer, position, seq),
      () => undefined,
    );
  }

  static async begin(like: SessionInfo, recognised: (text: string) => void): Promise<Run> {
    const clientId = newClientId();
    const { sourceLanguage, targetLanguages } = like;
    const wanted = { sessionName: "-", sourceLanguage, targetLanguages: targetLanguages.slice(0, 1) };
    const { sessionId } = await createSession(clientId, wanted, tabs.getItem(HOST_KEY) ?? "");
    const run = new Run(clientId, sessionId, recognised);
    await startTranslation(clientId, sessionId);
    const inside = new Promise<void>((done) => (run.admitted = done));
    run.live.start();
    await inside;
    return run;
  }

  async listen(devices: DeviceChooser, meter: Meter, faulty: (fault: Key | null) => void): Promise<void> {
    const turn = ++this.turn;
    this.microphone?.close();
    const take = (chunk: Parameters<Meter["hear"]>[0] & { readonly samples: Int16Array }): void => {
      meter.hear(chunk, this.microphone?.muted === true);
      this.sender.take(chunk.samples);
    };
    const opened = await devices.listen(take, () => undefined);
    if (turn !== this.turn) return opened.close();
    this.microphone = opened;
    opened.watch(() => faulty(opened.fault));
    faulty(opened.fault);
    this.sender.begin();
  }

  async end(): Promise<void> {
    this.turn += 1;
    this.microphone?.close();
    this.sender.halt();
    this.live.stop();
    // One that is not ended ends by itself, and nobody has its code.
    await endSession(this.clientId, this.sessionId).catch(() => undefined);
  }

  joining(): JoinRequest {
    return { clientId: this.clientId, since: 0 };
  }

  joined({ audio }: Joined): void {
    if (audio) this.sender.joined(audio.received, audio.accepted);
    this.admitted();
  }

  caption({ segmentId, sourceText, sourceTail }: Caption): void {
    this.texts.set(segmentId, `${sourceText} ${sourceTail}`.trim());
    this.recognised([...this.texts.values()].join(" "));
  }

  lost(): void {
    this.sender.backlog.cut();
  }

  // Of no interest here.
  refused(_: Refusal): void {}
  avatar(): void {}
  condensed(): void {}
  retracted(): void {}
  corrected(): void {}
  hint(): void {}
  engine(): void {}
  cost(): void {}
  listeners(): void {}
  state(): void {}
  updated(): void {}
  ended(): void {}
  notice(): void {}
}
