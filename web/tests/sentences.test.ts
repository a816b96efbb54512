import assert from "node:assert/strict";
import test from "node:test";
import { afterRefusal } from "../src/retry";
import { type FloorSigns, sentence as told, toggleLabel as label } from "../src/speaker/sentences";
import { words } from "../src/words";
import { said } from "./english";

const sentence = (signs: FloorSigns): string => said(told(signs));
const toggleLabel = (signs: FloorSigns): string => words(label(signs));

const signs = (fields: Partial<FloorSigns>): FloorSigns => ({
  phase: "off",
  active: false,
  begun: false,
  online: true,
  muted: false,
  waiting: 0,
  lost: 0,
  ...fields,
});

test("the button says what it will do", () => {
  assert.equal(toggleLabel(signs({})), "Start");
  assert.equal(toggleLabel(signs({ phase: "on", active: true })), "Pause");
  assert.equal(toggleLabel(signs({ begun: true })), "Go on");
  assert.equal(toggleLabel(signs({ active: true, begun: true })), "Use this microphone");
});

test("a cut says how much is kept, and later that it is on its way", () => {
  assert.match(sentence(signs({ phase: "on", online: false, waiting: 12 })), /kept \(10 s\)/);
  assert.match(sentence(signs({ phase: "on", waiting: 12 })), /Catching up: 10 s/);
  assert.match(sentence(signs({ phase: "on", online: false, waiting: 2 })), /is kept and sent/);
  assert.match(sentence(signs({ phase: "on", waiting: 2 })), /On air/);
  assert.match(sentence(signs({ phase: "on", muted: true })), /nobody hears you/);
  assert.match(sentence(signs({ phase: "on", online: false, waiting: 60, lost: 5 })), /5 s of speech could not be kept/);
});

test("what passes by itself is tried again ever more slowly, the rest waits for a person", () => {
  assert.deepEqual([0, 1, 2, 9].map((attempt) => afterRefusal("unavailable", attempt)), [1000, 2000, 4000, 15_000]);
  assert.equal(afterRefusal("full", 0), 15_000);
  for (const code of ["passcode", "ended", "notFound", "tooMany", "badRequest"]) assert.equal(afterRefusal(code, 0), null);
});
