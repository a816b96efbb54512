/** What the server keeps of a talk: its transcript and its films, checked. Names are those of the interface. */

import { amount, type Check, count, dictionary, list, object, or, text, truth } from "./check";

export const filmBegun = object<{ readonly filmId: string }>({ filmId: text });

/** A film of the talk in one language, on its way. */
export interface Film {
  /** `working`, `ready` or `failed`. */
  readonly state: string;
  /** 0 to 1 */
  readonly share: number;
  /** Secret; empty until it is ready. */
  readonly url: string;
}

export const film: Check<Film> = object<Film>({ state: text, share: or(amount, 0), url: or(text, "") });

/** A segment as the transcript has it. */
export interface Entry {
  readonly segmentId: number;
  readonly startMs: number;
  readonly sourceText: string;
  readonly translations: ReadonlyMap<string, string>;
  readonly retracted: boolean;
  readonly typed: boolean;
}

export const entries: Check<readonly Entry[]> = list(
  object<Entry>({
    segmentId: count,
    startMs: count,
    sourceText: text,
    translations: or(dictionary(text), new Map<string, string>()),
    retracted: or(truth, false),
    typed: or(truth, false),
  }),
);
