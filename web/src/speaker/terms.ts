/** A field for names and terms: pasted, typed, or dropped as a file. */

import { updateSession } from "../api";
import { make, say } from "../dom";
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
      attributes: { rows: "5", spellcheck: "false", placeholder: EXAMPLE, "aria-describedby": `${note} ${problem}` },
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
    const explained =
      "A table as CSV or TSV. The first line names the columns: source, a language tag for each fixed translation, " +
      "keep (yes: never translated) and sounds (how to spell it for the voice).";
    place.append(
      make("label", { className: "field", text: "Names and terms, as a table" }, this.text),
      make("p", { className: "note", text: explained, attributes: { id: note } }),
      make("label", { className: "field", text: "Or from a file" }, file),
      this.problem,
    );
  }

  /** The terms, undefined where the table cannot be read; the field then says why. */
  read(): readonly Term[] | undefined {
    try {
      const terms = parse(this.text.value);
      say(this.problem, "");
      this.text.removeAttribute("aria-invalid");
      return terms;
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.complain(error.message);
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
    say(this.problem, "");
  }

  /** Shows the field with what is wrong about it. */
  complain(sentence: string): void {
    this.place.open = true;
    this.text.setAttribute("aria-invalid", "true");
    say(this.problem, sentence);
    this.text.focus();
  }

  private async take(file: File | undefined): Promise<void> {
    if (!file) return;
    if (file.size > LARGEST_FILE) {
      this.complain("That file is larger than a megabyte; it cannot be a glossary.");
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
  private readonly use = make("button", { text: "Use them from now on", attributes: { type: "button" } });

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
    say(this.done, "");
    try {
      await updateSession(this.hosted.clientId, this.hosted.sessionId, { glossary: terms });
      this.field.settle();
      say(this.done, terms.length === 0 ? "No terms are in use now." : `In use: ${terms.length}.`);
    } catch (error) {
      this.field.complain(error instanceof Error ? error.message : "The terms could not be changed. Try again.");
    } finally {
      this.use.disabled = false;
    }
  }
}
