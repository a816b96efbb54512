/** Arithmetic on samples, shared by the worklet and its tests. */

export interface Level {
  /** Root mean square, 0 to 1. */
  readonly rms: number;
  /** Largest magnitude, 0 to 1. */
  readonly peak: number;
}

/** Floats from -1 to 1 as 16-bit samples; what is louder is clipped. */
export function toInt16(samples: Float32Array): Int16Array {
  return Int16Array.from(samples, (sample) => {
    const clipped = Math.max(-1, Math.min(1, sample));
    return Math.round(clipped * (clipped < 0 ? 0x8000 : 0x7fff));
  });
}

export function level(samples: Float32Array): Level {
  let sum = 0;
  let peak = 0;
  for (const sample of samples) {
    sum += sample * sample;
    peak = Math.max(peak, Math.abs(sample));
  }
  return { rms: Math.sqrt(sum / Math.max(1, samples.length)), peak };
}

/** An amplitude in decibels below full scale; silence is the floor of the scale. */
export function decibels(amplitude: number, floor: number): number {
  return amplitude > 0 ? Math.max(floor, 20 * Math.log10(amplitude)) : floor;
}

/** Collects runs of any length into frames of one length. */
export class Framer {
  private frame: Float32Array;
  private filled = 0;

  constructor(private readonly size: number) {
    this.frame = new Float32Array(size);
  }

  /** The frames that become full with these samples. */
  push(samples: Float32Array): readonly Float32Array[] {
    const full: Float32Array[] = [];
    for (let taken = 0; taken < samples.length; ) {
      const part = samples.subarray(taken, taken + this.size - this.filled);
      this.frame.set(part, this.filled);
      this.filled += part.length;
      taken += part.length;
      if (this.filled < this.size) continue;
      full.push(this.frame);
      this.frame = new Float32Array(this.size);
      this.filled = 0;
    }
    return full;
  }
}

/** Zero crossings of the resampling kernel on each side: enough that speech keeps its consonants. */
const CROSSINGS = 8;

/**
 * Turns a stream at one rate into one at a lower rate, for browsers that cannot do it themselves (Firefox connects no
 * microphone to a context of another rate): a low-pass of windowed sinc (Hann), evaluated where the new samples fall.
 */
export class Resampler {
  private readonly step: number;
  private readonly reach: number;
  private history: Float32Array;
  /** Where the next output sample falls, in input samples from the beginning of `history`. */
  private next: number;

  constructor(from: number, to: number) {
    this.step = from / to;
    this.reach = Math.ceil(CROSSINGS * Math.max(1, this.step));
    this.history = new Float32Array(this.reach);
    this.next = this.reach;
  }

  push(samples: Float32Array): Float32Array {
    if (this.step === 1) return samples;
    const joined = new Float32Array(this.history.length + samples.length);
    joined.set(this.history);
    joined.set(samples, this.history.length);
    const out: number[] = [];
    for (; this.next + this.reach < joined.length; this.next += this.step) out.push(this.at(joined, this.next));
    const keepFrom = Math.max(0, Math.floor(this.next) - this.reach);
    this.history = joined.slice(keepFrom);
    this.next -= keepFrom;
    return Float32Array.from(out);
  }

  private at(samples: Float32Array, place: number): number {
    const cutoff = 1 / Math.max(1, this.step);
    const first = Math.ceil(place - this.reach);
    let sum = 0;
    for (let index = Math.max(0, first); index <= place + this.reach; index++) {
      const distance = index - place;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * distance) / this.reach);
      sum += (samples[index] ?? 0) * window * cutoff * sinc(cutoff * distance);
    }
    return sum;
  }
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
