/** Everything that comes from the server, checked. Names are those of the interface. */

import { amount, anything, type Check, count, dictionary, list, object, or, text, truth, whole } from "./check";

/** An entry of the glossary. */
export interface Term {
  readonly source: string;
  readonly target?: Readonly<Record<string, string>>;
  readonly keep?: true;
  readonly sounds?: string;
}

const entry = object<{ source: string; target: ReadonlyMap<string, string>; keep: boolean; sounds: string }>({
  source: text,
  target: or(dictionary(text), new Map<string, string>()),
  keep: or(truth, false),
  sounds: or(text, ""),
});

const term: Check<Term> = (value, where) => {
  const { source, target, keep, sounds } = entry(value, where);
  return {
    source,
    ...(target.size > 0 ? { target: Object.fromEntries(target) } : {}),
    ...(keep ? { keep } : {}),
    ...(sounds ? { sounds } : {}),
  };
};

export interface SessionInfo {
  readonly sessionId: string;
  readonly sessionName: string;
  /** `auto` where it is one of `sourceLanguages`. */
  readonly sourceLanguage: string;
  /** Among which the spoken language is identified; none where it is known. */
  readonly sourceLanguages: readonly string[];
  readonly targetLanguages: readonly string[];
  /** The presenter; empty where the host chose none. */
  readonly avatarCharacter: string;
  readonly active: boolean;
  readonly ended: boolean;
  readonly listenerCount: number;
  readonly listenersByLanguage: ReadonlyMap<string, number>;
  /** `consecutive`, `balanced` or `low`; another server may know more. */
  readonly latencyMode: string;
  readonly passcodeRequired: boolean;
  /** Only the host is told; null for everybody else. */
  readonly glossary: readonly Term[] | null;
  /** Listeners may hear the speaker's own voice. */
  readonly floorAudio: boolean;
  /** By job: which engine does it. */
  readonly engines: ReadonlyMap<string, string>;
  /** Only the host is told, and only where something costs. */
  readonly cost: Cost | null;
}

/** What the engines of a session have cost so far. */
export interface Cost {
  readonly amount: number;
  /** An ISO 4217 code. */
  readonly currency: string;
  /** Where the server stops what costs; null where it does not. */
  readonly limit: number | null;
}

const costFields = { amount, currency: text, limit: or(amount, null) };
const cost: Check<Cost> = object<Cost>(costFields);

export const sessionInfo: Check<SessionInfo> = object<SessionInfo>({
  sessionId: text,
  sessionName: text,
  sourceLanguage: text,
  sourceLanguages: or(list(text), []),
  targetLanguages: list(text),
  avatarCharacter: or(text, ""),
  active: truth,
  ended: truth,
  listenerCount: count,
  listenersByLanguage: dictionary(count),
  latencyMode: or(text, "balanced"),
  passcodeRequired: truth,
  glossary: or(list(term), null),
  floorAudio: or(truth, true),
  engines: or(dictionary(text), new Map<string, string>()),
  cost: or(cost, null),
});

export interface Created {
  readonly sessionId: string;
  readonly listenerUrl: string;
  readonly sessionInfo: SessionInfo;
}

export const created: Check<Created> = object<Created>({ sessionId: text, listenerUrl: text, sessionInfo });

export interface SourceLanguage {
  readonly tag: string;
  readonly name: string;
}

export interface TargetLanguage extends SourceLanguage {
  /** `gist`: the sense comes through; `good`: reads like a translation. */
  readonly quality: string;
  /** The language through which it is interpreted, null where the pair is done directly. */
  readonly relay: string | null;
  /** What can speak it; without any there are captions only. */
  readonly voices: readonly string[];
  /** Which engine translates it; empty where the server does not say. */
  readonly engine: string;
}

export interface Languages {
  readonly sourceLanguages: readonly SourceLanguage[];
  readonly targetLanguages: readonly TargetLanguage[];
}

/** A voice's name, also where the server says more about it. */
const voice: Check<string> = (value, where) =>
  typeof value === "string" ? value : object<{ name: string }>({ name: text })(value, where).name;

export const languages: Check<Languages> = object<Languages>({
  sourceLanguages: list(object<SourceLanguage>({ tag: text, name: text })),
  targetLanguages: list(
    object<TargetLanguage>({ tag: text, name: text, quality: text, relay: or(text, null), voices: or(list(voice), []), engine: or(text, "") }),
  ),
});

export interface Avatar {
  readonly character: string;
  readonly name: string;
  readonly styles: readonly string[];
  readonly preview: string;
  /** The same, alive; empty where there is none. */
  readonly movingPreview: string;
}

export const avatars: Check<readonly Avatar[]> = list(
  object<Avatar>({ character: text, name: text, styles: list(text), preview: text, movingPreview: or(text, "") }),
);

/** For answers of which only matters that they came. */
export const anyAnswer: Check<unknown> = anything;

export const status = object<{ readonly status: string }>({ status: text });

/** What the server says to people; it leaves the looks to the page. */
const sentence: Check<string> = (value, where) => {
  const said = text(value, where).trim();
  return said.charAt(0).toUpperCase() + said.slice(1) + (/[.!?…]$/.test(said) || said === "" ? "" : ".");
};

/** What a refused request or acknowledgement says. */
export interface Refusal {
  readonly error: string;
  readonly code: string;
}

export const refusal: Check<Refusal> = object<Refusal>({ error: sentence, code: text });

/** A stretch of the talk in one language, growing or final. */
export interface Caption {
  readonly sessionId: string;
  readonly segmentId: number;
  readonly sourceText: string;
  /** Words that may still change; the host's captions only. */
  readonly sourceTail: string;
  readonly translatedText: string;
  readonly sourceLanguage: string;
  readonly targetLanguage: string;
  readonly startMs: number;
  readonly untranslated: boolean;
  /** Shown, not spoken. */
  readonly condensed: boolean;
  /** Taken back: its texts are empty. */
  readonly retracted: boolean;
  /** Written, not said. */
  readonly typed: boolean;
}

export const caption: Check<Caption> = object<Caption>({
  sessionId: text,
  segmentId: count,
  sourceText: text,
  sourceTail: or(text, ""),
  translatedText: text,
  sourceLanguage: text,
  targetLanguage: text,
  startMs: count,
  untranslated: or(truth, false),
  condensed: or(truth, false),
  retracted: or(truth, false),
  typed: or(truth, false),
});

export interface SegmentRetracted {
  readonly sessionId: string;
  readonly segmentId: number;
}

export const segmentRetracted: Check<SegmentRetracted> = object<SegmentRetracted>({ sessionId: text, segmentId: count });

/** A line says something else now. */
export interface SegmentCorrected extends SegmentRetracted {
  readonly language: string;
  readonly text: string;
}

export const segmentCorrected: Check<SegmentCorrected> = object<SegmentCorrected>({
  sessionId: text,
  segmentId: count,
  language: text,
  text,
});

/** Another engine does a job from now on, or one does not answer. The host is told. */
export interface EngineState {
  readonly sessionId: string;
  readonly job: string;
  readonly engine: string;
  /** Empty where all is well. */
  readonly reason: string;
  /** `failed`, `returned`, `chosen` or `cost`; empty where the server does not say. */
  readonly cause: string;
}

export const engineState: Check<EngineState> = object<EngineState>({
  sessionId: text,
  job: text,
  engine: text,
  reason: or(text, ""),
  cause: or(text, ""),
});

export interface CostUpdated extends Cost {
  readonly sessionId: string;
}

export const costUpdated: Check<CostUpdated> = object<CostUpdated>({ sessionId: text, ...costFields });

/** Somebody new has joined. The host is told. */
export const listenerJoined = object<{ readonly sessionId: string; readonly listenerCount: number }>({
  sessionId: text,
  listenerCount: count,
});

export interface ListenerCount {
  readonly sessionId: string;
  readonly count: number;
  readonly byLanguage: ReadonlyMap<string, number>;
}

export const listenerCount: Check<ListenerCount> = object<ListenerCount>({
  sessionId: text,
  count,
  byLanguage: dictionary(count),
});

export interface SessionState {
  readonly sessionId: string;
  readonly active: boolean;
}

export const sessionState: Check<SessionState> = object<SessionState>({ sessionId: text, active: truth });

export interface SessionUpdated {
  readonly sessionId: string;
  readonly sessionInfo: SessionInfo;
}

export const sessionUpdated: Check<SessionUpdated> = object<SessionUpdated>({ sessionId: text, sessionInfo });

export const sessionEnded = object<{ readonly sessionId: string }>({ sessionId: text });

export interface Notice {
  readonly message: string;
  readonly code: string;
  /** Which sentence it is, by the interface's name; empty where it has none. */
  readonly notice: string;
  /** How much sound did not arrive; 0 where it is about something else. */
  readonly lostMs: number;
}

export const notice: Check<Notice> = (value, where) => {
  const { values, ...said } = object<Omit<Notice, "lostMs"> & { values: { ms: number } | null }>({
    message: sentence,
    code: text,
    notice: or(text, ""),
    values: or(object<{ ms: number }>({ ms: or(count, 0) }), null),
  })(value, where);
  return { ...said, lostMs: values?.ms ?? 0 };
};

/** The avatar of a language begins or ends to say a segment. */
export interface AvatarState {
  readonly sessionId: string;
  readonly language: string;
  readonly segmentId: number;
  readonly speaking: boolean;
  /** How far it is behind the floor, null where that is not known. */
  readonly lagMs: number | null;
}

export const avatarState: Check<AvatarState> = object<AvatarState>({
  sessionId: text,
  language: text,
  segmentId: count,
  speaking: truth,
  lagMs: or(whole, null),
});

/** A segment is shown in this language and its avatar does not say it. */
export interface SegmentCondensed {
  readonly sessionId: string;
  readonly language: string;
  readonly segmentId: number;
}

export const segmentCondensed: Check<SegmentCondensed> = object<SegmentCondensed>({
  sessionId: text,
  language: text,
  segmentId: count,
});

/** The speaker is asked to slow down for a language, or not any more. */
export interface PaceHint {
  readonly sessionId: string;
  readonly language: string;
  /** How far the avatar will be behind with what was said last. */
  readonly lagMs: number;
  readonly slowDown: boolean;
}

export const paceHint: Check<PaceHint> = object<PaceHint>({
  sessionId: text,
  language: text,
  lagMs: count,
  slowDown: truth,
});

/** Servers that help a peer through firewalls; the names are those of the interface. */
export interface IceToken {
  readonly Urls: readonly string[];
  readonly Username: string;
  readonly Password: string;
}

export const iceToken: Check<IceToken> = object<IceToken>({
  Urls: or(list(text), []),
  Username: or(text, ""),
  Password: or(text, ""),
});

export const sdpAnswer = object<{ readonly sdp: string }>({ sdp: text });

/** How far the server has the floor, in samples since the session began. */
export interface FloorState {
  /** All before it is safe: kept in a segment, or no speech. */
  readonly received: number;
  /** All before it has arrived; what lies between would be lost with the server. */
  readonly accepted: number;
}

export interface Joined {
  readonly sessionInfo: SessionInfo;
  /** The host's only. */
  readonly audio: FloorState | null;
}

const floorState: Check<FloorState> = (value, where) => {
  const { received, accepted } = object<{ received: number; accepted: number | null }>({
    received: count,
    accepted: or(count, null),
  })(value, where);
  return { received, accepted: Math.max(received, accepted ?? 0) };
};

const joined: Check<Joined> = object<Joined>({ sessionInfo, audio: or(floorState, null) });

export type Answer<T> = ({ readonly ok: true } & T) | ({ readonly ok: false } & Refusal);

function answer<T>(check: Check<T>): Check<Answer<T>> {
  return (value, where) => {
    const { ok } = object<{ ok: boolean }>({ ok: truth })(value, where);
    return ok ? { ok: true, ...check(value, where) } : { ok: false, ...refusal(value, where) };
  };
}

export const joinAnswer: Check<Answer<Joined>> = answer(joined);
export const languageAnswer = answer(object<{ readonly language: string }>({ language: text }));

export interface AudioAnswer {
  readonly ok: boolean;
  /** The refusal's code, empty where there is none. */
  readonly code: string;
  readonly error: string;
  readonly received: number | null;
}

export const audioAnswer: Check<AudioAnswer> = object<AudioAnswer>({
  ok: truth,
  code: or(text, ""),
  error: or(sentence, ""),
  received: or(count, null),
});
