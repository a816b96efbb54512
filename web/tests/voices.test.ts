import assert from "node:assert/strict";
import test from "node:test";
import { called } from "../src/speaker/voices";
import { words } from "../src/words";
import "./english";

function names(...voices: readonly string[]): readonly string[] {
  return voices.map((voice, index) => {
    const looks = called(voice, voices.slice(0, index));
    return "text" in looks ? looks.text : words(looks.words, looks.values);
  });
}

test("an engine's names of voices become names that people use", () => {
  assert.deepEqual(names("es+f2", "es+m3", "es+f5", "es+m7"), ["Woman 1", "Man 1", "Woman 2", "Man 2"]);
  assert.deepEqual(names("es-MX-DaliaNeural", "en-US-AvaMultilingualNeural", "en-US-Ava:DragonHDLatestNeural"), [
    "Dalia (Mexican Spanish)",
    "Ava (American English)",
    "Ava (American English)",
  ]);
  assert.deepEqual(names("a voice of my own"), ["a voice of my own"]);
});
