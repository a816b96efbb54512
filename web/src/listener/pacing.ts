/**
 * Which words stand in the two lines, and until when. Decides only; times are ms of one clock.
 *
 * Where the avatar speaks it leads: the clause that it says stands there while it says it. Without it clauses come as
 * they are final, one after the other, each as long as it takes to read; when more comes than one can read they pass
 * faster, and far behind the newest is taken up. The history has them all.
 */

/** What subtitlers allow for, in letters a second; a Chinese, Japanese or Korean sign counts for more. */
const LETTERS_PER_SECOND = 15;
const SIGN_WEIGHT = 2.2;
const SHORTEST_MS = 1200;
/** With this much waiting to be read it goes faster, up to HASTE times; with that much the newest is taken up. */
const PATIENCE_MS = 6000;
const HASTE = 1.6;
const TOO_MUCH_MS = 25_000;
/** A share of what a voice needs for a page by its length, where its pace is not known yet. */
const FIRST_PACE = 14;

export interface Clause {
  readonly id: number;
  readonly text: string;
  readonly language: string;
}

export interface Shown {
  readonly clause: Clause;
  /** At most two lines of it. */
  readonly page: string;
  /** The avatar says it now. */
  readonly spoken: boolean;
}

/** Cuts a text into what fits in two lines. */
export type Paginate = (clause: Clause) => readonly string[];

interface Standing {
  readonly clause: Clause;
  readonly pages: readonly string[];
  readonly index: number;
  /** When this page came. */
  readonly since: number;
  /** When the avatar began the clause; undefined where it does not say it. */
  readonly begun: number | undefined;
  readonly spoken: boolean;
}

export function weight(text: string): number {
  let sum = 0;
  for (const sign of text) sum += /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(sign) ? SIGN_WEIGHT : 1;
  return sum;
}

/** How long a page takes to read. */
export function readingMs(text: string): number {
  return Math.max(SHORTEST_MS, (weight(text) / LETTERS_PER_SECOND) * 1000);
}

export class Pacer {
  private readonly waiting: Clause[] = [];
  private standing: Standing | undefined;
  /** Letters a second of the avatar's last clause. */
  private pace = FIRST_PACE;

  constructor(private readonly paginate: Paginate) {}

  /** A clause to be read; nobody says it. */
  read(clause: Clause): void {
    this.waiting.push(clause);
  }

  /** The avatar begins this clause. */
  begins(clause: Clause, now: number): void {
    // What was to be read before it has had its time, or is in the history.
    this.waiting.splice(0, this.waiting.length, ...this.waiting.filter(({ id }) => id > clause.id));
    this.standing = { clause, pages: this.paginate(clause), index: 0, since: now, begun: now, spoken: true };
  }

  /** The avatar ends this clause. */
  ends(id: number, now: number): void {
    const { standing } = this;
    if (standing?.clause.id !== id || standing.begun === undefined) return;
    const seconds = (now - standing.begun) / 1000;
    if (seconds > 0.5) this.pace = Math.min(30, Math.max(6, weight(standing.clause.text) / seconds));
    this.standing = { ...standing, spoken: false };
  }

  /** The clause reads differently now, or is gone (an empty text). */
  changed(clause: Clause, now: number): void {
    const at = this.waiting.findIndex(({ id }) => id === clause.id);
    if (at >= 0) this.waiting.splice(at, 1, ...(clause.text ? [clause] : []));
    if (this.standing?.clause.id !== clause.id) return;
    const { index, ...rest } = this.standing;
    const pages = this.paginate(clause);
    this.standing = clause.text
      ? { ...rest, clause, pages, index: Math.min(index, pages.length - 1), since: now }
      : undefined;
  }

  /** The two lines have another width or size. */
  resized(now: number): void {
    if (this.standing) this.changed(this.standing.clause, now);
  }

  clear(): void {
    this.waiting.length = 0;
    this.standing = undefined;
  }

  /** All has been shown for as long as it takes to read it. */
  idle(now: number): boolean {
    const { standing } = this;
    if (this.waiting.length > 0 || standing?.spoken) return false;
    return standing === undefined || (this.last(standing) && now - standing.since >= this.pageMs(standing));
  }

  /** What to show now; undefined where nothing was ever said. */
  next(now: number): Shown | undefined {
    this.skip();
    let { standing } = this;
    if (!standing || (now - standing.since >= this.pageMs(standing) && (!standing.spoken || !this.last(standing)))) {
      standing = this.turn(now);
    }
    if (!standing) return undefined;
    return { clause: standing.clause, page: standing.pages[standing.index] ?? "", spoken: standing.spoken };
  }

  private turn(now: number): Standing | undefined {
    const { standing } = this;
    if (standing && !this.last(standing)) {
      this.standing = { ...standing, index: standing.index + 1, since: now };
    } else {
      const clause = this.waiting.shift();
      if (clause) {
        const pages = this.paginate(clause);
        this.standing = { clause, pages, index: 0, since: now, begun: undefined, spoken: false };
      }
    }
    return this.standing;
  }

  private last({ pages, index }: Standing): boolean {
    return index >= pages.length - 1;
  }

  private pageMs({ pages, index, spoken }: Standing): number {
    const page = pages[index] ?? "";
    // In time with the voice; the rest of a clause that it has finished may be read out.
    if (spoken) return (weight(page) / this.pace) * 1000;
    const backlog = this.backlogMs();
    const haste = backlog <= PATIENCE_MS ? 1 : Math.min(HASTE, backlog / PATIENCE_MS);
    return readingMs(page) / haste;
  }

  private backlogMs(): number {
    return this.waiting.reduce((sum, { text }) => sum + readingMs(text), 0);
  }

  private skip(): void {
    if (this.backlogMs() > TOO_MUCH_MS) this.waiting.splice(0, this.waiting.length - 1);
  }
}
