/** What the server lets the host know in passing: said calmly, in the page's language, for as long as it is so. */

import { byId } from "../dom";
import { type Key, tell } from "../words";
import type { Notice } from "../wire";

/** By the interface's names. */
const SENTENCES: ReadonlyMap<string, Key> = new Map([
  ["recogniserRestarts", "speaker.notice.recogniserRestarts"],
  ["journalFails", "speaker.notice.journalFails"],
  ["soundMissing", "speaker.notice.soundMissing"],
]);
/** Signs of their own say these, and stay (engines.ts). */
const SHOWN = new Set(["engineReplaced", "costNear", "costReached"]);
/** For so long, in ms, what is over at once is said all the same. */
const LONGEST_MS = 30_000;

export class Notices {
  private readonly note = byId("notice", HTMLElement);
  private said = "";
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.clear();
  }

  /** Whether that is a notice which needs nothing else to be said. */
  take({ notice, lostMs }: Notice): boolean {
    const key = SENTENCES.get(notice);
    if (!key) return SHOWN.has(notice);
    this.said = notice;
    tell(this.note, key, lostMs > 0 ? { seconds: { decimal: lostMs / 1000 } } : {});
    clearTimeout(this.timer);
    if (notice === "soundMissing") this.timer = setTimeout(() => this.clear(), LONGEST_MS);
    return true;
  }

  /** A caption came: the recogniser hears, and where it is final the server keeps it. */
  caption(final: boolean): void {
    if (this.said === "recogniserRestarts" || (final && this.said === "journalFails")) this.clear();
  }

  clear(): void {
    clearTimeout(this.timer);
    this.said = "";
    tell(this.note, null);
  }
}
