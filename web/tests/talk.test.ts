import assert from "node:assert/strict";
import test from "node:test";
import { Talk } from "../src/talk";
import type { Caption } from "../src/wire";

function caption(segmentId: number, targetLanguage: string, translatedText: string, fields: Partial<Caption> = {}): Caption {
  return {
    sessionId: "123456",
    segmentId,
    sourceText: "it was the best of times",
    sourceTail: "",
    translatedText,
    sourceLanguage: "en",
    targetLanguage,
    startMs: 0,
    untranslated: false,
    condensed: false,
    retracted: false,
    typed: false,
    ...fields,
  };
}

test("a growing caption is replaced by its later ones and by the final", () => {
  const talk = new Talk();
  talk.apply(caption(1, "es", "era"), false);
  talk.apply(caption(1, "es", "era el mejor"), false);
  const passage = talk.apply(caption(1, "es", "era el mejor de los tiempos"), true);
  assert.deepEqual(passage?.lines.get("es"), { text: "era el mejor de los tiempos", final: true, untranslated: false, condensed: false, corrected: false });
});

test("a final that comes again is known, and no late partial takes it back", () => {
  const talk = new Talk();
  talk.apply(caption(1, "es", "final"), true);
  assert.equal(talk.apply(caption(1, "es", "final"), true), undefined);
  assert.equal(talk.apply(caption(1, "es", "late"), false), undefined);
});

test("after a cut everything since the slowest language's last final is asked for", () => {
  const talk = new Talk();
  for (const id of [1, 2, 3]) talk.apply(caption(id, "es", "texto"), true);
  for (const id of [1, 2]) talk.apply(caption(id, "fr", "texte"), true);
  assert.equal(talk.since(["es"]), 3);
  assert.equal(talk.since(["es", "fr"]), 2);
  assert.equal(talk.since(["es", "fr", "ca"]), 0);
});

test("a cut takes what was growing, and leaves what stands", () => {
  const talk = new Talk();
  talk.apply(caption(1, "es", "final"), true);
  talk.apply(caption(1, "fr", "growing"), false);
  talk.apply(caption(2, "es", "growing"), false);
  const touched = talk.dropPartials();
  assert.deepEqual(touched.map(({ segmentId, lines }) => [segmentId, [...lines.keys()]]), [[1, ["es"]], [2, []]]);
  assert.ok(talk.apply(caption(2, "es", "again"), true));
});

test("the speaker sees words that may change until one language is final", () => {
  const talk = new Talk();
  const growing = talk.apply(caption(1, "es", "era", { sourceText: "it was", sourceTail: "the bets" }), false);
  assert.deepEqual([growing?.sourceText, growing?.sourceTail], ["it was", "the bets"]);
  talk.apply(caption(1, "es", "era el mejor", { sourceText: "It was the best." }), true);
  const late = talk.apply(caption(1, "fr", "c'était", { sourceText: "it was", sourceTail: "the bets" }), false);
  assert.deepEqual([late?.sourceText, late?.sourceTail], ["It was the best.", ""]);
});

test("another language begins with an empty page", () => {
  const talk = new Talk();
  talk.apply(caption(7, "es", "final"), true);
  talk.clear();
  assert.ok(talk.empty);
  assert.equal(talk.since(["es"]), 0);
  assert.ok(talk.apply(caption(7, "es", "final"), true));
});

test("a clause that is shown only is marked once, by the event or when it is told again", () => {
  const talk = new Talk();
  assert.equal(talk.condense(1, "es"), undefined);
  talk.apply(caption(1, "es", "uno"), true);
  talk.apply(caption(1, "fr", "un"), true);
  const marked = talk.condense(1, "es");
  assert.deepEqual([marked?.lines.get("es")?.condensed, marked?.lines.get("fr")?.condensed], [true, false]);
  assert.equal(talk.condense(1, "es"), undefined);
  assert.equal(talk.apply(caption(1, "es", "uno", { condensed: true }), true), undefined);
  assert.equal(talk.apply(caption(1, "fr", "un", { condensed: true }), true)?.lines.get("fr")?.condensed, true);
});

test("what is taken back is gone, and stays gone when it is told again", () => {
  const talk = new Talk();
  talk.apply(caption(1, "es", "uno"), true);
  talk.apply(caption(2, "es", "dos"), true);
  assert.equal(talk.retract(2)?.lines.size, 0);
  assert.equal(talk.apply(caption(2, "es", "dos"), true), undefined);
  assert.equal(talk.apply(caption(3, "es", "", { retracted: true }), true), undefined);
  assert.equal(talk.known(2), undefined);
  assert.equal(talk.since(["es"]), 3);
});

test("a corrected line keeps its place, and the speaker's own words can be corrected too", () => {
  const talk = new Talk();
  talk.apply(caption(1, "es", "uno", { untranslated: true }), true);
  assert.equal(talk.correct(1, "es", "dos", "en")?.lines.get("es")?.text, "dos");
  assert.equal(talk.known(1)?.lines.get("es")?.untranslated, false);
  assert.equal(talk.correct(1, "en", "It was two.", "en")?.sourceText, "It was two.");
  assert.equal(talk.correct(9, "es", "nada", "en"), undefined);
});
