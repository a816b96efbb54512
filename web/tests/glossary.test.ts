import assert from "node:assert/strict";
import test from "node:test";
import { columnsOf, EMPTY, faultOf, filled, hasHeader, isBlank, merged, read, rowOf, termOf, Unreadable } from "../src/speaker/glossary";
import { sessionInfo, type Term } from "../src/wire";
import { said, saying } from "./english";

const TERMS: readonly Term[] = [
  { source: "Dragoman", keep: true, sounds: "drah go man" },
  { source: "booth", target: { es: "cabina", "pt-BR": "cabine" } },
];

const terms = (text: string): readonly Term[] => read(text).map(termOf);
const faults = (text: string): readonly string[] => read(text).map((row) => said(faultOf(row)));

test("a table of tabs, commas or semicolons becomes terms", () => {
  for (const sign of ["\t", ",", ";"]) {
    const rows = ["source|es|pt-BR|keep|sounds", "Dragoman|||yes|drah go man", "", "booth|cabina|cabine", "||||"];
    assert.deepEqual(terms(rows.join("\r\n").replaceAll("|", sign)), TERMS, sign);
  }
});

test("quotes hold separators, quotes and line breaks", () => {
  assert.deepEqual(terms('source,es\n"a, b", "un ""a"", un\nb" \nc,d'), [
    { source: "a, b", target: { es: 'un "a", un b' } },
    { source: "c", target: { es: "d" } },
  ]);
  assert.deepEqual(terms('Source\tES\n5" disk\tdisco'), [{ source: '5" disk', target: { ES: "disco" } }]);
});

test("nothing is no glossary, and a header alone neither", () => {
  for (const text of ["", " \n\n", "\uFEFFsource,es,keep\n"]) assert.deepEqual(read(text), []);
});

test("a language called like a property of objects is only text", () => {
  assert.throws(() => read("source,__proto__\na,b"), Unreadable);
  assert.deepEqual(terms("source,es\n__proto__,<b>x</b>"), [{ source: "__proto__", target: { es: "<b>x</b>" } }]);
});

test("a table whose columns cannot be known is refused, with what would be right", () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["Dragoman,yes", /first line has to name the columns/],
    ["source,Spanish language\na,b", /Column 2 is called “Spanish language”/],
    ["source,es,es\na,b,c", /Two columns are called es/],
    ["source,es\n" + "a,b\n".repeat(1001), /1,001 terms/],
    ['source,es\na,b\n"c,d\ne,f', /Line 3 cannot be read: a quotation mark is never closed/],
  ];
  for (const [text, sentence] of wrong) assert.throws(() => read(text), saying(sentence));
});

test("a bad row does not spoil the others, and says what is wrong about it", () => {
  const given = ["source,es,keep", "a,b,perhaps", ",b", "a,b,yes,d", `${"a".repeat(201)},b`, "good,b,no"];
  const [keep = "", missing = "", wide = "", long = "", good] = faults(given.join("\n"));
  assert.match(keep, /“perhaps”/);
  assert.match(missing, /term is missing/);
  assert.match(wide, /had 4 cells/);
  assert.match(long, /longer than 200/);
  assert.equal(good, "");
});

test("a row is blank until there is something in it", () => {
  assert.ok(isBlank(EMPTY));
  assert.equal(faultOf(EMPTY), null);
  assert.ok(isBlank(filled(EMPTY, ["", " "], ["source", "es"])));
  assert.ok(!isBlank(filled(EMPTY, ["", "b"], ["source", "es"])));
});

test("cells go into columns from where they are pasted on", () => {
  const row = filled(rowOf({ source: "booth" }), ["cabina", "yes"], ["es", "keep", "sounds"]);
  assert.deepEqual(termOf(row), { source: "booth", target: { es: "cabina" }, keep: true });
  assert.ok(hasHeader('"source","es"\na,b') && hasHeader("source\nDragoman") && !hasHeader("sourdough\tpan"));
});

test("the languages offered have columns, and others that are used", () => {
  assert.deepEqual(columnsOf([rowOf(TERMS[1] as Term)], ["es", "fr"]), ["source", "es", "fr", "pt-BR", "keep", "sounds"]);
});

test("a table that is added takes the place of the same terms", () => {
  const all = merged([EMPTY, ...TERMS.map(rowOf)], read("source,es\nbooth,caseta\nfloor,sala"));
  assert.deepEqual(all.map(termOf), [
    TERMS[0],
    { source: "booth", target: { es: "caseta" } },
    { source: "floor", target: { es: "sala" } },
  ]);
});

test("a term is the same again when it has been a row", () => {
  for (const term of TERMS) assert.deepEqual(termOf(rowOf(term)), term);
});

test("a long text without an end of quotes is refused at once", () => {
  const begun = performance.now();
  assert.throws(() => read(`source,es\n"${'a""'.repeat(50_000)}`), Unreadable);
  assert.ok(performance.now() - begun < 1000);
});

test("the host is told the terms as they were given, others nothing of them", () => {
  const session = {
    ...{ sessionId: "123456", sessionName: "A talk", sourceLanguage: "en", targetLanguages: ["es"], active: false },
    ...{ ended: false, listenerCount: 0, listenersByLanguage: {}, passcodeRequired: false },
  };
  assert.deepEqual(sessionInfo({ ...session, glossary: TERMS }, "answer").glossary, TERMS);
  assert.equal(sessionInfo(session, "answer").glossary, null);
});
