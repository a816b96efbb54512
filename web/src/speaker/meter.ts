/** How loud the microphone's real samples are, and what that means for the recogniser. */

import { byId } from "../dom";
import { type Key, tell } from "../words";
import { decibels, type Level } from "./sound";

const FLOOR_DB = -60;
/** How fast the bar falls, in decibels per chunk of 40 ms: a syllable stays visible. */
const FALL_DB = 2;
const CHUNKS_PER_SECOND = 25;
const SILENCE: Level = { rms: 0, peak: 0 };

/** A sentence about what has been heard, judged once a second. Plain arithmetic, so that it can be tested. */
export class LevelJudge {
  private chunks = 0;
  private silentSeconds = 0;
  private quietSeconds = 0;
  private peak = 0;
  private verdict: Key | null = null;

  /** `explained`: the silence has a reason that is shown already. */
  hear({ peak }: Level, explained = false): Key | null {
    if (explained) {
      this.silentSeconds = this.quietSeconds = this.peak = 0;
      return (this.verdict = null);
    }
    this.peak = Math.max(this.peak, peak);
    if (++this.chunks % CHUNKS_PER_SECOND === 0) {
      this.verdict = this.judge(this.peak);
      this.peak = 0;
    }
    return this.verdict;
  }

  private judge(peak: number): Key | null {
    this.silentSeconds = peak === 0 ? this.silentSeconds + 1 : 0;
    this.quietSeconds = peak < 0.02 ? this.quietSeconds + 1 : 0;
    if (peak >= 0.99) return "level.loud";
    if (this.silentSeconds >= 2) return "level.silent";
    if (this.quietSeconds >= 8) return "level.quiet";
    return null;
  }
}

export class Meter {
  private readonly meter = byId("meter", HTMLElement);
  private readonly bar = byId("meter-bar", HTMLElement);
  private readonly note = byId("level-note", HTMLElement);
  private judge = new LevelJudge();
  private shown = FLOOR_DB;
  private chunks = 0;

  /** `closed`: nobody is to hear it, which is shown elsewhere. */
  hear(heard: Level, closed: boolean): void {
    const level = closed ? SILENCE : heard;
    this.shown = Math.max(decibels(level.rms, FLOOR_DB), this.shown - FALL_DB, FLOOR_DB);
    this.bar.style.transform = `scaleX(${1 - this.shown / FLOOR_DB})`;
    this.bar.classList.toggle("clipping", level.peak >= 0.99);
    // Screen readers need no 25 values a second.
    if (this.chunks++ % CHUNKS_PER_SECOND === 0) this.meter.setAttribute("aria-valuenow", this.shown.toFixed(0));
    tell(this.note, this.judge.hear(level, closed));
  }

  rest(): void {
    this.judge = new LevelJudge();
    this.shown = FLOOR_DB;
    this.bar.style.transform = "scaleX(0)";
    this.meter.setAttribute("aria-valuenow", String(FLOOR_DB));
    tell(this.note, null);
  }
}
