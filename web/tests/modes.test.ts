import assert from "node:assert/strict";
import test from "node:test";
import { mix } from "../src/listener/modes";

test("the balance goes from the translation alone to the original alone, both full in the middle", () => {
  assert.deepEqual(mix(0, 1), { translation: 1, original: 0 });
  assert.deepEqual(mix(0.25, 1), { translation: 1, original: 0.5 });
  assert.deepEqual(mix(0.5, 1), { translation: 1, original: 1 });
  assert.deepEqual(mix(1, 1), { translation: 0, original: 1 });
  assert.deepEqual(mix(0.5, 0.2), { translation: 0.2, original: 0.2 });
});
