import assert from "node:assert/strict";
import test from "node:test";
import { type Action, Watching } from "../src/listener/watching";

/** A listener in front of a server that answers as the test says; looks twice a second, as the page does. */
class Evening {
  now = 0;
  readonly watching: Watching;
  readonly done: string[] = [];
  private packets = 0;
  private pictures = 0;
  private lost = 0;

  constructor(voiced = true) {
    this.watching = new Watching(voiced);
  }

  step(): Action {
    const action = this.watching.next(this.now);
    if (action === "open") {
      this.packets = this.pictures = 0;
      this.watching.opened(this.now);
    }
    if (action === "close") this.watching.closed();
    if (action !== "none") this.done.push(`${action} ${this.now / 1000}`);
    return action;
  }

  pass(seconds: number, flow: { sound?: boolean; picture?: boolean; loss?: boolean } = {}): void {
    for (let step = 0; step < seconds * 2; step++) {
      this.now += 500;
      if (flow.sound) this.packets += 25;
      if (flow.picture) [this.packets, this.pictures] = [this.packets + 12, this.pictures + 12];
      if (flow.loss) this.lost += 3;
      this.watching.looked({ packets: this.packets, pictures: this.pictures, lost: this.lost }, this.now);
      this.step();
    }
  }

  get sign(): string {
    return this.watching.sign(this.now);
  }
}

const BOTH = { sound: true, picture: true };

/** An evening on which the button was pressed and all is well. */
function playing(): Evening {
  const evening = new Evening();
  evening.watching.sat(0);
  evening.watching.want(true);
  evening.step();
  evening.pass(20, BOTH);
  assert.equal(evening.sign, "playing");
  return evening;
}

test("nothing is opened before the button is pressed", () => {
  const evening = new Evening();
  evening.watching.sat(0);
  evening.pass(60);
  assert.deepEqual([evening.done, evening.sign], [[], "off"]);
});

test("the button opens one peer, and it plays when pictures come", () => {
  const evening = new Evening();
  evening.watching.want(true);
  evening.step();
  assert.deepEqual(evening.done, [], "a server that has not let one in gives no peer");
  evening.watching.sat(0);
  evening.step();
  assert.equal(evening.sign, "connecting");
  evening.pass(1, { sound: true });
  assert.equal(evening.sign, "connecting");
  evening.pass(60, BOTH);
  assert.deepEqual([evening.done, evening.sign], [["open 0"], "playing"]);
});

test("captions only closes the peer and opens none until the button is pressed again", () => {
  const evening = playing();
  evening.watching.want(false);
  evening.step();
  evening.pass(60);
  assert.deepEqual([evening.done, evening.sign], [["open 0", "close 20"], "off"]);
  evening.watching.want(true);
  evening.step();
  assert.equal(evening.done[2], "open 80");
});

test("a server that comes back after a restart is asked for a new peer as soon as the seat is taken", () => {
  const evening = playing();
  evening.watching.stood();
  evening.pass(3);
  assert.deepEqual([evening.done, evening.sign], [["open 0"], "interrupted"]);
  evening.watching.sat(evening.now);
  evening.step();
  assert.deepEqual(evening.done, ["open 0", "open 23"]);
  evening.pass(2, BOTH);
  assert.equal(evening.sign, "playing");
});

test("a socket that breaks alone leaves the peer as it is", () => {
  const evening = playing();
  evening.watching.stood();
  evening.pass(8, BOTH);
  evening.watching.sat(evening.now);
  evening.pass(8, BOTH);
  assert.deepEqual([evening.done, evening.sign], [["open 0"], "playing"]);
});

test("a peer that falls silent alone is told of first, then replaced", () => {
  const evening = playing();
  evening.pass(2);
  assert.equal(evening.sign, "interrupted");
  evening.pass(3);
  assert.deepEqual(evening.done, ["open 0", "close 25"]);
  evening.pass(0.5);
  assert.equal(evening.done[2], "open 25.5");
});

test("a hiccup of the network replaces nothing", () => {
  const evening = playing();
  evening.pass(4);
  evening.pass(1, BOTH);
  assert.deepEqual([evening.done, evening.sign], [["open 0"], "playing"]);
});

test("attempts that bring nothing come at growing distances, without end", () => {
  const evening = new Evening();
  evening.watching.sat(0);
  evening.watching.want(true);
  evening.step();
  evening.pass(150);
  const opened = evening.done.filter((one) => one.startsWith("open")).map((one) => Number(one.split(" ")[1]));
  const pauses = opened.slice(1).map((at, index) => at - (opened[index] ?? 0) - 10);
  assert.deepEqual(pauses, [0.5, 1, 2, 4, 8, 15, 15, 15]);
});

test("a picture that stands still while the sound goes on is said, and nothing is torn down", () => {
  const evening = playing();
  evening.pass(20, { sound: true });
  assert.deepEqual([evening.done, evening.sign], [["open 0"], "frozen"]);
});

test("a language without a voice stops the media; the wish stands for the next language", () => {
  const evening = playing();
  evening.watching.tune(false);
  evening.step();
  assert.deepEqual([evening.done, evening.sign], [["open 0", "close 20"], "voiceless"]);
  evening.watching.tune(true);
  evening.step();
  assert.equal(evening.done[2], "open 20");
});

test("another language with a voice keeps the peer", () => {
  const evening = playing();
  evening.watching.tune(true);
  evening.pass(5, BOTH);
  assert.deepEqual(evening.done, ["open 0"]);
});

test("a refusal for good is said and not repeated until the listener asks again", () => {
  const evening = new Evening();
  evening.watching.sat(0);
  evening.watching.want(true);
  evening.step();
  evening.watching.broke(0, { key: "error.unsupported", final: true });
  evening.pass(60);
  assert.deepEqual([evening.done, evening.sign, evening.watching.reason], [["open 0"], "refused", "error.unsupported"]);
  evening.watching.want(true);
  evening.step();
  assert.equal(evening.done[1], "open 60");
});

test("while no place is free the page says so and tries again", () => {
  const evening = new Evening();
  evening.watching.sat(0);
  evening.watching.want(true);
  evening.step();
  evening.watching.broke(0, { key: "error.full", final: false });
  assert.deepEqual([evening.sign, evening.watching.reason], ["interrupted", "error.full"]);
  evening.step();
  evening.pass(1, BOTH);
  assert.deepEqual([evening.sign, evening.watching.reason], ["playing", null]);
});

test("after a laptop's sleep the silence counts, however seldom the page looked", () => {
  const evening = playing();
  evening.now += 3_600_000;
  evening.step();
  assert.match(evening.done[1] ?? "", /^close/);
});

test("where the network loses the picture it gives way to the sound, until the listener asks for it again", () => {
  const evening = playing();
  evening.pass(11.5, { sound: true, loss: true });
  assert.equal(evening.sign, "frozen");
  evening.pass(1, { sound: true, loss: true });
  assert.deepEqual(evening.done, ["open 0", "close 32", "open 32.5"]);
  assert.deepEqual([evening.watching.withPicture, evening.watching.gaveWay], [false, true]);
  evening.pass(2, { sound: true });
  assert.equal(evening.sign, "playing");
  evening.watching.want(true);
  assert.equal(evening.watching.withPicture, true);
});

test("a picture that gave way is tried again, after a minute, then after two, and where it never comes too", () => {
  const evening = playing();
  evening.pass(12.5, { sound: true, loss: true });
  assert.equal(evening.watching.gaveWay, true);
  evening.pass(59, { sound: true });
  assert.equal(evening.watching.withPicture, false);
  evening.pass(1, { sound: true });
  assert.equal(evening.watching.withPicture, true);
  evening.pass(13, { sound: true, loss: true });
  assert.equal(evening.watching.gaveWay, true);
  evening.pass(110, { sound: true });
  assert.equal(evening.watching.gaveWay, true);
  evening.pass(10, { sound: true });
  assert.equal(evening.watching.gaveWay, false);
  evening.pass(70, BOTH);
  evening.pass(13, { sound: true, loss: true });
  evening.pass(58, { sound: true });
  assert.equal(evening.watching.gaveWay, true);
  evening.pass(3, { sound: true });
  assert.equal(evening.watching.gaveWay, false);
});

test("by sound alone nobody waits for pictures", () => {
  const evening = new Evening();
  evening.watching.sat(0);
  evening.watching.want(true, false);
  evening.step();
  evening.pass(60, { sound: true });
  assert.deepEqual([evening.done, evening.sign], [["open 0"], "playing"]);
});

test("where nothing comes straight a relay is tried, then the listener is told, and it is tried on", () => {
  const evening = new Evening();
  evening.watching.sat(0);
  evening.watching.want(true);
  const ways: boolean[] = [];
  const signs: string[] = [];
  for (let second = 0; second < 120; second += 0.5) {
    const before = evening.done.length;
    const relay = evening.watching.relayOnly;
    evening.pass(0.5);
    if (evening.done.length > before && evening.done.at(-1)?.startsWith("open")) {
      ways.push(relay);
      signs.push(evening.sign);
    }
  }
  assert.deepEqual(ways.slice(0, 6), [false, false, true, true, false, true]);
  assert.deepEqual(signs.slice(0, 6), ["connecting", "connecting", "connecting", "connecting", "blocked", "blocked"]);
  evening.pass(1, BOTH);
  assert.equal(evening.sign, "playing");
});
