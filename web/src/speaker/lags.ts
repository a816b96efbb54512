/** How far each language's avatar is behind the speaker. */

import type { AvatarState } from "../wire";

/** A clause that nobody has begun to say after this long was said to nobody: no avatar may be that far behind. */
const UNSAID_MS = 30_000;

interface Lag {
  readonly lagMs: number | null;
  /** When the first clause since the avatar's last word was finished, undefined while there is none. */
  readonly waiting: number | undefined;
}

export class Lags {
  private readonly lags = new Map<string, Lag>();

  /** The avatar of a language begins or ends to say something: somebody is watching. */
  said({ language, lagMs }: AvatarState): void {
    const known = this.lags.get(language)?.lagMs ?? null;
    this.lags.set(language, { lagMs: lagMs ?? known, waiting: undefined });
  }

  /** A clause is finished in this language; an avatar would say it next. `now` in ms. */
  finished(language: string, now: number): void {
    const lag = this.lags.get(language);
    if (!lag) return;
    if (lag.waiting === undefined) this.lags.set(language, { ...lag, waiting: now });
    else if (now - lag.waiting > UNSAID_MS) this.lags.delete(language);
  }

  clear(): void {
    this.lags.clear();
  }

  sentence(language: string): string {
    const lag = this.lags.get(language);
    if (!lag) return "nobody is watching";
    return lag.lagMs === null ? "the avatar speaks" : `${(lag.lagMs / 1000).toFixed(1)} s behind`;
  }
}
