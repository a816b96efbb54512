import assert from "node:assert/strict";
import test from "node:test";
import { Lags } from "../src/speaker/lags";
import type { AvatarState } from "../src/wire";

const state = (lagMs: number | null, fields: Partial<AvatarState> = {}): AvatarState => ({
  sessionId: "123456",
  language: "es",
  segmentId: 1,
  speaking: true,
  lagMs,
  ...fields,
});

test("a language is as far behind as its avatar said last, each for itself", () => {
  const lags = new Lags();
  lags.said(state(2440));
  lags.said(state(3100, { speaking: false }));
  assert.equal(lags.sentence("es"), "3.1 s behind");
  assert.equal(lags.sentence("fr"), "");
});

test("where the lag is not known the one before stands, if there was one", () => {
  const lags = new Lags();
  lags.said(state(null));
  assert.equal(lags.sentence("es"), "");
  lags.said(state(1200));
  lags.said(state(null, { speaking: false }));
  assert.equal(lags.sentence("es"), "1.2 s behind");
});

test("an avatar that stays silent while clauses come is watched by nobody", () => {
  const lags = new Lags();
  lags.said(state(1200, { speaking: false }));
  lags.finished("es", 0);
  lags.finished("es", 14_000);
  assert.equal(lags.sentence("es"), "1.2 s behind");
  lags.finished("es", 16_000);
  assert.equal(lags.sentence("es"), "nobody is watching");
  lags.said(state(900));
  assert.equal(lags.sentence("es"), "0.9 s behind");
});

test("a word of the avatar begins the wait anew, and a long pause is none", () => {
  const lags = new Lags();
  lags.said(state(1200));
  lags.finished("es", 0);
  lags.said(state(1300));
  lags.finished("es", 100_000);
  lags.finished("es", 110_000);
  assert.equal(lags.sentence("es"), "1.3 s behind");
});

test("before the first clauses nobody can tell who watches; then silence tells", () => {
  const lags = new Lags();
  lags.finished("es", 0);
  assert.equal(lags.sentence("es"), "");
  lags.finished("es", 16_000);
  assert.equal(lags.sentence("es"), "nobody is watching");
});
