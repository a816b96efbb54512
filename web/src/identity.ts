/** ClientIds: random, secret, made by the client for itself. */

import type { Kept } from "./storage";

const KEY = "dragoman.clientId";
const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isClientId(candidate: string): boolean {
  return FORM.test(candidate);
}

/** A version 4 UUID. `crypto.randomUUID` would be shorter, but does not exist on a page that came over plain HTTP. */
export function newClientId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** The ClientId kept in this storage; a new one is made and kept where there is none. */
export function clientId(storage: Kept): string {
  const kept = storage.getItem(KEY);
  if (kept !== null && isClientId(kept)) return kept;
  const made = newClientId();
  storage.setItem(KEY, made);
  return made;
}

/** As `clientId`, for one tab: a duplicated tab begins with a copy of the storage, and would take the other's place. */
export async function tabsClientId(storage: Kept): Promise<string> {
  while (!(await held(clientId(storage)))) storage.removeItem(KEY);
  return clientId(storage);
}

/** Keeps this id as long as the tab lives; false where another tab has it. Plain HTTP has no locks: there none is asked. */
function held(id: string): Promise<boolean> {
  const locks = (navigator as Partial<Navigator>).locks;
  if (!locks) return Promise.resolve(true);
  return new Promise((answer) => {
    const asked = locks.request(`dragoman.${id}`, { ifAvailable: true }, (lock) => {
      answer(lock !== null);
      return lock && new Promise<never>(() => undefined);
    });
    // Where sites may keep nothing there are none either, and no tab begins with what another one kept.
    asked.catch(() => answer(true));
  });
}
