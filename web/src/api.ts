/** The HTTP half of the interface. */

import { type Check, WireError } from "./check";
import * as files from "./files";
import { Refused, Trouble } from "./trouble";
import * as wire from "./wire";

/** No answer came, or none that makes sense; `why` is for whoever looks into the console. */
export class Unreachable extends Trouble {
  constructor(key: "error.unreachable" | "error.senseless", why: string) {
    super(key);
    this.message = why;
  }
}

interface Call {
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** In place of `body`, as it is. */
  readonly sdp?: string;
  /** Gives the call up. */
  readonly signal?: AbortSignal;
}

async function request(path: string, call: Call): Promise<Response> {
  const headers = new Headers(call.headers);
  if (call.body) headers.set("Content-Type", "application/json");
  const body = call.body ? JSON.stringify(call.body) : (call.sdp ?? null);
  let response: Response;
  try {
    const { method = "GET", signal = null } = call;
    response = await fetch(path, { method, headers, body, signal, cache: "no-store" });
  } catch {
    throw new Unreachable("error.unreachable", path);
  }
  if (!response.ok) throw await refused(response);
  return response;
}

async function refused(response: Response): Promise<Error> {
  try {
    const { error, code } = wire.refusal(await response.json(), "refusal");
    return new Refused(error, response.status, code);
  } catch {
    return new Unreachable("error.senseless", String(response.status));
  }
}

async function call<T>(path: string, check: Check<T>, options: Call = {}): Promise<T> {
  const response = await request(path, options);
  try {
    return check(await response.json(), path);
  } catch (error) {
    throw new Unreachable("error.senseless", error instanceof WireError ? error.message : path);
  }
}

export interface NewSession {
  readonly sessionName: string;
  readonly sourceLanguage: string;
  readonly targetLanguages: readonly string[];
  readonly avatarCharacter?: string;
  readonly avatarStyle?: string;
  readonly backgroundColor?: string;
  readonly transparentBackground?: boolean;
  readonly videoCrop?: boolean;
  readonly targetVoices?: Readonly<Record<string, string>>;
  readonly floorAudio?: boolean;
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

/** Who holds a session: the host's secret and the session's code. */
export interface Holder {
  readonly clientId: string;
  readonly sessionId: string;
}

function order<T>(name: string, check: Check<T>, { clientId, sessionId }: Holder, more: object = {}): Promise<T> {
  const body = { sessionId, ...more };
  return call(`/api/${name}`, check, { method: "POST", headers: { ClientId: clientId }, body });
}

function command(name: string, clientId: string, sessionId: string): Promise<{ status: string }> {
  return order(name, wire.status, { clientId, sessionId });
}

export const startTranslation = command.bind(null, "startTranslation");
export const stopTranslation = command.bind(null, "stopTranslation");
export const endSession = command.bind(null, "endSession");
export const deleteSession = command.bind(null, "deleteSession");

/** Typed words go to the booths as if they had been said. */
export async function sayText(holder: Holder, text: string): Promise<void> {
  await order("sayText", wire.anyAnswer, holder, { text });
}

/** Takes a line back, on every page at once. */
export async function retractSegment(holder: Holder, segmentId: number): Promise<void> {
  await order("retractSegment", wire.anyAnswer, holder, { segmentId });
}

export async function correctSegment(holder: Holder, segmentId: number, language: string, text: string): Promise<void> {
  await order("correctSegment", wire.anyAnswer, holder, { segmentId, language, text });
}

/** Begins to make a film of what was said in this language; answers with its name. */
export async function makeFilm(holder: Holder, language: string): Promise<string> {
  return (await order("makeFilm", files.filmBegun, holder, { language })).filmId;
}

export function getFilm(clientId: string, filmId: string): Promise<files.Film> {
  return call(`/api/getFilm/${encodeURIComponent(filmId)}`, files.film, { headers: { ClientId: clientId } });
}

/** A sentence in this voice, as a sound file; an empty voice is the language's best. */
export async function previewVoice(language: string, voice: string): Promise<Blob> {
  const query = new URLSearchParams({ language, ...(voice ? { voice } : {}) });
  return (await request(`/api/previewVoice?${query.toString()}`, {})).blob();
}

/** A finished film. Only its host may have it, and a link carries no header. */
export async function fetchFilm(clientId: string, url: string): Promise<Blob> {
  return (await request(url, { headers: { ClientId: clientId } })).blob();
}

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

/** Asks for the speaker's own sound, by WHEP; answers with the server's SDP. Its peer is one of its own. */
export async function connectFloor({ sessionId, passcode }: Viewer, sdp: string, signal: AbortSignal): Promise<string> {
  const headers = { "Content-Type": "application/sdp", ...(passcode ? { Authorization: `Bearer ${passcode}` } : {}) };
  const path = `/whep/${encodeURIComponent(sessionId)}/floor`;
  return (await request(path, { method: "POST", headers, sdp, signal })).text();
}

export type TranscriptFormat = "vtt" | "srt" | "txt" | "json";

export function transcriptPath(sessionId: string, language: string, format: TranscriptFormat): string {
  const query = new URLSearchParams({ language, format });
  return `/api/getTranscript/${encodeURIComponent(sessionId)}?${query.toString()}`;
}

/** A transcript as a file in memory: a plain link cannot carry a passcode. */
export async function getTranscript(path: string, passcode: string): Promise<Blob> {
  return (await request(path, passcode ? { headers: { Passcode: passcode } } : {})).blob();
}

/** Everything that was said, with all its translations. */
export function getWholeTranscript(sessionId: string, passcode: string): Promise<readonly files.Entry[]> {
  return call(transcriptPath(sessionId, "*", "json"), files.entries, passcode ? { headers: { Passcode: passcode } } : {});
}
