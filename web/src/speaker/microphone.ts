/** The microphone: choosing it, opening it, and the chunks that come out of it. */

import { FLOOR_RATE } from "./backlog";
import type { Heard } from "./worklet";

/** The microphone cannot be used; the message is a sentence that says what to do. */
export class NoMicrophone extends Error {}

/** The browser plays and records only after a click. */
export class NeedsClick extends NoMicrophone {}

const SENTENCES: Readonly<Record<string, string>> = {
  NotAllowedError: "The browser does not allow the microphone. Allow it in the address bar and start again.",
  NotFoundError: "No microphone was found. Connect one and start again.",
  NotReadableError: "The microphone is in use by another program, or does not answer. Free it and start again.",
  OverconstrainedError: "The chosen microphone is gone. Choose another one.",
};

function sentence(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  return SENTENCES[name] ?? "The microphone could not be opened. Choose another one and start again.";
}

export interface Device {
  readonly id: string;
  readonly label: string;
}

/** The microphones there are. Browsers name them only after one has been allowed. */
export async function devices(): Promise<readonly Device[]> {
  if (!window.isSecureContext) return [];
  const all = await navigator.mediaDevices.enumerateDevices();
  return all
    .filter(({ kind, deviceId }) => kind === "audioinput" && deviceId !== "")
    .map(({ deviceId, label }, index) => ({ id: deviceId, label: label || `Microphone ${index + 1}` }));
}

async function openDevice(deviceId: string): Promise<MediaStream> {
  const audio: MediaTrackConstraints = {
    channelCount: 1,
    // Gain helps the quiet speaker; the cancellers bend consonants, which recognisers mind more than noise.
    autoGainControl: true,
    echoCancellation: false,
    noiseSuppression: false,
  };
  if (deviceId) audio.deviceId = { exact: deviceId };
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
  throw new NoMicrophone("This browser cannot record sound. A current Chrome, Edge, Firefox or Safari can.");
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
  static async open(deviceId: string, heard: (chunk: Heard) => void, lost: () => void): Promise<Microphone> {
    if (!window.isSecureContext) {
      throw new NoMicrophone(
        "A browser gives the microphone only to pages from https:// or localhost. Start the server with --tls-self-signed, or open this page on the server's own machine.",
      );
    }
    const stream = await openDevice(deviceId).catch((error: unknown) => {
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

  private async listen(source: MediaStreamAudioSourceNode, heard: (chunk: Heard) => void): Promise<void> {
    await this.context.audioWorklet.addModule("/static/worklet.js");
    const options = { channelCount: 1, channelCountMode: "explicit" } as const;
    this.node = new AudioWorkletNode(this.context, "microphone", options);
    this.node.port.onmessage = ({ data }: MessageEvent<Heard>): void => heard(data);
    // It stays silent; but what leads nowhere is not run by every browser.
    source.connect(this.node).connect(this.context.destination);
    await this.run();
  }

  /** A context made without a click may stay suspended, and its promise waits for ever. */
  private async run(): Promise<void> {
    const patience = new Promise((wake) => setTimeout(wake, 1500));
    await Promise.race([this.context.resume(), patience]);
    if (this.context.state !== "running") {
      throw new NeedsClick("The browser waits for a click before it opens the microphone. Press Start.");
    }
  }

  close(): void {
    // Chunks may be on their way from the audio thread.
    if (this.node) this.node.port.onmessage = null;
    stop(this.stream);
    if (this.context.state !== "closed") void this.context.close();
  }
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
