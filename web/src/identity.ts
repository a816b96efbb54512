/** ClientIds: random, secret, made by the client for itself. */

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
export function clientId(storage: Storage): string {
  const kept = storage.getItem("dragoman.clientId");
  if (kept !== null && isClientId(kept)) return kept;
  const made = newClientId();
  storage.setItem("dragoman.clientId", made);
  return made;
}
