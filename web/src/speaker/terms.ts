/** A field for names and terms: a table that is pasted, dropped as a file, or written. */

import { updateSession } from "../api";
import { make } from "../dom";
import { complain, Trouble } from "../trouble";
import { tell } from "../words";
import type { SessionInfo, Term } from "../wire";
import { merged, MOST_TERMS, read, rowOf, termOf, Unreadable } from "./glossary";
import type { Hosted } from "./remembered";
import { Sheet } from "./sheet";

const LARGEST_FILE = 1_000_000;

let fields = 0;

export class TermsField {
  private readonly sheet: Sheet;
  private readonly file: HTMLInputElement;
  private readonly problem: HTMLElement;
  /** As the session has them. */
  private shown = "[]";

  /** Fills a folded part of the page, which has its summary. `changed`: somebody is at work in it. */
  constructor(
    private readonly place: HTMLDetailsElement,
    private readonly changed: () => void = () => undefined,
  ) {
    fields += 1;
    this.sheet = new Sheet(`terms-row-${fields}`, (text) => this.take(text), () => this.edited());
    const problem = `terms-problem-${fields}`;
    this.file = make("input", { attributes: { type: "file", accept: ".csv,.tsv,.txt,text/csv,text/plain" } });
    this.problem = make("p", { className: "problem", attributes: { id: problem, role: "alert", hidden: "" } });
    this.file.onchange = (): void => void this.open(this.file.files?.[0]);
    const add = make("button", { words: "terms.add", className: "small", attributes: { type: "button" } });
    add.onclick = (): void => this.sheet.add();
    const file = make("label", { className: "field" }, make("span", { words: "terms.file" }), this.file);
    const box = make("div", { className: "terms" }, make("p", { className: "note", words: "terms.explained" }));
    box.append(this.sheet.element, make("p", { className: "row" }, add), file, this.problem);
    place.append(box);
    this.drops(box);
  }

  /** A column for each of these languages. */
  offer(languages: readonly string[]): void {
    this.sheet.offer(languages);
  }

  /** The terms, undefined where a row is none; each says then why. */
  read(): readonly Term[] | undefined {
    const { filled } = this.sheet;
    if (filled.length > MOST_TERMS) {
      this.complain(new Unreadable("terms.tooMany", { count: filled.length, most: MOST_TERMS }));
      return undefined;
    }
    if (this.sheet.check({ focus: false }) > 0) this.place.open = true;
    const bad = this.sheet.check({ focus: true });
    tell(this.problem, bad > 0 ? "terms.bad" : null, { count: bad });
    return bad > 0 ? undefined : filled.map(termOf);
  }

  /** Shows what is in use, unless the host is changing it. */
  show(terms: readonly Term[]): void {
    const now = JSON.stringify(terms);
    if (now === this.shown || this.written() !== this.shown) return;
    this.shown = now;
    this.sheet.show(terms.map(rowOf));
  }

  /** These, which stood in the field, are in use; it may have been written in since. */
  settle(terms: readonly Term[]): void {
    this.shown = JSON.stringify(terms);
  }

  clear(): void {
    this.sheet.show([]);
    this.shown = "[]";
    this.file.value = "";
    tell(this.problem, null);
  }

  /** Shows the field with what is wrong about it. */
  complain(error: unknown): void {
    this.place.open = true;
    complain(this.problem, error);
  }

  private written(): string {
    return JSON.stringify(this.sheet.filled.map(termOf));
  }

  private edited(): void {
    tell(this.problem, null);
    this.changed();
  }

  private async open(file: File | undefined): Promise<void> {
    if (!file) return;
    if (file.size > LARGEST_FILE) this.complain(new Trouble("terms.largeFile"));
    else this.take(await file.text());
    // The same file can be chosen again when it has been put right.
    this.file.value = "";
  }

  /** Adds the rows of a table with a header. */
  private take(text: string): void {
    try {
      this.sheet.show(merged(this.sheet.filled, read(text)));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.complain(error);
      return;
    }
    const bad = this.sheet.check({ focus: false });
    tell(this.problem, bad > 0 ? "terms.bad" : null, { count: bad });
    this.changed();
  }

  private drops(box: HTMLElement): void {
    const over = (on: boolean): void => void box.classList.toggle("dropping", on);
    box.ondragover = (event): void => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      over(true);
    };
    box.ondragleave = (): void => over(false);
    box.ondrop = (event): void => {
      over(false);
      const dropped = event.dataTransfer?.files[0];
      if (!dropped) return;
      event.preventDefault();
      void this.open(dropped);
    };
  }
}

/** The terms of the session that is on: they can be changed, from the next clause on. */
export class SessionTerms {
  private readonly field: TermsField;
  private readonly done = make("span", { attributes: { role: "status" } });
  private readonly use = make("button", { words: "terms.use", className: "small", attributes: { type: "button" } });

  constructor(
    place: HTMLDetailsElement,
    private readonly hosted: Hosted,
  ) {
    // The page outlives its sessions: what the one before has put there goes.
    place.replaceChildren(...place.querySelectorAll("summary"));
    this.field = new TermsField(place, () => tell(this.done, null));
    place.append(make("p", { className: "row tight" }, this.use, this.done));
    this.use.addEventListener("click", () => void this.change());
  }

  show({ glossary, targetLanguages }: SessionInfo): void {
    this.field.offer(targetLanguages);
    if (glossary) this.field.show(glossary);
  }

  private async change(): Promise<void> {
    const terms = this.field.read();
    if (!terms) return;
    this.use.disabled = true;
    tell(this.done, null);
    try {
      await updateSession(this.hosted.clientId, this.hosted.sessionId, { glossary: terms });
      this.field.settle(terms);
      tell(this.done, "terms.inUse", { count: terms.length });
    } catch (error) {
      this.field.complain(error);
    } finally {
      this.use.disabled = false;
    }
  }
}
