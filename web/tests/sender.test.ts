import assert from "node:assert/strict";
import test from "node:test";
import type { Chunk } from "../src/speaker/backlog";
import { Sender } from "../src/speaker/sender";
import type { AudioAnswer } from "../src/wire";

const answer = (fields: Partial<AudioAnswer>): AudioAnswer => ({ ok: true, code: "", error: "", received: 0, ...fields });

const chunk = (): Int16Array => new Int16Array(640);

test("sound is taken only while the talk is on", async () => {
  const sent: Chunk[] = [];
  const sender = new Sender(
    (one) => {
      sent.push(one);
      return Promise.resolve(answer({ received: one.position + 640 }));
    },
    () => assert.fail("nothing was refused"),
  );
  sender.joined(0, 0);
  sender.take(chunk());
  assert.equal(sent.length, 0);
  sender.begin();
  sender.take(chunk());
  sender.take(chunk());
  await sender.drained(1000);
  assert.deepEqual(sent.map(({ position }) => position), [0, 640]);
  sender.halt();
  sender.take(chunk());
  assert.equal(sent.length, 2);
});

test("a refusal for good halts, and is told once", async () => {
  const told: string[] = [];
  const sender = new Sender(
    () => Promise.resolve(answer({ ok: false, code: "wrongState", error: "elsewhere" })),
    (code, sentence) => told.push(code, sentence),
  );
  sender.joined(0, 0);
  sender.begin();
  for (let count = 0; count < 5; count++) sender.take(chunk());
  await new Promise((wake) => setTimeout(wake, 10));
  assert.deepEqual(told, ["wrongState", "elsewhere"]);
});

test("a chunk that there was no room for is not given up", async () => {
  let refusals = 1;
  const taken: number[] = [];
  const sender = new Sender(
    ({ position }) => {
      if (refusals-- > 0) return Promise.resolve(answer({ ok: false, code: "tooMany", error: "full" }));
      taken.push(position);
      return Promise.resolve(answer({ received: position + 640 }));
    },
    () => assert.fail("it is only too early"),
  );
  sender.joined(0, 0);
  sender.begin();
  sender.take(chunk());
  await new Promise((wake) => setTimeout(wake, 1050));
  sender.take(chunk());
  await sender.drained(1000);
  assert.deepEqual(taken, [0, 640]);
});

test("what is left when the microphone is closed is sent, however far behind the server is", async () => {
  const sent: number[] = [];
  const sender = new Sender(
    ({ position }) => {
      sent.push(position);
      return Promise.resolve(answer({}));
    },
    () => assert.fail("nothing was refused"),
  );
  sender.joined(0, 0);
  sender.begin();
  const chunks = 50 * 25;
  for (let count = 0; count < chunks; count++) sender.take(chunk());
  await new Promise((wake) => setTimeout(wake, 100));
  assert.ok(sent.length < chunks, "it waits for the server");
  await sender.drained(3000);
  assert.deepEqual(sent, Array.from({ length: chunks }, (_, index) => index * 640));
});

test("a pause in which nothing got through leaves what is sent later", async () => {
  const sent: number[] = [];
  const sender = new Sender(
    ({ position }) => {
      sent.push(position);
      return Promise.resolve(answer({ received: position + 640 }));
    },
    () => assert.fail("nothing was refused"),
  );
  sender.begin();
  sender.take(chunk());
  await sender.drained(50);
  sender.halt();
  sender.joined(0, 0);
  assert.deepEqual(sent, []);
  sender.begin();
  await sender.drained(1000);
  assert.deepEqual(sent, [0]);
});
