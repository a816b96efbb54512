/** The two lines of captions: measures what fits in them, and shows what the pacer says. */

import { make } from "../dom";
import { direction } from "../tags";
import { paged, pieces } from "./breaking";
import { type Clause, Pacer } from "./pacing";

const TICK_MS = 100;

export class Line {
  private readonly text = make("p", { className: "line-text" });
  private readonly gauge = make("p", { className: "line-text line-gauge" });
  private readonly pacer = new Pacer((clause) => this.pages(clause));
  private timer: ReturnType<typeof setInterval> | undefined;
  /** A clause that still grows; shown only while nothing else is. */
  private growing: Clause | undefined;

  constructor(
    private readonly box: HTMLElement,
    /** Another segment stands there now; 0: none. */
    private readonly shown: (segmentId: number) => void,
  ) {
    box.replaceChildren(this.text, this.gauge);
    new ResizeObserver(() => {
      this.pacer.resized(performance.now());
      this.draw();
    }).observe(box);
  }

  run(on: boolean): void {
    clearInterval(this.timer);
    if (on) this.timer = setInterval(() => this.draw(), TICK_MS);
    this.draw();
  }

  /** A clause is final and nobody says it. */
  read(clause: Clause): void {
    if (this.growing && this.growing.id <= clause.id) this.growing = undefined;
    this.pacer.read(clause);
    this.draw();
  }

  /** A clause grows: the words that stand of it. */
  grow(clause: Clause): void {
    this.growing = clause;
    this.draw();
  }

  begins(clause: Clause): void {
    this.growing = undefined;
    this.pacer.begins(clause, performance.now());
    this.draw();
  }

  ends(id: number): void {
    this.pacer.ends(id, performance.now());
    this.draw();
  }

  /** Corrected, or taken back (no text). */
  changed(clause: Clause): void {
    if (this.growing?.id === clause.id) this.growing = clause.text ? clause : undefined;
    this.pacer.changed(clause, performance.now());
    this.draw();
  }

  clear(): void {
    this.growing = undefined;
    this.pacer.clear();
    this.draw();
  }

  private draw(): void {
    const now = performance.now();
    const shown = this.pacer.next(now);
    if (this.growing && this.pacer.idle(now)) {
      // The end of what grows: its newest two lines.
      this.put(this.growing, this.pages(this.growing).at(-1) ?? "", "growing");
    } else if (shown) {
      this.put(shown.clause, shown.page, shown.spoken ? "spoken" : "");
    } else {
      this.put({ id: 0, text: "", language: "" }, "", "");
    }
  }

  private put({ id, language }: Clause, page: string, look: string): void {
    const { text } = this;
    if (text.textContent !== page) text.textContent = page;
    const className = `line-text ${look}`.trim();
    if (text.className !== className) text.className = className;
    if (this.box.dataset["segment"] !== String(id)) {
      this.box.dataset["segment"] = String(id);
      this.shown(id);
    }
    if (text.lang !== language) {
      text.lang = language;
      text.dir = language ? direction(language) : "auto";
    }
  }

  /** The text in parts of at most two lines, as the browser breaks them. */
  private pages({ text, language }: Clause): readonly string[] {
    const { gauge } = this;
    const parts = pieces(text, language);
    gauge.lang = language;
    gauge.dir = direction(language);
    gauge.replaceChildren(...parts.map((part) => make("span", { text: part })));
    const tops = Array.from(gauge.children, (span) => (span as HTMLElement).offsetTop);
    const pages = paged(parts, tops, parseFloat(getComputedStyle(gauge).lineHeight));
    gauge.replaceChildren();
    return pages.length > 0 ? pages : [text];
  }
}
