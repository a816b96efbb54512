import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import test from "node:test";
import { isClientId, newClientId } from "../src/identity";
import { brought, hostLink } from "../src/speaker/remembered";

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
