/** A field for names and terms: pasted, typed, or dropped as a file. */

import { updateSession } from "../api";
import { make } from "../dom";
import { complain, Trouble } from "../trouble";
import { tell } from "../words";
import type { SessionInfo, Term } from "../wire";
import { parse, Unreadable, written } from "./glossary";
import type { Hosted } from "./remembered";

const LARGEST_FILE = 1_000_000;
const EXAMPLE = "source\tes\tfr\tkeep\tsounds\nDragoman\t\t\tyes\tdrah go man\nbooth\tcabina\tcabine";

let fields = 0;

export class TermsField {
  private readonly text: HTMLTextAreaElement;
  private readonly file: HTMLInputElement;
  private readonly problem: HTMLElement;
  private shown = "";

  /** Fills a folded part of the page, which has its summary. */
  constructor(private readonly place: HTMLDetailsElement) {
    fields += 1;
    const [note, problem] = [`terms-note-${fields}`, `terms-problem-${fields}`];
    this.text = make("textarea", {
      className: "terms",
      attributes: { rows: "5", spellcheck: "false", placeholder: EXAMPLE, dir: "ltr", "aria-describedby": `${note} ${problem}` },
    });
    const file = make("input", { attributes: { type: "file", accept: ".csv,.tsv,.txt,text/csv,text/plain" } });
    this.file = file;
    this.problem = make("p", { className: "problem", attributes: { id: problem, role: "alert", hidden: "" } });
    file.addEventListener("change", () => void this.take(file.files?.[0]));
    this.text.addEventListener("dragover", (event) => {
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
    });
    this.text.addEventListener("drop", (event) => {
      const dropped = event.dataTransfer?.files[0];
      if (!dropped) return;
      event.preventDefault();
      void this.take(dropped);
    });
    place.append(
      make("label", { className: "field" }, make("span", { words: "terms.table" }), this.text),
      make("p", { className: "note", words: "terms.explained", attributes: { id: note } }),
      make("label", { className: "field" }, make("span", { words: "terms.file" }), file),
      this.problem,
    );
  }

  /** The terms, undefined where the table cannot be read; the field then says why. */
  read(): readonly Term[] | undefined {
    try {
      const terms = parse(this.text.value);
      tell(this.problem, null);
      this.text.removeAttribute("aria-invalid");
      return terms;
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.complain(error);
      return undefined;
    }
  }

  /** Shows what is in use, unless the host is changing it. */
  show(terms: readonly Term[]): void {
    if (this.text.value !== this.shown) return;
    this.text.value = this.shown = written(terms);
  }

  /** What stands in the field is what is in use. */
  settle(): void {
    this.shown = this.text.value;
  }

  clear(): void {
    this.text.value = this.shown = "";
    this.file.value = "";
    tell(this.problem, null);
  }

  /** Shows the field with what is wrong about it. */
  complain(error: unknown): void {
    this.place.open = true;
    this.text.setAttribute("aria-invalid", "true");
    complain(this.problem, error);
    this.text.focus();
  }

  private async take(file: File | undefined): Promise<void> {
    if (!file) return;
    if (file.size > LARGEST_FILE) {
      this.complain(new Trouble("terms.largeFile"));
      return;
    }
    this.text.value = await file.text();
    this.read();
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
    this.field = new TermsField(place);
    place.append(make("p", { className: "row" }, this.use, this.done));
    this.use.addEventListener("click", () => void this.change());
  }

  show({ glossary }: SessionInfo): void {
    if (glossary) this.field.show(glossary);
  }

  private async change(): Promise<void> {
    const terms = this.field.read();
    if (!terms) return;
    this.use.disabled = true;
    tell(this.done, null);
    try {
      await updateSession(this.hosted.clientId, this.hosted.sessionId, { glossary: terms });
      this.field.settle();
      tell(this.done, "terms.inUse", { count: terms.length });
    } catch (error) {
      this.field.complain(error);
    } finally {
      this.use.disabled = false;
    }
  }
}
