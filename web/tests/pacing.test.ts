import assert from "node:assert/strict";
import test from "node:test";
import { type Clause, Pacer, readingMs, type Shown } from "../src/listener/pacing";

const clause = (id: number, text: string): Clause => ({ id, text, language: "es" });
/** Two lines of twenty letters. */
const pacer = (): Pacer => new Pacer(({ text }) => text.match(/.{1,40}/g) ?? [""]);
const seen = (shown: Shown | undefined): string => (shown ? `${shown.clause.id} ${shown.page}` : "");
const LONG = "a".repeat(40) + "b".repeat(40);

test("a clause stays as long as it takes to read, and the last one stays", () => {
  const lines = pacer();
  lines.read(clause(1, "uno"));
  lines.read(clause(2, "dos"));
  assert.equal(seen(lines.next(0)), "1 uno");
  assert.equal(seen(lines.next(readingMs("uno") - 1)), "1 uno");
  assert.equal(seen(lines.next(readingMs("uno"))), "2 dos");
  assert.equal(seen(lines.next(60_000)), "2 dos");
  assert.equal(lines.idle(60_000), true);
});

test("a long clause comes in parts of at most two lines", () => {
  const lines = pacer();
  lines.read(clause(1, LONG));
  assert.equal(seen(lines.next(0)), `1 ${"a".repeat(40)}`);
  assert.equal(seen(lines.next(readingMs("a".repeat(40)))), `1 ${"b".repeat(40)}`);
});

test("the clause that the avatar says stands there while it says it, however long", () => {
  const lines = pacer();
  lines.begins(clause(1, "uno"), 0);
  lines.read(clause(2, "dos"));
  assert.deepEqual([seen(lines.next(20_000)), lines.next(20_000)?.spoken], ["1 uno", true]);
  lines.ends(1, 20_000);
  assert.deepEqual([seen(lines.next(20_000)), lines.next(20_000)?.spoken], ["2 dos", false]);
  lines.begins(clause(3, "tres"), 20_100);
  assert.equal(seen(lines.next(20_100)), "3 tres", "the voice goes before reading");
});

test("the parts of a spoken clause turn with the voice, whose pace is learnt", () => {
  const lines = pacer();
  lines.begins(clause(1, "a".repeat(40)), 0);
  // Twenty letters a second.
  lines.ends(1, 2000);
  lines.begins(clause(2, LONG), 3000);
  assert.equal(seen(lines.next(4900)), `2 ${"a".repeat(40)}`);
  assert.equal(seen(lines.next(5000)), `2 ${"b".repeat(40)}`);
  assert.equal(lines.next(5000)?.spoken, true);
});

test("what comes faster than one reads passes faster, and far behind the newest is taken up", () => {
  const lines = pacer();
  for (let id = 1; id <= 6; id++) lines.read(clause(id, "a".repeat(30)));
  lines.next(0);
  assert.equal(seen(lines.next(readingMs("a".repeat(30)) / 1.6 + 1)).split(" ")[0], "2");
  for (let id = 7; id <= 40; id++) lines.read(clause(id, "a".repeat(30)));
  lines.next(2500);
  assert.equal(seen(lines.next(10_000)).split(" ")[0], "40");
});

test("a line that is corrected or taken back while it stands changes at once", () => {
  const lines = pacer();
  lines.read(clause(1, "uno"));
  lines.read(clause(2, "dos"));
  lines.next(0);
  lines.changed(clause(1, "one"), 100);
  assert.equal(seen(lines.next(100)), "1 one");
  lines.changed(clause(1, ""), 200);
  assert.equal(seen(lines.next(200)), "2 dos");
  lines.changed(clause(2, ""), 300);
  assert.equal(lines.next(300), undefined);
});

test("a Japanese sign takes longer than a Latin letter", () => {
  assert.ok(readingMs("\u65e5\u672c".repeat(20)) > 2 * readingMs("ab".repeat(20)) * 0.99);
});
