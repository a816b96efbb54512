/**
 * The session that is hosted here, kept so that a reload goes on with it: in this tab, and on the device for the tab
 * that is opened next. Another tab may have gone on to another session meanwhile.
 */

import { isClientId } from "../identity";
import { browsers, type Kept, tabs } from "../storage";

export interface Hosted {
  readonly sessionId: string;
  /** The host's secret: this device's own, or brought along from another one. */
  readonly clientId: string;
  readonly passcode: string;
  /** What the server called the listeners' page: behind a proxy only the server knows. */
  readonly listenerUrl: string;
}

const KEY = "dragoman.hosted";

export function remember(hosted: Hosted): void {
  for (const place of [tabs, browsers]) place.setItem(KEY, JSON.stringify(hosted));
}

/** This tab hosts nothing any more. */
export function forget(): void {
  const own = kept(tabs)?.sessionId;
  tabs.removeItem(KEY);
  const shared = kept(browsers)?.sessionId;
  if (own === undefined || own === shared) browsers.removeItem(KEY);
}

/** What this tab hosts; else what the device does, which this tab does from now on. */
export function remembered(): Hosted | undefined {
  const hosted = kept(tabs) ?? kept(browsers);
  if (hosted) tabs.setItem(KEY, JSON.stringify(hosted));
  return hosted;
}

function kept(place: Kept): Hosted | undefined {
  try {
    return hostedFrom(JSON.parse(place.getItem(KEY) ?? "null"));
  } catch {
    return undefined;
  }
}

function hostedFrom(value: unknown): Hosted | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { sessionId, clientId, passcode, listenerUrl } = value as Record<string, unknown>;
  if (typeof sessionId !== "string" || typeof clientId !== "string" || !isClientId(clientId)) return undefined;
  return {
    sessionId,
    clientId,
    passcode: typeof passcode === "string" ? passcode : "",
    listenerUrl: typeof listenerUrl === "string" ? listenerUrl : listenerPage(sessionId),
  };
}

function listenerPage(sessionId: string): string {
  return `${location.origin}/listener/${encodeURIComponent(sessionId)}`;
}

/** The address that makes another device the host of this session. The fragment never reaches a server's log. */
export function hostLink({ clientId, sessionId, passcode, listenerUrl }: Hosted): string {
  const secret = new URLSearchParams({ host: clientId, session: sessionId, ...(passcode ? { passcode } : {}) });
  return `${new URL(listenerUrl).origin}/speaker#${secret.toString()}`;
}

/** What such an address brought: `#host=<ClientId>`; `sessionId` is empty where it names no session. */
export function brought(fragment: string): Hosted | undefined {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const clientId = given.get("host") ?? "";
  if (!isClientId(clientId)) return undefined;
  const sessionId = given.get("session") ?? "";
  return { clientId, sessionId, passcode: given.get("passcode") ?? "", listenerUrl: listenerPage(sessionId) };
}

/** The same host in this session. */
export function inSession(hosted: Hosted, sessionId: string): Hosted {
  return { ...hosted, sessionId, listenerUrl: listenerPage(sessionId) };
}
