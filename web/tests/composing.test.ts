import assert from "node:assert/strict";
import test from "node:test";
import { composing } from "../src/dom";

const key = (isComposing: boolean, keyCode: number): KeyboardEvent => ({ isComposing, keyCode }) as KeyboardEvent;

test("an Enter that ends an input method's word is not one that sends, in Safari neither", () => {
  assert.ok(composing(key(true, 229)));
  assert.ok(composing(key(true, 13)));
  assert.ok(composing(key(false, 229)), "Safari: the composition has ended before its key is told");
  assert.ok(!composing(key(false, 13)));
});
