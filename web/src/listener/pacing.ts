/**
 * Which words stand in the two lines, and until when. Decides only; times are ms of one clock.
 *
 * Where the avatar speaks it leads: the clause that it says stands there while it says it. What it has left unseen of
 * the clause before passes first, as fast as one can read, and the lines catch up with the voice. Without it clauses
 * come as they are final, one after the other, each as long as it takes to read; when more comes than one can read they
 * pass faster, and far behind the newest is taken up. The history has them all.
 */

/** What subtitlers allow for, in letters a second; a Chinese, Japanese or Korean sign counts for more. */
const LETTERS_PER_SECOND = 15;
const SIGN_WEIGHT = 2.2;
const SHORTEST_MS = 1200;
/** With this much waiting to be read it goes faster, up to HASTE times; with that much the newest is taken up. */
const PATIENCE_MS = 6000;
const HASTE = 1.6;
const TOO_MUCH_MS = 25_000;
/** What waits to be read when the avatar begins to speak is shown before where it takes no longer than this. */
const INTERJECTION_MS = 2500;
/** So many clauses the lines may be behind the voice; then they take up a newer one. */
const HELD = 2;
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

interface Spoken {
  readonly clause: Clause;
  /** When the avatar began the clause; undefined where it does not say it. */
  readonly begun: number | undefined;
  readonly spoken: boolean;
}

interface Standing extends Spoken {
  readonly pages: readonly string[];
  readonly index: number;
  /** When this page came. */
  readonly since: number;
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

/** The same in haste. */
function hastyMs(text: string): number {
  return readingMs(text) / HASTE;
}

export class Pacer {
  private readonly waiting: Clause[] = [];
  /** Begun by the avatar while something unseen stood in the two lines. */
  private held: Spoken[] = [];
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
    const before = this.waiting.filter(({ id }) => id < clause.id);
    const after = this.waiting.filter(({ id }) => id > clause.id);
    const brief = before.reduce((sum, { text }) => sum + hastyMs(text), 0) <= INTERJECTION_MS;
    this.waiting.splice(0, this.waiting.length, ...after);
    if (this.standing) this.standing = { ...this.standing, spoken: false };
    const unseen = this.standing !== undefined && !this.seen(this.standing, now);
    const spoken = { clause, begun: now, spoken: true };
    // Longer ones have had their time, or are in the history.
    const first = brief ? before.map((one) => ({ clause: one, begun: undefined, spoken: false })) : [];
    this.held.push(...first, spoken);
    if (!unseen || this.held.length > HELD + first.length) this.stand(this.held.shift(), now);
  }

  /** The avatar ends this clause. */
  ends(id: number, now: number): void {
    const said = [this.standing, ...this.held].find((one) => one?.clause.id === id);
    if (said?.begun === undefined) return;
    const seconds = (now - said.begun) / 1000;
    if (seconds > 0.5) this.pace = Math.min(30, Math.max(6, weight(said.clause.text) / seconds));
    if (said === this.standing) this.standing = { ...this.standing, spoken: false };
    else this.held = this.held.map((one) => (one === said ? { ...one, spoken: false } : one));
  }

  /** The clause reads differently now, or is gone (an empty text). */
  changed(clause: Clause, now: number): void {
    const at = this.waiting.findIndex(({ id }) => id === clause.id);
    if (at >= 0) this.waiting.splice(at, 1, ...(clause.text ? [clause] : []));
    this.held = this.held.flatMap((one) => (one.clause.id !== clause.id ? [one] : clause.text ? [{ ...one, clause }] : []));
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
    this.held = [];
    this.standing = undefined;
  }

  /** All has been shown for as long as it takes to read it. */
  idle(now: number): boolean {
    const { standing } = this;
    if (this.waiting.length > 0 || this.held.length > 0 || standing?.spoken) return false;
    return standing === undefined || (this.last(standing) && now >= this.until(standing));
  }

  /** What to show now; undefined where nothing was ever said. */
  next(now: number): Shown | undefined {
    this.skip();
    const { standing } = this;
    // The last part of what the avatar says stays until it has said it.
    const stays = standing?.spoken && this.last(standing) && this.held.length === 0;
    if (!standing || (!stays && now >= this.until(standing))) this.turn(now);
    return this.standing && shown(this.standing);
  }

  private turn(now: number): void {
    const { standing } = this;
    if (standing && !this.last(standing)) {
      this.standing = { ...standing, index: standing.index + 1, since: now };
    } else if (this.held.length > 0) {
      this.stand(this.held.shift(), now);
    } else {
      const clause = this.waiting.shift();
      if (clause) this.stand({ clause, begun: undefined, spoken: false }, now);
    }
  }

  private stand(one: Spoken | undefined, now: number): void {
    if (one) this.standing = { ...one, pages: this.paginate(one.clause), index: 0, since: now };
  }

  private last({ pages, index }: Standing): boolean {
    return index >= pages.length - 1;
  }

  /** Nothing of it is lost when something else takes its place: a first part stood there as long as it was said. */
  private seen(standing: Standing, now: number): boolean {
    if (!this.last(standing)) return false;
    return this.held.length === 0 && (standing.index === 0 || now - standing.since >= hastyMs(page(standing)));
  }

  /** When this page has had its time. */
  private until(standing: Standing): number {
    const { pages, index, since, begun, spoken } = standing;
    if (this.held.length > 0) return since + hastyMs(page(standing));
    if (spoken && begun !== undefined) {
      // In time with the voice; what came late catches up with it.
      const letters = pages.slice(0, index + 1).reduce((sum, one) => sum + weight(one), 0);
      return Math.max(since + hastyMs(page(standing)), begun + (letters / this.pace) * 1000);
    }
    const backlog = this.backlogMs();
    const haste = backlog <= PATIENCE_MS ? 1 : Math.min(HASTE, backlog / PATIENCE_MS);
    return since + readingMs(page(standing)) / haste;
  }

  private backlogMs(): number {
    return this.waiting.reduce((sum, { text }) => sum + readingMs(text), 0);
  }

  private skip(): void {
    if (this.backlogMs() > TOO_MUCH_MS) this.waiting.splice(0, this.waiting.length - 1);
  }
}

function page({ pages, index }: Standing): string {
  return pages[index] ?? "";
}

function shown(standing: Standing): Shown {
  return { clause: standing.clause, page: page(standing), spoken: standing.spoken };
}
