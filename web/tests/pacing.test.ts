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

test("a voice that is faster than was thought loses no part of a clause: the lines catch up", () => {
  const lines = pacer();
  const parts = new Set<string>();
  const look = (from: number, to: number): void => {
    for (let now = from; now < to; now += 100) parts.add(seen(lines.next(now)));
  };
  const long = (letter: string): string => letter.repeat(40) + letter.toUpperCase().repeat(40);
  // Twenty-five letters a second, one clause after the other; it was taken for fourteen.
  lines.begins(clause(1, long("a")), 0);
  look(0, 3200);
  lines.ends(1, 3200);
  lines.begins(clause(2, long("b")), 3300);
  look(3300, 6500);
  lines.ends(2, 6500);
  lines.begins(clause(3, "tres"), 6600);
  look(6600, 12_000);
  const all = [`1 ${"a".repeat(40)}`, `1 ${"A".repeat(40)}`, `2 ${"b".repeat(40)}`, `2 ${"B".repeat(40)}`, "3 tres"];
  assert.deepEqual([...parts], all);
});

test("a clause that is shown and not said stands before the next that is said, where it is short", () => {
  const lines = pacer();
  lines.begins(clause(1, "uno"), 0);
  lines.next(0);
  lines.read(clause(2, "dos"));
  lines.ends(1, 900);
  lines.begins(clause(3, "tres"), 950);
  assert.deepEqual([seen(lines.next(950)), lines.next(950)?.spoken], ["2 dos", false]);
  assert.deepEqual([seen(lines.next(1800)), lines.next(1800)?.spoken], ["3 tres", true]);
});

test("what is taken back while it waits behind the voice is not shown", () => {
  const lines = pacer();
  lines.begins(clause(1, LONG), 0);
  lines.next(0);
  lines.begins(clause(2, "dos"), 500);
  lines.changed(clause(2, ""), 600);
  assert.equal(seen(lines.next(2700)), `1 ${"b".repeat(40)}`);
  assert.equal(seen(lines.next(60_000)), `1 ${"b".repeat(40)}`);
});
