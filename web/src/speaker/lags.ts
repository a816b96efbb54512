/** How far each language's avatar is behind the speaker. */

import type { AvatarState } from "../wire";

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

  /** The avatar of a language begins or ends to say something: somebody is watching. */
  said({ language, lagMs }: AvatarState): void {
    const known = this.lags.get(language)?.lagMs ?? null;
    this.lags.set(language, { speaks: true, lagMs: lagMs ?? known, waiting: undefined });
  }

  /** A clause is finished in this language; an avatar would say it next. `now` in ms. */
  finished(language: string, now: number): void {
    const lag = this.lags.get(language) ?? { speaks: true, lagMs: null, waiting: undefined };
    const waiting = lag.waiting ?? now;
    this.lags.set(language, now - waiting > SILENT_MS ? { speaks: false, lagMs: null, waiting } : { ...lag, waiting });
  }

  clear(): void {
    this.lags.clear();
  }

  /** Empty where nothing is known yet. */
  sentence(language: string): string {
    const lag = this.lags.get(language);
    if (lag?.speaks === false) return "nobody is watching";
    return lag?.lagMs == null ? "" : `${(lag.lagMs / 1000).toFixed(1)} s behind`;
  }
}
