import assert from "node:assert/strict";
import test from "node:test";
import { parse, Unreadable, written } from "../src/speaker/glossary";
import { sessionInfo, type Term } from "../src/wire";
import { saying } from "./english";

const TERMS: readonly Term[] = [
  { source: "Dragoman", keep: true, sounds: "drah go man" },
  { source: "booth", target: { es: "cabina", "pt-BR": "cabine" } },
];

test("a table of tabs, commas or semicolons becomes terms", () => {
  for (const sign of ["\t", ",", ";"]) {
    const rows = ["source|es|pt-BR|keep|sounds", "Dragoman|||yes|drah go man", "", "booth|cabina|cabine", "||||"];
    assert.deepEqual(parse(rows.join("\r\n").replaceAll("|", sign)), TERMS, sign);
  }
});

test("quotes hold separators, quotes and line breaks", () => {
  assert.deepEqual(parse('source,es\n"a, b", "un ""a"", un\nb" \nc,d'), [
    { source: "a, b", target: { es: 'un "a", un b' } },
    { source: "c", target: { es: "d" } },
  ]);
  assert.deepEqual(parse('Source\tES\n5" disk\tdisco'), [{ source: '5" disk', target: { ES: "disco" } }]);
});

test("nothing is no glossary, and a header alone neither", () => {
  for (const text of ["", " \n\n", "\uFEFFsource,es,keep\n"]) assert.deepEqual(parse(text), []);
});

test("a language called like a property of objects is only text", () => {
  assert.throws(() => parse("source,__proto__\na,b"), Unreadable);
  assert.deepEqual(parse("source,es\n__proto__,<b>x</b>"), [{ source: "__proto__", target: { es: "<b>x</b>" } }]);
});

test("what cannot be read is said in words, with its line", () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["Dragoman,yes", /first line has to name the columns/],
    ["source,Spanish language\na,b", /Column 2 is called “Spanish language”/],
    ["source,es,es\na,b,c", /Two columns are called es/],
    ["source,keep\na,perhaps", /Line 2: keep is “perhaps”/],
    ["source,es\n\n,b", /Line 3 has nothing under source/],
    ["source,es\na,b,c", /Line 2 has 3 cells/],
    [`source,es\n${"a".repeat(201)},b`, /Line 2: source is longer than 200/],
    ["source,es\n" + "a,b\n".repeat(1001), /1,001 terms/],
  ];
  for (const [text, sentence] of wrong) assert.throws(() => parse(text), saying(sentence));
});

test("terms are written as a table that is read as the same terms", () => {
  const odd: readonly Term[] = [...TERMS, { source: 'a "b"\tc'.replace("\t", " "), target: { fr: "d; e, f" } }];
  assert.deepEqual(parse(written(odd)), odd);
  assert.equal(written([]), "");
  assert.deepEqual(parse(written([{ source: "a" }])), [{ source: "a" }]);
});

test("a long text without an end of quotes is refused at once", () => {
  const begun = performance.now();
  try {
    parse(`source,es\n"${'a""'.repeat(50_000)}`);
  } catch (error) {
    assert.ok(error instanceof Unreadable);
  }
  assert.ok(performance.now() - begun < 1000);
});

test("an open quotation mark is said", () => {
  assert.throws(() => parse('source,es\na,b\n"c,d\ne,f'), saying(/Line 3 cannot be read: a quotation mark is never closed/));
});

test("the host is told the terms as they were given, others nothing of them", () => {
  const session = {
    ...{ sessionId: "123456", sessionName: "A talk", sourceLanguage: "en", targetLanguages: ["es"], active: false },
    ...{ ended: false, listenerCount: 0, listenersByLanguage: {}, passcodeRequired: false },
  };
  assert.deepEqual(sessionInfo({ ...session, glossary: TERMS }, "answer").glossary, TERMS);
  assert.equal(sessionInfo(session, "answer").glossary, null);
});
