/** The glossary as a table: what is pasted or dropped as CSV or TSV, its rows, and what they are in the interface. */

import { Trouble } from "../trouble";
import type { Key, Values } from "../words";
import type { Term } from "../wire";

/** A table that cannot be read at all; the words say why and what would be right. */
export class Unreadable extends Trouble {}

export const MOST_TERMS = 1000;
const LONGEST = 200;
const TAG = /^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-[A-Za-z0-9]{5,8})*$/;
const YES = new Set(["yes", "y", "true", "1", "x", "keep"]);
const NO = new Set(["", "no", "n", "false", "0"]);
const FIXED: readonly string[] = ["source", "keep", "sounds"];

export interface Row {
  /** By column: `source`, `keep`, `sounds`, or a language's tag. */
  readonly cells: ReadonlyMap<string, string>;
  /** How many cells it had where it came from, if that is more than there are columns; else 0. */
  readonly tooMany: number;
}

/** What is wrong about a row, in words, and the column in which. */
export interface Fault {
  readonly key: Key;
  readonly values: Values;
  readonly column: string;
}

export const EMPTY: Row = { cells: new Map(), tooMany: 0 };

/** The rows of a table with a header. Throws Unreadable. */
export function read(text: string): readonly Row[] {
  const [header, ...lines] = cellsOf(text);
  if (!header) return [];
  const columns = named(header);
  if (lines.length > MOST_TERMS) throw new Unreadable("terms.tooMany", { count: lines.length, most: MOST_TERMS });
  return lines.map((cells) => filled(EMPTY, cells, columns));
}

/** The row with these cells in these columns. */
export function filled(row: Row, cells: readonly string[], columns: readonly string[]): Row {
  const all = new Map(row.cells);
  columns.forEach((column, index) => {
    if (index < cells.length) all.set(column, cells[index] ?? "");
  });
  return { cells: all, tooMany: cells.length > columns.length ? cells.length : 0 };
}

/** Whether a text has a header by which `read` knows its columns. */
export function hasHeader(text: string): boolean {
  return /^\uFEFF?\s*"?source"?\s*([,;\t\r\n]|$)/i.test(text);
}

export function isBlank({ cells, tooMany }: Row): boolean {
  return tooMany === 0 && [...cells.values()].every((cell) => cell.trim() === "");
}

/** Null where the row is a term, or blank. */
export function faultOf(row: Row): Fault | null {
  if (isBlank(row)) return null;
  const { cells, tooMany } = row;
  if (tooMany > 0) return { key: "terms.tooWide", values: { cells: tooMany }, column: "source" };
  if (!(cells.get("source") ?? "").trim()) return { key: "terms.noSource", values: {}, column: "source" };
  const long = [...cells].find(([, cell]) => cell.trim().length > LONGEST);
  if (long) return { key: "terms.tooLong", values: { most: LONGEST }, column: long[0] };
  const keep = (cells.get("keep") ?? "").trim();
  if (isYes(keep) === undefined) return { key: "terms.keep", values: { cell: keep.slice(0, 40) }, column: "keep" };
  return null;
}

/** What the interface has for a row without a fault. */
export function termOf({ cells }: Row): Term {
  const cell = (column: string): string => (cells.get(column) ?? "").replace(/\s+/g, " ").trim();
  const target = [...cells.keys()].filter((column) => !FIXED.includes(column) && cell(column));
  const sounds = cell("sounds");
  return {
    source: cell("source"),
    // Not by assignment: a column could have the name of a property that every object has.
    ...(target.length > 0 ? { target: Object.fromEntries(target.map((tag) => [tag, cell(tag)])) } : {}),
    ...(isYes(cell("keep")) ? { keep: true } : {}),
    ...(sounds ? { sounds } : {}),
  };
}

export function rowOf({ source, target, keep, sounds }: Term): Row {
  const cells = new Map([["source", source], ...Object.entries(target ?? {})]);
  if (keep) cells.set("keep", "yes");
  if (sounds) cells.set("sounds", sounds);
  return { cells, tooMany: 0 };
}

/** The columns of a table with these rows: the languages offered come first, then others that there is something in. */
export function columnsOf(rows: readonly Row[], languages: readonly string[]): readonly string[] {
  const used = rows.flatMap(({ cells }) => [...cells].filter(([, cell]) => cell).map(([column]) => column));
  const tags = [...languages, ...used.filter((column) => !FIXED.includes(column))];
  return ["source", ...new Set(tags), "keep", "sounds"];
}

/** Those rows with these added; one with the same source takes the place of the one before. */
export function merged(rows: readonly Row[], added: readonly Row[]): readonly Row[] {
  const all = rows.filter((row) => !isBlank(row));
  for (const row of added) {
    const source = row.cells.get("source");
    const at = source ? all.findIndex(({ cells }) => cells.get("source") === source) : -1;
    if (at < 0) all.push(row);
    else all[at] = row;
  }
  return all;
}

/** Undefined where it is neither. */
export function isYes(cell: string): boolean | undefined {
  const said = cell.toLowerCase();
  return YES.has(said) ? true : NO.has(said) ? false : undefined;
}

function named(cells: readonly string[]): readonly string[] {
  const columns = cells.map((cell) => (FIXED.includes(cell.toLowerCase()) ? cell.toLowerCase() : cell));
  if (columns[0] !== "source") throw new Unreadable("terms.header");
  columns.forEach((column, index) => {
    if (columns.indexOf(column) !== index) throw new Unreadable("terms.twice", { column });
    if (!FIXED.includes(column) && !TAG.test(column)) {
      throw new Unreadable("terms.noLanguage", { number: index + 1, column: column.slice(0, 40) });
    }
  });
  return columns;
}

/** The cells of the lines that are not blank. A quoted cell may hold separators and line breaks. Throws Unreadable. */
export function cellsOf(given: string): readonly (readonly string[])[] {
  const text = given.replace(/^\uFEFF/, "");
  const between = separator(text);
  const rows: (readonly string[])[] = [];
  let cells: string[] = [];
  let line = 1;
  const blank = "[^\\S\\r\\n\\t]*";
  const quotes = `"((?:[^"]|"")*)"${blank}(?=[${between}\\r\\n]|$)`;
  const cell = new RegExp(`${blank}(?:${quotes}|((?!")[^${between}\\r\\n]*))([${between}]|\\r\\n|\\r|\\n|$)`, "y");
  while (cell.lastIndex < text.length || cells.length > 0) {
    const found = cell.exec(text);
    if (!found) throw new Unreadable("terms.quote", { line });
    const [whole, inQuotes, plain, end] = found;
    cells.push((inQuotes?.replaceAll('""', '"') ?? plain ?? "").replace(/\s+/g, " ").trim());
    line += whole.match(/\r\n|\r|\n/g)?.length ?? 0;
    if (end === between) continue;
    if (cells.some((one) => one !== "")) rows.push(trimmed(cells));
    cells = [];
    if (cell.lastIndex >= text.length) break;
  }
  return rows;
}

/** What stands between the cells: the sign that the first line has, tabs above all. */
function separator(text: string): string {
  const first = text.trimStart().split(/[\r\n]/, 1)[0] ?? "";
  return ["\t", ";", ","].find((sign) => first.includes(sign)) ?? ",";
}

/** Without the empty cells at the end, which spreadsheets add. */
function trimmed(cells: readonly string[]): readonly string[] {
  let end = cells.length;
  while (end > 0 && cells[end - 1] === "") end -= 1;
  return cells.slice(0, end);
}
