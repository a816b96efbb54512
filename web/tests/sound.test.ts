import assert from "node:assert/strict";
import test from "node:test";
import { LevelJudge } from "../src/speaker/meter";
import { decibels, Framer, level, Resampler, toInt16 } from "../src/speaker/sound";

function tone(hertz: number, rate: number, seconds: number): Float32Array {
  return Float32Array.from({ length: rate * seconds }, (_, n) => 0.5 * Math.sin((2 * Math.PI * hertz * n) / rate));
}

/** Feeds in runs of 128, as the browser does. */
function resample(samples: Float32Array, from: number): Float32Array {
  const resampler = new Resampler(from, 16_000);
  const out: number[] = [];
  for (let at = 0; at < samples.length; at += 128) out.push(...resampler.push(samples.subarray(at, at + 128)));
  return Float32Array.from(out);
}

test("full scale reaches the ends of 16 bits and what is louder is clipped", () => {
  assert.deepEqual([...toInt16(Float32Array.from([0, 1, -1, 2, -2, 0.5]))], [0, 32767, -32768, 32767, -32768, 16384]);
});

test("a sine of half amplitude has its level", () => {
  const { rms, peak } = level(tone(1000, 16_000, 1));
  assert.ok(Math.abs(peak - 0.5) < 1e-3);
  assert.ok(Math.abs(rms - 0.5 / Math.SQRT2) < 1e-3);
  assert.ok(Math.abs(decibels(rms, -60) + 9.03) < 0.05);
});

test("silence is the floor of the scale, not minus infinity", () => {
  assert.equal(decibels(0, -60), -60);
  assert.deepEqual(level(new Float32Array(0)), { rms: 0, peak: 0 });
});

test("runs of 128 become frames of 640 without losing a sample", () => {
  const framer = new Framer(640);
  const frames: Float32Array[] = [];
  for (let n = 0; n < 1280; n += 128) frames.push(...framer.push(Float32Array.from({ length: 128 }, (_, i) => n + i)));
  assert.deepEqual(frames.flatMap((frame) => [...frame]), Array.from({ length: 1280 }, (_, n) => n));
});

for (const rate of [44_100, 48_000]) {
  test(`speech frequencies survive from ${rate} Hz, what 16 kHz cannot carry does not`, () => {
    const heard = resample(tone(1000, rate, 1), rate);
    assert.ok(Math.abs(heard.length - 16_000) < 40, `${heard.length} samples`);
    assert.ok(Math.abs(level(heard.subarray(100)).rms - 0.5 / Math.SQRT2) < 0.005);
    assert.ok(level(resample(tone(11_000, rate, 1), rate).subarray(100)).rms < 0.01);
  });
}

test("a context at 16 kHz passes its samples on untouched", () => {
  const samples = tone(440, 16_000, 0.1);
  assert.equal(new Resampler(16_000, 16_000).push(samples), samples);
});

test("a muted microphone is said, speech is not remarked on", () => {
  const judge = new LevelJudge();
  const hear = (seconds: number, peak: number, explained = false): string | null => {
    let said: string | null = null;
    for (let chunk = 0; chunk < 25 * seconds; chunk++) said = judge.hear({ rms: peak / 3, peak }, explained);
    return said;
  };
  assert.equal(hear(3, 0.4), null);
  assert.equal(hear(2, 0), "level.silent");
  assert.equal(hear(1, 0.4), null);
  assert.equal(hear(1, 1), "level.loud");
  assert.equal(hear(7, 0.01), null);
  assert.equal(hear(1, 0.01), "level.quiet");
  assert.equal(hear(9, 0, true), null, "it is said already why");
  assert.equal(hear(1, 0), null);
});
