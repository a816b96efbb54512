import assert from "node:assert/strict";
import test from "node:test";
import { paged, pieces } from "../src/listener/breaking";

const LINE = 29;
/** As a browser would place the parts: so many letters to a line, the first one `first` px down. */
function tops(parts: readonly string[], letters: number, first: number): readonly number[] {
  let line = 0;
  let used = 0;
  return parts.map((part) => {
    if (used > 0 && used + part.trimEnd().length > letters) {
      line += 1;
      used = 0;
    }
    used += part.length;
    return first + line * LINE;
  });
}

const SENTENCE = "El comit\u00e9 ha acordado el plan nuevo para el a\u00f1o que viene, y la obra empieza en primavera.";

test("of a clause over more than two lines every line is on a page, the first one too", () => {
  const parts = pieces(SENTENCE, "es");
  for (const first of [0, 3, 12]) {
    const pages = paged(parts, tops(parts, 24, first), LINE);
    assert.equal(pages.join(" "), SENTENCE);
    assert.ok(pages[0]?.startsWith("El comit\u00e9"), pages[0]);
    assert.equal(pages.length, 2);
  }
});

test("two lines are one page, whole", () => {
  const text = "El elemento pr\u00f3ximo es el presupuesto.";
  const parts = pieces(text, "es");
  assert.deepEqual(paged(parts, tops(parts, 26, 3), LINE), [text]);
});

test("a part that stands a little higher or lower is in the same line", () => {
  const parts = ["uno ", "\u65e5\u672c ", "dos ", "tres "];
  assert.deepEqual(paged(parts, [3, 0, 32, 61], LINE), ["uno \u65e5\u672c dos", "tres"]);
});

test("a word that no line holds is cut where the lines end, and nothing of it is lost", () => {
  const word = "https://example.org/a/very/long/address/that/no/line/holds";
  const parts = pieces(`${word} fin`, "es");
  assert.equal(parts.join(""), `${word} fin`);
  const pages = paged(parts, tops(parts, 16, 3), LINE);
  assert.ok(pages.length > 1);
  assert.equal(pages.join("").replace(/\s/g, ""), `${word}fin`);
});

test("nothing is no page", () => {
  assert.deepEqual(paged([], [], LINE), []);
});
