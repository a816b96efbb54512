import assert from "node:assert/strict";
import test from "node:test";
import { WireError } from "../src/check";
import * as wire from "../src/wire";

const SESSION = {
  sessionId: "012345",
  sessionName: "<b>Talk</b>",
  sourceLanguage: "en",
  targetLanguages: ["es", "fr"],
  active: false,
  ended: false,
  listenerCount: 2,
  listenersByLanguage: { es: 1, fr: 1 },
  passcodeRequired: false,
};

test("a session is read, and what this page does not know is left behind", () => {
  const session = wire.sessionInfo({ ...SESSION, novelty: { deep: [1] } }, "answer");
  assert.equal(session.sessionName, "<b>Talk</b>");
  assert.equal(session.listenersByLanguage.get("fr"), 1);
  assert.ok(!("novelty" in session));
});

test("a wrong field is named", () => {
  const wrong = { ...SESSION, targetLanguages: ["es", 5] };
  assert.throws(() => wire.sessionInfo(wrong, "answer"), new WireError("answer.targetLanguages[1] is not a text"));
  for (const value of [null, [], "text", 7, { ...SESSION, listenerCount: -1 }, { ...SESSION, active: "yes" }]) {
    assert.throws(() => wire.sessionInfo(value, "answer"), WireError);
  }
});

test("a caption without marks is a translated one without a tail", () => {
  const fields = { sessionId: "012345", segmentId: 3, sourceText: "a", translatedText: "b", startMs: 0 };
  const caption = wire.caption({ ...fields, sourceLanguage: "en", targetLanguage: "es" }, "event");
  assert.deepEqual([caption.untranslated, caption.condensed, caption.sourceTail], [false, false, ""]);
});

test("an acknowledgement is the thing asked for, or a refusal", () => {
  const joined = wire.joinAnswer({ ok: true, sessionInfo: SESSION, audio: { received: 100 } }, "ack");
  assert.deepEqual(joined.ok && joined.audio, { received: 100, accepted: 100 });
  const refused = wire.joinAnswer({ ok: false, error: "It has ended.", code: "ended" }, "ack");
  assert.deepEqual(refused, { ok: false, error: "It has ended.", code: "ended" });
  assert.throws(() => wire.joinAnswer({ ok: true }, "ack"), WireError);
});

test("what the server says becomes a sentence to look at", () => {
  const said = (error: string): string => wire.refusal({ error, code: "full" }, "answer").error;
  assert.equal(said("all 5 places are taken; come back later"), "All 5 places are taken; come back later.");
  assert.equal(said("Is it over?"), "Is it over?");
  assert.equal(said(""), "");
});

test("only the host's acknowledgement tells of the floor", () => {
  const joined = wire.joinAnswer({ ok: true, sessionInfo: SESSION }, "ack");
  assert.equal(joined.ok && joined.audio, null);
});

test("a language called __proto__ is only a language", () => {
  const count = wire.listenerCount(JSON.parse('{"sessionId":"1","count":1,"byLanguage":{"__proto__":1}}'), "event");
  assert.deepEqual([...count.byLanguage], [["__proto__", 1]]);
});

test("the avatar's state may not know its lag, and a language without voices has none", () => {
  const fields = { sessionId: "012345", language: "es", segmentId: 3, speaking: true };
  assert.equal(wire.avatarState({ ...fields, lagMs: null }, "event").lagMs, null);
  assert.equal(wire.avatarState({ ...fields, lagMs: 2400 }, "event").lagMs, 2400);
  assert.throws(() => wire.avatarState({ ...fields, speaking: 1 }, "event"), WireError);
  const language = { tag: "es", name: "Spanish", quality: "gist" };
  const read = (voices?: unknown): number | undefined => {
    const asked = { sourceLanguages: [], targetLanguages: [{ ...language, voices }] };
    return wire.languages(asked, "answer").targetLanguages[0]?.voices.length;
  };
  assert.deepEqual([read([{ name: "es" }]), read([]), read()], [1, 0, 0]);
});

test("a session without a latency mode is balanced", () => {
  assert.equal(wire.sessionInfo(SESSION, "answer").latencyMode, "balanced");
  assert.equal(wire.sessionInfo({ ...SESSION, latencyMode: "low" }, "answer").latencyMode, "low");
});

test("what was condensed and what is asked of the speaker is read only as it should be", () => {
  const condensed = { sessionId: "012345", language: "fr", segmentId: 3 };
  assert.deepEqual(wire.segmentCondensed({ ...condensed, more: 1 }, "event"), condensed);
  assert.throws(() => wire.segmentCondensed({ ...condensed, segmentId: "3" }, "event"), WireError);
  const hint = { sessionId: "012345", language: "fr", lagMs: 6200, slowDown: true };
  assert.deepEqual(wire.paceHint(hint, "event"), hint);
  for (const wrong of [{ lagMs: -1 }, { lagMs: null }, { slowDown: 1 }, { language: undefined }]) {
    assert.throws(() => wire.paceHint({ ...hint, ...wrong }, "event"), WireError);
  }
});
