import assert from "node:assert/strict";
import test from "node:test";
import { Lags } from "../src/speaker/lags";
import { said } from "./english";
import type { AvatarState, PaceHint } from "../src/wire";

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
  assert.equal(said(lags.sentence("es")), "3.1 s behind");
  assert.equal(said(lags.sentence("fr")), "");
});

test("where the lag is not known the one before stands, if there was one", () => {
  const lags = new Lags();
  lags.said(state(null));
  assert.equal(said(lags.sentence("es")), "");
  lags.said(state(1200));
  lags.said(state(null, { speaking: false }));
  assert.equal(said(lags.sentence("es")), "1.2 s behind");
});

test("an avatar that stays silent while clauses come is watched by nobody", () => {
  const lags = new Lags();
  lags.said(state(1200, { speaking: false }));
  lags.finished("es", 0);
  lags.finished("es", 14_000);
  assert.equal(said(lags.sentence("es")), "1.2 s behind");
  lags.finished("es", 16_000);
  assert.equal(said(lags.sentence("es")), "nobody is watching");
  lags.said(state(900));
  assert.equal(said(lags.sentence("es")), "0.9 s behind");
});

test("a word of the avatar begins the wait anew, and a long pause is none", () => {
  const lags = new Lags();
  lags.said(state(1200));
  lags.finished("es", 0);
  lags.said(state(1300));
  lags.finished("es", 100_000);
  lags.finished("es", 110_000);
  assert.equal(said(lags.sentence("es")), "1.3 s behind");
});

test("before the first clauses nobody can tell who watches; then silence tells", () => {
  const lags = new Lags();
  lags.finished("es", 0);
  assert.equal(said(lags.sentence("es")), "");
  lags.finished("es", 16_000);
  assert.equal(said(lags.sentence("es")), "nobody is watching");
});

const hint = (slowDown: boolean, lagMs: number, language = "fr"): PaceHint => ({
  sessionId: "123456",
  language,
  lagMs,
  slowDown,
});

test("the speaker is asked to slow down for every language for which the server asks it", () => {
  const lags = new Lags();
  assert.equal(lags.plea().map(said).join(", "), "");
  lags.hint(hint(true, 6240));
  assert.equal(lags.plea().map(said).join(", "), "French is 6.2 s behind");
  lags.hint(hint(true, 7000, "es"));
  assert.equal(lags.plea().map(said).join(", "), "French is 6.2 s behind, Spanish is 7.0 s behind");
  lags.hint(hint(false, 3000));
  assert.equal(lags.plea().map(said).join(", "), "Spanish is 7.0 s behind");
});

test("while the sign stands it says how far behind the avatar is now", () => {
  const lags = new Lags();
  lags.hint(hint(true, 6240));
  lags.said(state(7100, { language: "fr" }));
  lags.said(state(1000));
  assert.equal(lags.plea().map(said).join(", "), "French is 7.1 s behind");
});

test("a cut takes the sign away; the server asks again if it must", () => {
  const lags = new Lags();
  lags.hint(hint(true, 6240));
  lags.clear();
  assert.equal(lags.plea().map(said).join(", "), "");
});
