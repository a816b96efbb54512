/** A table of terms that is edited in place: by typing, by pasting cells of a spreadsheet, by keyboard alone. */

import { composing, make } from "../dom";
import { direction } from "../tags";
import { type Key, label, tell, type Values } from "../words";
import { cellsOf, columnsOf, EMPTY, type Fault, faultOf, filled, hasHeader, isBlank, isYes, type Row } from "./glossary";

const HEADS: ReadonlyMap<string, Key> = new Map([
  ["source", "terms.source"],
  ["keep", "terms.keepIt"],
  ["sounds", "terms.sounds"],
]);
const CELLS: ReadonlyMap<string, Key> = new Map([
  ["source", "terms.cell.source"],
  ["keep", "terms.cell.keep"],
  ["sounds", "terms.cell.sounds"],
]);

export class Sheet {
  readonly element: HTMLElement;
  private readonly head = make("tr");
  private readonly body = make("tbody");
  private rows: Row[] = [EMPTY];
  private languages: readonly string[] = [];
  private columns: readonly string[] = [];

  /**
   * `id`: none other on the page begins with it. `header`: a text was pasted that names its columns.
   * `changed`: somebody has changed a row.
   */
  constructor(
    private readonly id: string,
    private readonly header: (text: string) => void,
    private readonly changed: () => void,
  ) {
    const table = make("table", {}, make("thead", {}, this.head), this.body);
    this.element = make("div", { className: "sheet", attributes: { tabindex: "0", role: "region" } }, table);
    label(this.element, "terms.table");
    this.body.onkeydown = (event): void => this.key(event);
    this.body.onpaste = (event): void => this.paste(event);
    this.draw();
  }

  /** The rows that are not blank. */
  get filled(): readonly Row[] {
    return this.rows.filter((row) => !isBlank(row));
  }

  show(rows: readonly Row[]): void {
    this.rows = rows.length > 0 ? [...rows] : [EMPTY];
    this.draw();
  }

  /** A column for each of these languages. */
  offer(languages: readonly string[]): void {
    if (languages.join() === this.languages.join()) return;
    this.languages = languages;
    this.draw();
  }

  /** A row at the end, in which one can write at once. */
  add(): void {
    this.rows.push(EMPTY);
    this.draw();
    this.focus(this.rows.length - 1, "source");
  }

  /** How many rows cannot be used; each says why, and the first of them has the focus if that is wanted. */
  check({ focus }: { readonly focus: boolean }): number {
    const faults = this.rows.map((row, index) => this.judge(index, faultOf(row)));
    const first = faults.findIndex((fault) => fault !== null);
    if (first >= 0 && focus) this.focus(first, faults[first]?.column ?? "source");
    return faults.filter(Boolean).length;
  }

  private draw(): void {
    this.columns = columnsOf(this.rows, this.languages);
    const heads = this.columns.map((column) => make("th", { ...head(column), attributes: { scope: "col" } }));
    this.head.replaceChildren(...heads, make("td"));
    this.body.replaceChildren(...this.rows.map((row, index) => this.line(row, index)));
    this.rows.forEach((row, index) => this.judge(index, faultOf(row)));
  }

  private line(row: Row, index: number): HTMLElement {
    const cells = this.columns.map((column) => {
      const named = CELLS.get(column) ?? "terms.cell.target";
      const field = column === "keep" ? this.tick(row, index) : this.field(row, column, index);
      name(field, named, { language: { tag: column }, row: index + 1 });
      // Seen where there is no room for the heads; the field has its whole name for whoever hears it.
      const short = make("span", { ...head(column), className: "cell-name", attributes: { "aria-hidden": "true" } });
      return make("td", { className: column === "keep" ? "keep" : "" }, short, field);
    });
    const remove = make("button", { text: "×", className: "tool", attributes: { type: "button" } });
    name(remove, "terms.cell.remove", { row: index + 1 });
    remove.onclick = (): void => this.remove(index);
    return make("tr", {}, ...cells, make("td", {}, remove));
  }

  private field(row: Row, column: string, index: number): HTMLInputElement {
    const language = CELLS.has(column) ? {} : { lang: column, dir: direction(column) };
    const attributes = { autocomplete: "off", spellcheck: "false", "data-column": column, dir: "auto", ...language };
    const field = make("input", { attributes });
    field.value = row.cells.get(column) ?? "";
    field.oninput = (): void => this.write(index, column, field.value);
    field.onchange = (): void => void this.judge(index, faultOf(this.rows[index] ?? EMPTY));
    return field;
  }

  private tick(row: Row, index: number): HTMLInputElement {
    const field = make("input", { attributes: { type: "checkbox", "data-column": "keep" } });
    field.checked = isYes(row.cells.get("keep") ?? "") ?? false;
    field.onchange = (): void => {
      this.write(index, "keep", field.checked ? "yes" : "");
      this.judge(index, faultOf(this.rows[index] ?? EMPTY));
    };
    return field;
  }

  private write(index: number, column: string, text: string): void {
    const { cells } = this.rows[index] ?? EMPTY;
    this.rows[index] = { cells: new Map([...cells, [column, text]]), tooMany: 0 };
    this.judge(index, null);
    this.changed();
  }

  private remove(index: number): void {
    this.rows.splice(index, 1);
    if (this.rows.length === 0) this.rows.push(EMPTY);
    this.draw();
    this.focus(Math.min(index, this.rows.length - 1), "source");
    this.changed();
  }

  /** Says at its row what is wrong, or takes that away. */
  private judge(index: number, fault: Fault | null): Fault | null {
    const line = this.lines[index];
    if (!line) return fault;
    const id = `${this.id}-${index}`;
    const told = line.nextElementSibling;
    if (told?.className === "row-problem") told.remove();
    for (const field of line.querySelectorAll("input")) {
      if (fault && field.dataset["column"] === fault.column) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
      if (fault) field.setAttribute("aria-describedby", id);
      else field.removeAttribute("aria-describedby");
    }
    if (!fault) return null;
    const sentence = make("p", { className: "field-problem", attributes: { id } });
    tell(sentence, fault.key, fault.values);
    const cell = make("td", { attributes: { colspan: String(this.columns.length + 1) } }, sentence);
    line.after(make("tr", { className: "row-problem" }, cell));
    return fault;
  }

  private get lines(): readonly HTMLElement[] {
    return [...this.body.querySelectorAll<HTMLElement>("tr:not(.row-problem)")];
  }

  private focus(index: number, column: string): void {
    const fields = [...(this.lines[index]?.querySelectorAll("input") ?? [])];
    (fields.find(({ dataset }) => dataset["column"] === column) ?? fields[0])?.focus();
  }

  /** Where an event happens: its row and column. */
  private place(event: Event): { readonly index: number; readonly column: string } | undefined {
    const field = event.target instanceof HTMLInputElement ? event.target : undefined;
    const line = field?.closest("tr");
    const column = field?.dataset["column"];
    return line && column ? { index: this.lines.indexOf(line), column } : undefined;
  }

  /** Up and down as in a spreadsheet; Enter goes down, and makes the next row at the end. */
  private key(event: KeyboardEvent): void {
    const at = this.place(event);
    if (!at || composing(event) || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" || event.key === "Enter" ? 1 : 0;
    if (step === 0) return;
    // Enter would send the whole form.
    event.preventDefault();
    const to = at.index + step;
    if (to === this.rows.length && event.key === "Enter" && !isBlank(this.rows[at.index] ?? EMPTY)) this.add();
    else if (this.rows[to]) this.focus(to, at.column);
  }

  /** More than one cell: they go where a spreadsheet would put them. */
  private paste(event: ClipboardEvent): void {
    const at = this.place(event);
    const text = (event.clipboardData?.getData("text/plain") ?? "").replace(/[\r\n]+$/, "");
    if (!at || !/[\t\r\n]/.test(text)) return;
    event.preventDefault();
    if (hasHeader(text)) this.header(text);
    else this.fill(at.index, at.column, text);
  }

  private fill(index: number, column: string, text: string): void {
    const columns = this.columns.slice(this.columns.indexOf(column));
    // Of a text with an open quotation mark every line is taken as it stands.
    const lines = read(text);
    lines.forEach((cells, line) => {
      this.rows[index + line] = filled(this.rows[index + line] ?? EMPTY, cells, columns);
    });
    this.draw();
    this.focus(Math.min(index + lines.length, this.rows.length) - 1, column);
    this.changed();
  }
}

function head(column: string): { readonly words: Key; readonly values: Values } {
  return { words: HEADS.get(column) ?? "languageName", values: { language: { tag: column } } };
}

function read(text: string): readonly (readonly string[])[] {
  try {
    return cellsOf(text);
  } catch {
    return text.split(/\r\n|\r|\n/).map((line) => line.split("\t"));
  }
}

function name(element: HTMLElement, key: Key, values: Values): void {
  element.dataset["values"] = JSON.stringify(values);
  label(element, key);
}
