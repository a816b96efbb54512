/** What holds for the sources as a whole: words, sizes, and events. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import ts from "typescript";
import { LANGUAGES } from "../src/words";

/** Kilobytes of compressed script that a page may have; the listener's also has its words and looks to load. */
const BUDGET = { listener: 60, speaker: 90 } as const;
const WORDS_BUDGET = 12;

type Words = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

const read = (name: string): string => readFileSync(name, "utf-8");
const wordsOf = (language: string): Words => JSON.parse(read(`src/words/${language}.json`)) as Words;
const sources = readdirSync("src", { recursive: true, encoding: "utf-8" }).filter((name) => name.endsWith(".ts"));
const english = wordsOf("en");

function holes(text: string): string {
  return [...new Set(text.match(/\{\w+\}/g))].sort().join();
}

test("every language has every string, no other, with the same values in it", () => {
  assert.deepEqual(readdirSync("src/words").sort(), LANGUAGES.map((language) => `${language}.json`).sort());
  for (const language of LANGUAGES) {
    const own = wordsOf(language);
    assert.deepEqual(Object.keys(own).sort(), Object.keys(english).sort(), language);
    for (const [key, given] of Object.entries(own)) {
      const model = english[key] ?? "";
      assert.equal(typeof given, typeof model, `${language}: ${key}`);
      const [text, form] = [given, model].map((one) => (typeof one === "string" ? one : (one["other"] ?? "")));
      assert.equal(holes(text ?? ""), holes(form ?? ""), `${language}: ${key}`);
      assert.ok((text ?? "").trim(), `${language}: ${key}`);
    }
  }
});

test("every plural has the forms that its language needs", () => {
  const numbers = Array.from({ length: 1001 }, (_, number) => number);
  for (const language of LANGUAGES) {
    const rules = new Intl.PluralRules(language);
    const needed = [...new Set(numbers.map((number) => rules.select(number)))].sort();
    for (const [key, forms] of Object.entries(wordsOf(language))) {
      if (typeof forms !== "string") assert.deepEqual(Object.keys(forms).sort(), needed, `${language}: ${key}`);
    }
  }
});

test("no language is English that was forgotten", () => {
  // Names, and words that the languages share.
  const alike = (text: string): boolean => text.length < 20 || !/[a-z] [a-z]/.test(text);
  for (const language of LANGUAGES.filter((one) => one !== "en")) {
    const same = Object.entries(wordsOf(language)).filter(([key, text]) => text === english[key] && !alike(String(text)));
    assert.deepEqual(same, [], language);
  }
});

/** Keys of the words that the pages ask for. */
function used(): ReadonlySet<string> {
  const all = [...sources.map((name) => read(`src/${name}`)), read("pages/listener.html"), read("pages/speaker.html")];
  return new Set(all.flatMap((text) => text.match(/"[a-z][A-Za-z]*(\.[A-Za-z]+)*"/g) ?? []).map((key) => key.slice(1, -1)));
}

test("every string is used somewhere, and the pages ask for none that there is not", () => {
  const asked = used();
  // What stands where there is no script is put into the pages by the build.
  const unused = Object.keys(english).filter((key) => key !== "noscript" && !asked.has(key));
  assert.deepEqual(unused, []);
  for (const page of ["listener", "speaker"]) {
    const keys = [...read(`pages/${page}.html`).matchAll(/data-words(?:-[a-z]+)?="([^"]*)"/g)].map(([, key]) => key ?? "");
    assert.deepEqual(keys.filter((key) => !(key in english)), []);
  }
});

test("a page asks for no words that only the other page has", () => {
  const only = { listener: /^(listener|door|state|balance)(\.|$)/, speaker: /^(speaker|microphone|level|targets|terms|mark)\./ };
  const keys = (text: string): string[] => (text.match(/"[a-z][A-Za-z]*(\.[A-Za-z]+)+"/g) ?? []).map((key) => key.slice(1, -1));
  for (const [page, other] of [["listener", only.speaker], ["speaker", only.listener]] as const) {
    const shared = sources.filter((name) => name.startsWith(page) || !name.includes("/")).map((name) => read(`src/${name}`));
    const wrong = [...shared, read(`pages/${page}.html`)].flatMap(keys).filter((key) => key in english && other.test(key));
    assert.deepEqual(wrong, [], page);
  }
});

test("no text stands in the pages themselves", () => {
  for (const page of ["listener", "speaker"]) {
    const html = read(`pages/${page}.html`).replace(/<!--.*?-->/gs, "").replace(/<title>Dragoman<\/title>/, "");
    const texts = html.replace(/<[^>]*>/g, "\n").split("\n").map((text) => text.trim());
    // The name, keys of the keyboard, a number.
    assert.deepEqual(texts.filter((text) => text && text !== "Dragoman" && !/^[A-Z?0]$/.test(text)), [], page);
    const spoken = [...html.matchAll(/\s(aria-label|placeholder|title|alt)="([^"]+)"/g)].map(([, , text]) => text ?? "");
    assert.deepEqual(spoken.filter((text) => text !== "123456"), [], page);
  }
});

/** Whether a literal is for programs: an error that no reader sees, a console's line, a selector, a header. */
function forPrograms(node: ts.Node): boolean {
  for (let at: ts.Node | undefined = node.parent; at; at = at.parent) {
    if (ts.isNewExpression(at) && /^(Wire)?Error$/.test(at.expression.getText())) return true;
    if (ts.isCallExpression(at) && /^(console\.|kind$|document\.querySelector|.*\.(querySelector(All)?|closest|matches)$)/.test(at.expression.getText())) return true;
    if (ts.isImportDeclaration(at)) return true;
  }
  return false;
}

test("no text stands in the sources", () => {
  const found: string[] = [];
  for (const name of sources) {
    const file = ts.createSourceFile(name, read(`src/${name}`), ts.ScriptTarget.Latest, true);
    const look = (node: ts.Node): void => {
      const literal = ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateHead(node);
      // Two words in a row, or one that begins a sentence.
      if (literal && /[A-Za-z]{2,}[,:]? [a-z]{2,}|^[A-Z][a-z]+[ .…!?]/.test(node.text) && !forPrograms(node)) {
        found.push(`${name}: ${node.text}`);
      }
      ts.forEachChild(node, look);
    };
    look(file);
  }
  const technical = /dragoman|^line-text|^icon|small quiet|M\$|^Bearer $|^io server disconnect$|^(caption|passage) growing$|^input:not|^row tight$/
  assert.deepEqual(found.filter((text) => !technical.test(text.split(": ")[1] ?? "")), []);
});

test("the pages' scripts and words keep to their budgets", async () => {
  for (const [page, most] of Object.entries(BUDGET)) {
    const entryPoints = [`src/${page}/main.ts`];
    const { outputFiles } = await build({ entryPoints, bundle: true, minify: true, format: "esm", write: false });
    const size = gzipSync(outputFiles[0]?.contents ?? "").length;
    assert.ok(size > 0 && size <= most * 1024, `${page}: ${size} bytes of compressed script`);
  }
  for (const language of LANGUAGES) {
    const size = gzipSync(read(`src/words/${language}.json`)).length;
    assert.ok(size <= WORDS_BUDGET * 1024, `${language}: ${size} bytes of compressed words`);
  }
});

test("every event that the server sends has a handler", () => {
  const documented = [...read("../docs/interface.md").matchAll(/^\| (.*?) \| server → /gm)];
  const events = documented.flatMap(([, names]) => (names ?? "").match(/\w+/g) ?? []);
  assert.ok(events.length >= 10, "the interface's table was read");
  const live = read("src/live.ts");
  for (const event of [...events, "segmentRetracted", "segmentCorrected", "engineState", "costUpdated"]) {
    assert.match(live, new RegExp(`this\\.on(Mine)?\\("${event}"`), event);
  }
});
