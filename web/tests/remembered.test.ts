import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import test from "node:test";
import { isClientId, newClientId } from "../src/identity";
import { brought, forget, type Hosted, hostLink, remember, remembered } from "../src/speaker/remembered";

// What browsers have: Node has no location, and Node 18 no global crypto.
globalThis.crypto ??= webcrypto as Crypto;
Object.assign(globalThis, { location: { origin: "http://localhost:5000" } });

test("ClientIds are version 4 UUIDs, each another", () => {
  const made = new Set(Array.from({ length: 100 }, newClientId));
  assert.equal(made.size, 100);
  for (const id of made) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("the host's link brings session, secret and passcode to another device", () => {
  const hosted = {
    sessionId: "123456",
    clientId: newClientId(),
    passcode: "a&b #c",
    listenerUrl: "https://talks.example/listener/123456",
  };
  const link = new URL(hostLink(hosted));
  assert.equal(link.origin, "https://talks.example");
  assert.equal(link.pathname, "/speaker");
  const { sessionId, clientId, passcode } = brought(link.hash) ?? {};
  assert.deepEqual({ sessionId, clientId, passcode }, { sessionId: "123456", clientId: hosted.clientId, passcode: "a&b #c" });
});

test("the host's secret alone is enough, anything else brings nothing", () => {
  const clientId = newClientId();
  assert.equal(brought(`#host=${clientId}`)?.sessionId, "");
  for (const fragment of ["", "#", "#host=", "#host=me", "#session=123456"]) assert.equal(brought(fragment), undefined);
  assert.ok(!isClientId("<script>"));
});

/** A browser's storage, as far as it is used. */
function storage(): Pick<Storage, "getItem" | "setItem" | "removeItem"> {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

const shared = storage();
Object.defineProperty(globalThis, "localStorage", { value: shared, configurable: true });

/** From here on this is another tab of the same browser, or one that was there before. */
function inTab(own: ReturnType<typeof storage>): void {
  Object.defineProperty(globalThis, "sessionStorage", { value: own, configurable: true });
}

const session = (sessionId: string): Hosted => ({
  sessionId,
  clientId: newClientId(),
  passcode: "",
  listenerUrl: `http://localhost:5000/listener/${sessionId}`,
});

test("a tab keeps its session whatever another one goes on to", () => {
  const [first, second] = [storage(), storage()];
  const [one, two] = [session("111111"), session("222222")];
  inTab(first);
  remember(one);
  inTab(second);
  assert.deepEqual(remembered(), one, "a new tab goes on with what the device hosts");
  inTab(first);
  forget();
  assert.equal(remembered(), undefined);
  inTab(second);
  assert.deepEqual(remembered(), one);
  inTab(first);
  remember(two);
  inTab(second);
  assert.deepEqual(remembered(), one);
  forget();
  inTab(storage());
  assert.deepEqual(remembered(), two, "only its own session is forgotten");
});
