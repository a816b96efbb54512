import assert from "node:assert/strict";
import test from "node:test";
import { costUpdated, engineState, notice, segmentCorrected, sessionInfo } from "../src/wire";

const SESSION = {
  ...{ sessionId: "123456", sessionName: "A talk", sourceLanguage: "en", targetLanguages: ["es"], active: false },
  ...{ ended: false, listenerCount: 0, listenersByLanguage: {}, passcodeRequired: false },
};

test("the host is told what the engines are and what they cost", () => {
  const cost = { currency: "EUR", amount: 1.25, limit: 5, items: [] };
  const info = sessionInfo({ ...SESSION, engines: { voice: "azure" }, cost }, "answer");
  assert.deepEqual([...info.engines], [["voice", "azure"]]);
  assert.deepEqual(info.cost, { currency: "EUR", amount: 1.25, limit: 5 });
  assert.equal(costUpdated({ sessionId: "123456", ...cost, limit: null }, "event").limit, null);
});

test("whoever is no host is told nothing of it, and a server without engines to choose from neither", () => {
  const info = sessionInfo(SESSION, "answer");
  assert.deepEqual([info.engines.size, info.cost, info.floorAudio], [0, null, true]);
});

test("an engine that takes over says why, one that is well does not", () => {
  const change = { sessionId: "123456", job: "face", engine: "embedded" };
  assert.equal(engineState({ ...change, reason: "azure does not answer.", cause: "failed" }, "event").cause, "failed");
  assert.equal(engineState(change, "event").reason, "");
});

test("a correction without its text is left out", () => {
  assert.throws(() => segmentCorrected({ sessionId: "123456", segmentId: 1, language: "es" }, "event"));
});

test("a notice has a name where the server gives one, and is a sentence in any case", () => {
  const said = { message: "something happened", code: "unavailable" };
  assert.deepEqual(notice(said, "event"), { message: "Something happened.", code: "unavailable", notice: "", lostMs: 0 });
  const lost = notice({ ...said, notice: "soundMissing", values: { ms: 800 } }, "event");
  assert.deepEqual([lost.notice, lost.lostMs], ["soundMissing", 800]);
  assert.equal(notice({ ...said, notice: "engineReplaced", values: { job: "voice", engine: "home" } }, "event").lostMs, 0);
});
