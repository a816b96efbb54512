/** How far each language's avatar is behind the speaker. */

import type { AvatarState, PaceHint } from "../wire";
import type { Remark } from "./audience";

/** An avatar that has something to say begins or ends a clause at least this often; a silent one has no audience. */
const SILENT_MS = 15_000;

interface Lag {
  /** It has spoken not long ago. */
  readonly speaks: boolean;
  readonly lagMs: number | null;
  /** When the first clause since its last word was finished, undefined while there is none. */
  readonly waiting: number | undefined;
}

export class Lags {
  private readonly lags = new Map<string, Lag>();
  /** How far those languages are behind for which the speaker is asked to slow down, in ms. */
  private readonly hurried = new Map<string, number>();

  /** The avatar of a language begins or ends to say something: somebody is watching. */
  said({ language, lagMs }: AvatarState): void {
    const known = this.lags.get(language)?.lagMs ?? null;
    this.lags.set(language, { speaks: true, lagMs: lagMs ?? known, waiting: undefined });
    if (lagMs !== null && this.hurried.has(language)) this.hurried.set(language, lagMs);
  }

  /** A clause is finished in this language; an avatar would say it next. `now` in ms. */
  finished(language: string, now: number): void {
    const lag = this.lags.get(language) ?? { speaks: true, lagMs: null, waiting: undefined };
    const waiting = lag.waiting ?? now;
    this.lags.set(language, now - waiting > SILENT_MS ? { speaks: false, lagMs: null, waiting } : { ...lag, waiting });
  }

  clear(): void {
    this.lags.clear();
    this.hurried.clear();
  }

  /** The server asks to slow down for a language, or not any more. */
  hint({ language, lagMs, slowDown }: PaceHint): void {
    if (slowDown) this.hurried.set(language, lagMs);
    else this.hurried.delete(language);
  }

  /** For which languages the speaker should slow down: "French is 6.2 s behind"; empty where for none. */
  plea(): readonly Remark[] {
    return [...this.hurried].map(([tag, lagMs]) => ({
      key: "speaker.languageBehind",
      values: { language: { tag }, seconds: { decimal: lagMs / 1000 } },
    }));
  }

  /** Null where nothing is known yet. */
  sentence(language: string): Remark {
    const lag = this.lags.get(language);
    if (lag?.speaks === false) return { key: "speaker.nobodyWatches", values: {} };
    return lag?.lagMs == null ? null : { key: "speaker.behind", values: { seconds: { decimal: lag.lagMs / 1000 } } };
  }
}
