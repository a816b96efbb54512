import assert from "node:assert/strict";
import test from "node:test";
import { choose, direction, match, ownName } from "../src/tags";
import { languageName } from "../src/words";

test("tags match by whole subtags, an equal one first", () => {
  assert.equal(match("es-MX", ["fr", "es"]), "es");
  assert.equal(match("es", ["es-ES"]), "es-ES");
  assert.equal(match("pt", ["pt-BR", "pt"]), "pt");
  assert.equal(match("PT-br", ["pt-PT", "pt-BR"]), "pt-BR");
  assert.equal(match("pt-PT", ["pt-BR"]), undefined);
  assert.equal(match("e", ["es", "en"]), undefined);
});

test("the first wish that is offered is chosen, else the first offered", () => {
  assert.equal(choose(["de", "fr-CA", "es"], ["es", "fr"]), "fr");
  assert.equal(choose(["ja"], ["es", "fr"]), "es");
  assert.equal(choose([], []), undefined);
});

test("languages are called as their speakers call them, and in the language of the page", () => {
  assert.equal(ownName("fr"), "français");
  assert.equal(languageName("fr"), "French");
  assert.equal(ownName("not a tag"), "not a tag");
  assert.equal(languageName("not a tag"), "not a tag");
});

test("Arabic, Hebrew and Urdu run from right to left, also by their script", () => {
  for (const tag of ["ar", "he", "ur", "fa-IR", "az-Arab"]) assert.equal(direction(tag), "rtl", tag);
  for (const tag of ["en", "ja", "az", "zz-nonsense-tag-too-long-to-be-one"]) assert.equal(direction(tag), "ltr", tag);
});
