import assert from "node:assert/strict";
import test from "node:test";
import { floorOf, followable, namesOf, type Spoken } from "../src/languages";

const one: Spoken = { sourceLanguage: "en", sourceLanguages: [], targetLanguages: ["es", "fr"] };
const several: Spoken = { sourceLanguage: "auto", sourceLanguages: ["en", "de"], targetLanguages: ["es"] };
const both: Spoken = { ...several, targetLanguages: ["de", "en"] };

test("the floor is followed after the translations", () => {
  assert.equal(floorOf(one), "en");
  assert.deepEqual(followable(one), ["es", "fr", "en"]);
  assert.deepEqual(followable({ ...one, targetLanguages: ["en", "es"] }), ["es", "en"]);
  assert.equal(namesOf(one, "en"), "English");
});

test("where the language is identified the floor goes by its first candidate and is named by all", () => {
  assert.equal(floorOf(several), "en");
  assert.deepEqual(followable(several), ["es", "en"]);
  assert.equal(namesOf(several, "en"), "English / Deutsch");
  assert.equal(namesOf(several, "es"), "español");
});

test("where the first candidate is translated into there are translations only", () => {
  assert.equal(floorOf(both), undefined);
  assert.deepEqual(followable(both), ["de", "en"]);
  assert.equal(namesOf(both, "en"), "English");
});
