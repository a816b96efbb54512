import assert from "node:assert/strict";
import { test } from "node:test";

import { endsSentence } from "../src/sentences";

test("a sentence ends with its mark, whatever closes after it", () => {
  for (const text of ["Era el mejor.", "¿De verdad?", "«Así es.»", "He said \"no.\" ", "就是这样。", "هل هذا صحيح؟"]) {
    assert.equal(endsSentence(text), true, text);
  }
});

test("a clause within a sentence does not end it", () => {
  for (const text of ["Era la edad", "Primero,", "3.5 km", "", "y entonces —"]) assert.equal(endsSentence(text), false, text);
});
