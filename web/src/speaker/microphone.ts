/** The microphone: choosing it, opening it, and the chunks that come out of it. */

import { Trouble } from "../trouble";
import { sameBuild } from "../version";
import type { Key } from "../words";
import { FLOOR_RATE } from "./backlog";
import type { Heard } from "./worklet";

/** The microphone cannot be used; the words say what to do. */
export class NoMicrophone extends Trouble {}

/** The browser plays and records only after a click. */
export class NeedsClick extends NoMicrophone {}

const SENTENCES: Readonly<Record<string, Key>> = {
  NotAllowedError: "microphone.notAllowed",
  NotFoundError: "microphone.notFound",
  NotReadableError: "microphone.busy",
  OverconstrainedError: "microphone.gone",
};

function sentence(error: unknown): Key {
  const name = error instanceof DOMException ? error.name : "";
  return SENTENCES[name] ?? "microphone.failed";
}

export interface Device {
  readonly id: string;
  readonly label: string;
}

/** The microphones there are; without names (labels are empty) until one has been allowed. Browsers name them only after one has been allowed. */
export async function devices(): Promise<readonly Device[]> {
  if (!window.isSecureContext) return [];
  const all = await navigator.mediaDevices.enumerateDevices();
  return all
    .filter(({ kind, deviceId }) => kind === "audioinput" && deviceId !== "")
    .map(({ deviceId, label }) => ({ id: deviceId, label }));
}

/** What to open. The id is empty for whatever the browser takes by itself. */
export interface Choice {
  readonly id: string;
  /** No other one instead. */
  readonly exact: boolean;
}

async function openDevice({ id, exact }: Choice): Promise<MediaStream> {
  const audio: MediaTrackConstraints = {
    channelCount: 1,
    // Gain helps the quiet speaker; the cancellers bend consonants, which recognisers mind more than noise.
    autoGainControl: true,
    echoCancellation: false,
    noiseSuppression: false,
  };
  if (id) audio.deviceId = exact ? { exact: id } : { ideal: id };
  return navigator.mediaDevices.getUserMedia({ audio });
}

/** A source at the floor's rate where the browser resamples by itself, else at the device's own. */
function connect(stream: MediaStream): { context: AudioContext; source: MediaStreamAudioSourceNode } {
  for (const options of [{ sampleRate: FLOOR_RATE }, {}]) {
    const context = new AudioContext(options);
    try {
      return { context, source: context.createMediaStreamSource(stream) };
    } catch {
      void context.close();
    }
  }
  throw new NoMicrophone("microphone.oldBrowser");
}

export class Microphone {
  private node: AudioWorkletNode | undefined;

  private constructor(
    private readonly stream: MediaStream,
    private readonly context: AudioContext,
  ) {}

  /**
   * Opens a microphone, the default one where `deviceId` is empty. `heard` gets its chunks, 25 a second; `lost` is
   * called when the device goes away. Throws NoMicrophone.
   */
  static async open(choice: Choice, heard: (chunk: Heard) => void, lost: () => void): Promise<Microphone> {
    if (!window.isSecureContext) {
      throw new NoMicrophone("microphone.insecure");
    }
    const stream = await openDevice(choice).catch((error: unknown) => {
      throw new NoMicrophone(sentence(error));
    });
    let microphone: Microphone | undefined;
    try {
      const { context, source } = connect(stream);
      microphone = new Microphone(stream, context);
      await microphone.listen(source, heard);
    } catch (error) {
      stop(stream);
      microphone?.close();
      throw error instanceof NoMicrophone ? error : new NoMicrophone(sentence(error));
    }
    stream.getAudioTracks()[0]?.addEventListener("ended", lost);
    return microphone;
  }

  /** Called when it is closed. */
  closed: () => void = () => undefined;

  /** Which one the browser has opened. */
  get device(): string {
    return this.stream.getAudioTracks()[0]?.getSettings().deviceId ?? "";
  }

  /** By its own switch, or by the system. */
  get muted(): boolean {
    return this.stream.getAudioTracks()[0]?.muted === true;
  }

  /** What is wrong with the device itself; null where nothing is. */
  get fault(): Key | null {
    if (this.muted) return "level.muted";
    const rate = this.stream.getAudioTracks()[0]?.getSettings().sampleRate;
    // What a headset over an old Bluetooth profile gives: consonants are gone.
    return rate !== undefined && rate < FLOOR_RATE ? "level.lowRate" : null;
  }

  /** Told when the device is muted by its own switch, or not any more. */
  watch(changed: () => void): void {
    const track = this.stream.getAudioTracks()[0];
    track?.addEventListener("mute", changed);
    track?.addEventListener("unmute", changed);
  }

  private async listen(source: MediaStreamAudioSourceNode, heard: (chunk: Heard) => void): Promise<void> {
    await this.context.audioWorklet.addModule(sameBuild("/static/worklet.js"));
    const options = { channelCount: 1, channelCountMode: "explicit" } as const;
    this.node = new AudioWorkletNode(this.context, "microphone", options);
    this.node.port.onmessage = ({ data }: MessageEvent<Heard>): void => heard(data);
    // It stays silent; but what leads nowhere is not run by every browser.
    source.connect(this.node).connect(this.context.destination);
    await this.run();
    this.goOn();
  }

  /** Some systems stop the sound in a call, or while they sleep, and leave it to the page to go on. */
  private goOn(): void {
    this.context.onstatechange = (): void => {
      if (this.context.state !== "running" && this.context.state !== "closed") void this.context.resume().catch(() => undefined);
    };
  }

  /** A context made without a click may stay suspended, and its promise waits for ever. */
  private async run(): Promise<void> {
    const patience = new Promise((wake) => setTimeout(wake, 1500));
    await Promise.race([this.context.resume(), patience]);
    if (this.context.state !== "running") {
      throw new NeedsClick("microphone.click");
    }
  }

  close(): void {
    // Chunks may be on their way from the audio thread.
    if (this.node) this.node.port.onmessage = null;
    this.context.onstatechange = null;
    stop(this.stream);
    if (this.context.state !== "closed") void this.context.close();
    this.closed();
  }
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
