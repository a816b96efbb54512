import assert from "node:assert/strict";
import test from "node:test";
import { type Kept, Store } from "../src/storage";

/** As the browser's own. */
function working(): Kept & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

function blocked(): never {
  throw new DOMException("The operation is insecure.", "SecurityError");
}

function remembers(store: Store): void {
  assert.equal(store.getItem("a"), null);
  store.setItem("a", "1");
  store.setItem("a", "2");
  assert.equal(store.getItem("a"), "2");
  store.removeItem("a");
  assert.equal(store.getItem("a"), null);
}

test("what the browser keeps is kept by it alone", () => {
  const storage = working();
  const store = new Store(() => storage);
  remembers(store);
  store.setItem("b", "3");
  storage.kept.set("b", "another tab's");
  assert.equal(store.getItem("b"), "another tab's");
});

test("where storage is blocked, missing or full, the page remembers by itself", () => {
  remembers(new Store(blocked));
  remembers(new Store(() => null));
  const full = working();
  full.kept.set("b", "old");
  const store = new Store(() => ({ ...full, setItem: blocked }));
  remembers(store);
  store.setItem("b", "new");
  assert.equal(store.getItem("b"), "new");
});

test("what was remembered goes to the browser as soon as that keeps it", () => {
  const storage = working();
  let there = false;
  const store = new Store(() => (there ? storage : blocked()));
  store.setItem("a", "1");
  there = true;
  assert.equal(store.getItem("a"), "1");
  store.setItem("a", "2");
  assert.deepEqual([...storage.kept], [["a", "2"]]);
});
