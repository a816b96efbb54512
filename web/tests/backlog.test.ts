import assert from "node:assert/strict";
import test from "node:test";
import { Backlog, type Chunk, FLOOR_RATE } from "../src/speaker/backlog";

const CHUNK = 640;
const PER_SECOND = FLOOR_RATE / CHUNK;

function hear(backlog: Backlog, chunks: number): void {
  for (let chunk = 0; chunk < chunks; chunk++) backlog.add(new Int16Array(CHUNK));
}

interface Sent {
  readonly chunk: Chunk;
  readonly connection: number;
}

/** Everything that may be sent at this moment. */
function drain(backlog: Backlog, now = 0): readonly Sent[] {
  const sent: Sent[] = [];
  for (let next = backlog.next(now); next; next = backlog.next(now)) sent.push(next);
  return sent;
}

const positions = (sent: readonly Sent[]): readonly number[] => sent.map(({ chunk }) => chunk.position);

test("a fresh page begins where the server's floor ends", () => {
  const backlog = new Backlog();
  backlog.joined(1000, 5000);
  hear(backlog, 2);
  const sent = drain(backlog);
  assert.deepEqual(positions(sent), [5000, 5640]);
  assert.deepEqual(sent.map(({ chunk }) => chunk.seq), [0, 1]);
});

test("nothing is sent before joining and after a cut", () => {
  const backlog = new Backlog();
  hear(backlog, 1);
  assert.equal(backlog.next(0), undefined);
  backlog.joined(0, 0);
  assert.equal(drain(backlog).length, 1);
  backlog.cut();
  hear(backlog, 1);
  assert.equal(backlog.next(0), undefined);
});

test("after a cut only what did not arrive is sent again, in order", () => {
  const backlog = new Backlog();
  backlog.joined(0, 0);
  hear(backlog, 10);
  drain(backlog);
  backlog.cut();
  hear(backlog, 2);
  backlog.joined(CHUNK, 4 * CHUNK);
  assert.deepEqual(positions(drain(backlog)), [4, 5, 6, 7, 8, 9, 10, 11].map((index) => index * CHUNK));
});

test("a server that lost what it had not kept is sent it again", () => {
  const backlog = new Backlog();
  backlog.joined(0, 0);
  hear(backlog, 10);
  for (const { connection } of drain(backlog)) backlog.taken(connection, 3 * CHUNK);
  assert.ok(backlog.idle);
  backlog.cut();
  backlog.joined(3 * CHUNK, 3 * CHUNK);
  assert.deepEqual(positions(drain(backlog)), [3, 4, 5, 6, 7, 8, 9].map((index) => index * CHUNK));
});

test("what is safe is let go, half a chunk is not", () => {
  const backlog = new Backlog();
  backlog.joined(0, 0);
  hear(backlog, 3);
  const [first] = drain(backlog);
  backlog.taken(first?.connection ?? -1, CHUNK + CHUNK / 2);
  backlog.cut();
  backlog.joined(0, 0);
  assert.deepEqual(positions(drain(backlog)), [CHUNK, 2 * CHUNK]);
});

test("a refused chunk and those behind it wait a second and go again", () => {
  const backlog = new Backlog();
  backlog.joined(0, 0);
  hear(backlog, 4);
  const sent = drain(backlog, 0);
  for (const { connection, chunk } of sent.slice(1)) backlog.refused(connection, chunk, 100);
  backlog.taken(sent[0]?.connection ?? -1, 0);
  assert.equal(backlog.next(500), undefined);
  assert.deepEqual(positions(drain(backlog, 1100)), [CHUNK, 2 * CHUNK, 3 * CHUNK]);
});

test("an answer to an earlier connection changes nothing on this one but what is safe", () => {
  const backlog = new Backlog();
  backlog.joined(0, 0);
  hear(backlog, 2);
  const [old, late] = drain(backlog);
  assert.ok(old && late);
  backlog.cut();
  backlog.joined(0, 0);
  drain(backlog);
  backlog.refused(late.connection, late.chunk, 0);
  assert.equal(backlog.next(0), undefined, "nothing is sent twice");
  backlog.taken(old.connection, 2 * CHUNK);
  assert.equal(backlog.idle, false, "the answers of this connection are still to come");
});

test("at most two seconds of sound are unanswered", () => {
  const backlog = new Backlog();
  backlog.joined(0, 0);
  hear(backlog, 10 * PER_SECOND);
  const sent = drain(backlog);
  assert.equal(sent.length, 50);
  backlog.taken(sent[0]?.connection ?? -1, 0);
  assert.equal(drain(backlog).length, 1);
});

test("45 s ahead of what is safe, one chunk a second asks how far the server is", () => {
  const backlog = new Backlog();
  backlog.joined(0, 0);
  hear(backlog, 50 * PER_SECOND);
  // 50 on the way at a time: 22 times 50 and then 25 make 45 s.
  const answered = (now: number): number => {
    const sent = drain(backlog, now);
    for (const { connection } of sent) backlog.taken(connection, 0);
    return sent.length;
  };
  const counts = Array.from({ length: 23 }, () => answered(0));
  assert.deepEqual(counts, [...Array<number>(22).fill(50), 25]);
  assert.equal(answered(0), 1, "the first to ask");
  assert.equal(answered(500), 0);
  assert.equal(answered(1000), 1);
  assert.equal(backlog.next(1500), undefined);
  const [second] = drain(backlog, 2000);
  assert.ok(second);
  backlog.taken(second.connection, 30 * FLOOR_RATE);
  assert.equal(drain(backlog, 3000).length, 50, "and goes on at full speed once it has caught up");
});

test("a minute without a connection is kept, more loses the oldest and says how much", () => {
  const backlog = new Backlog();
  hear(backlog, 60 * PER_SECOND);
  assert.equal(backlog.lost, 0);
  assert.equal(backlog.waiting, 60 * FLOOR_RATE);
  hear(backlog, 2);
  assert.equal(backlog.lost, 2 * CHUNK);
  backlog.joined(0, 0);
  assert.equal(backlog.next(0)?.chunk.position, 2 * CHUNK);
});

test("a loss is told until all that was kept has gone, not for the rest of the talk", () => {
  const backlog = new Backlog();
  hear(backlog, 60 * PER_SECOND + 5);
  assert.equal(backlog.lost, 5 * CHUNK);
  backlog.joined(0, 0);
  while (backlog.waiting > 0) {
    assert.equal(backlog.lost, 5 * CHUNK);
    for (const { connection, chunk } of drain(backlog)) backlog.taken(connection, chunk.position + CHUNK);
  }
  assert.equal(backlog.lost, 0);
  backlog.cut();
  hear(backlog, 61 * PER_SECOND);
  assert.equal(backlog.lost, PER_SECOND * CHUNK, "the next cut counts anew");
});

test("when nothing more is heard all goes at once, however far the server is behind", () => {
  const backlog = new Backlog();
  backlog.joined(0, 0);
  hear(backlog, 55 * PER_SECOND);
  let sent = 0;
  for (let some = drain(backlog); some.length > 0; some = drain(backlog)) {
    sent += some.length;
    for (const { connection } of some) backlog.taken(connection, 0);
  }
  assert.ok(sent < 46 * PER_SECOND);
  while (!backlog.idle) {
    const next = backlog.next(2000, true);
    assert.ok(next);
    backlog.taken(next.connection, 0);
  }
});

test("what was sent and goes unsafe after a minute is not counted as lost", () => {
  const backlog = new Backlog();
  backlog.joined(0, 0);
  for (let second = 0; second < 30; second++) {
    hear(backlog, PER_SECOND);
    for (const { connection } of drain(backlog)) backlog.taken(connection, 0);
  }
  hear(backlog, 31 * PER_SECOND);
  assert.equal(backlog.lost, 0);
});

test("where another device went on, this one follows behind it", () => {
  const backlog = new Backlog();
  backlog.joined(0, 0);
  hear(backlog, 2);
  backlog.cut();
  backlog.joined(50 * CHUNK, 60 * CHUNK);
  hear(backlog, 1);
  assert.deepEqual(positions(drain(backlog)), [60 * CHUNK]);
});
