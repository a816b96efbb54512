/** Runs on the browser's audio thread: the microphone's sound becomes chunks of the floor, each with its level. */

import { FLOOR_RATE } from "./backlog";
import { Framer, level, type Level, Resampler, toInt16 } from "./sound";

// TypeScript's DOM library does not know the audio thread's scope.
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

/** 40 ms: short enough for no one to notice, long enough for few messages. */
const CHUNK = 0.04 * FLOOR_RATE;

export interface Heard extends Level {
  readonly samples: Int16Array;
}

class Microphone extends AudioWorkletProcessor {
  private readonly framer = new Framer(CHUNK);
  private readonly resampler = new Resampler(sampleRate, FLOOR_RATE);

  process(inputs: readonly (readonly Float32Array[])[]): boolean {
    const mono = inputs[0]?.[0];
    if (!mono) return true;
    for (const frame of this.framer.push(this.resampler.push(mono))) {
      const heard: Heard = { samples: toInt16(frame), ...level(frame) };
      this.port.postMessage(heard, [heard.samples.buffer]);
    }
    return true;
  }
}

registerProcessor("microphone", Microphone);
