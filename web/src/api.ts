/** The HTTP half of the interface. */

import { type Check, WireError } from "./check";
import * as wire from "./wire";

/** The server said no; the message is its sentence. */
export class Refused extends Error {
  constructor(
    sentence: string,
    readonly status: number,
    readonly code: string,
  ) {
    super(sentence);
  }
}

/** No answer came, or none that makes sense. */
export class Unreachable extends Error {}

interface Call {
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Gives the call up. */
  readonly signal?: AbortSignal;
}

async function request(path: string, call: Call): Promise<Response> {
  const headers = new Headers(call.headers);
  if (call.body) headers.set("Content-Type", "application/json");
  const body = call.body ? JSON.stringify(call.body) : null;
  let response: Response;
  try {
    const { method = "GET", signal = null } = call;
    response = await fetch(path, { method, headers, body, signal, cache: "no-store" });
  } catch {
    throw new Unreachable("The server cannot be reached. Check the network connection.");
  }
  if (!response.ok) throw await refused(response);
  return response;
}

async function refused(response: Response): Promise<Error> {
  try {
    const { error, code } = wire.refusal(await response.json(), "refusal");
    return new Refused(error, response.status, code);
  } catch {
    return new Unreachable(`The server answered with ${response.status} and no reason.`);
  }
}

async function call<T>(path: string, check: Check<T>, options: Call = {}): Promise<T> {
  const response = await request(path, options);
  try {
    return check(await response.json(), path);
  } catch (error) {
    if (error instanceof WireError) throw new Unreachable(`The server's answer makes no sense: ${error.message}.`);
    throw new Unreachable("The server's answer was cut off.");
  }
}

export interface NewSession {
  readonly sessionName: string;
  readonly sourceLanguage: string;
  readonly targetLanguages: readonly string[];
  readonly avatarCharacter?: string;
  readonly avatarStyle?: string;
  readonly passcode?: string;
  readonly latencyMode?: string;
  readonly glossary?: readonly wire.Term[];
}

export function createSession(clientId: string, session: NewSession, hostKey: string): Promise<wire.Created> {
  const key = hostKey ? { Authorization: `Bearer ${hostKey}` } : {};
  return call("/api/createSession", wire.created, {
    method: "POST",
    headers: { ClientId: clientId, ...key },
    body: session,
  });
}

export function getSession(sessionId: string): Promise<wire.SessionInfo> {
  return call(`/api/getSession/${encodeURIComponent(sessionId)}`, wire.sessionInfo);
}

/** What a host may change while a session is on, from the next clause on. */
export interface SessionChanges {
  readonly latencyMode?: string;
  readonly glossary?: readonly wire.Term[];
}

export function updateSession(clientId: string, sessionId: string, changes: SessionChanges): Promise<wire.SessionInfo> {
  const body = { sessionId, ...changes };
  return call("/api/updateSession", wire.sessionInfo, { method: "POST", headers: { ClientId: clientId }, body });
}

function command(name: string, clientId: string, sessionId: string): Promise<{ status: string }> {
  return call(`/api/${name}`, wire.status, { method: "POST", headers: { ClientId: clientId }, body: { sessionId } });
}

export const startTranslation = command.bind(null, "startTranslation");
export const stopTranslation = command.bind(null, "stopTranslation");
export const endSession = command.bind(null, "endSession");

export function getLanguages(): Promise<wire.Languages> {
  return call("/api/getLanguages", wire.languages);
}

export function getAvatars(): Promise<readonly wire.Avatar[]> {
  return call("/api/getAvatars", wire.avatars);
}

export function getIceToken(clientId: string, signal: AbortSignal): Promise<wire.IceToken> {
  return call("/api/getIceToken", wire.iceToken, { headers: { ClientId: clientId }, signal });
}

/** Who asks for picture and sound, and of what. */
export interface Viewer {
  readonly clientId: string;
  readonly sessionId: string;
  readonly passcode: string;
}

function viewing({ clientId, sessionId, passcode }: Viewer): Record<string, string> {
  return { ClientId: clientId, SessionId: sessionId, ...(passcode ? { Passcode: passcode } : {}) };
}

/** Asks for picture and sound of the language that the viewer listens to; answers with the server's SDP. */
export async function connectListenerAvatar(viewer: Viewer, sdp: string, signal: AbortSignal): Promise<string> {
  const body = { sdp, type: "offer" };
  const headers = viewing(viewer);
  return (await call("/api/connectListenerAvatar", wire.sdpAnswer, { method: "POST", headers, body, signal })).sdp;
}

export async function disconnectAvatar(viewer: Viewer): Promise<void> {
  await call("/api/disconnectAvatar", wire.status, { method: "POST", headers: viewing(viewer) });
}

export type TranscriptFormat = "vtt" | "srt" | "txt" | "json";

export function transcriptPath(sessionId: string, language: string, format: TranscriptFormat): string {
  const query = new URLSearchParams({ language, format });
  return `/api/getTranscript/${encodeURIComponent(sessionId)}?${query.toString()}`;
}

/** A transcript as a file in memory: a plain link cannot carry a passcode. */
export async function getTranscript(path: string, passcode: string): Promise<Blob> {
  return (await request(path, { headers: { Passcode: passcode } })).blob();
}
