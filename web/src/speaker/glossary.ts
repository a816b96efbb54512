/** The glossary as people write it, a table of CSV or TSV, and as the interface has it. */

import { Trouble } from "../trouble";
import type { Term } from "../wire";

/** A table that cannot be read; the words say where and what would be right. */
export class Unreadable extends Trouble {}

const MOST_TERMS = 1000;
const LONGEST = 200;
const TAG = /^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-[A-Za-z0-9]{5,8})*$/;
const YES = new Set(["yes", "y", "true", "1", "x", "keep"]);
const NO = new Set(["", "no", "n", "false", "0"]);

interface Row {
  /** Where it begins in the text, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** The terms of a table with a header row; none where it is blank. Throws Unreadable. */
export function parse(text: string): readonly Term[] {
  const [header, ...rows] = table(text.replace(/^\uFEFF/, ""));
  if (!header) return [];
  const columns = named(header);
  if (rows.length > MOST_TERMS) throw new Unreadable("terms.tooMany", { count: rows.length, most: MOST_TERMS });
  return rows.map((row) => term(row, columns));
}

/** A table that `parse` reads as these terms. */
export function written(terms: readonly Term[]): string {
  if (terms.length === 0) return "";
  const tags = [...new Set(terms.flatMap(({ target }) => Object.keys(target ?? {})))];
  const columns = [
    "source",
    ...tags,
    ...(terms.some(({ keep }) => keep) ? ["keep"] : []),
    ...(terms.some(({ sounds }) => sounds) ? ["sounds"] : []),
  ];
  const cell = (term: Term, column: string): string => {
    if (column === "source") return term.source;
    if (column === "keep") return term.keep ? "yes" : "";
    if (column === "sounds") return term.sounds ?? "";
    return term.target?.[column] ?? "";
  };
  const rows = [columns, ...terms.map((term) => columns.map((column) => cell(term, column)))];
  return rows.map((cells) => cells.map(quoted).join("\t")).join("\n");
}

function quoted(cell: string): string {
  return /["\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function named({ cells }: Row): readonly string[] {
  const columns = cells.map((cell) => (/^(source|keep|sounds)$/i.test(cell) ? cell.toLowerCase() : cell));
  if (columns[0] !== "source") throw new Unreadable("terms.header");
  columns.forEach((column, index) => {
    if (columns.indexOf(column) !== index) throw new Unreadable("terms.twice", { column });
    if (!["source", "keep", "sounds"].includes(column) && !TAG.test(column)) {
      throw new Unreadable("terms.noLanguage", { number: index + 1, column: column.slice(0, 40) });
    }
  });
  return columns;
}

function term({ line, cells }: Row, columns: readonly string[]): Term {
  if (cells.length > columns.length) {
    throw new Unreadable("terms.tooWide", { line, cells: cells.length, columns: columns.length });
  }
  const target: [string, string][] = [];
  let keep = false;
  let sounds = "";
  columns.forEach((column, index) => {
    const cell = cells[index] ?? "";
    if (cell.length > LONGEST) throw new Unreadable("terms.tooLong", { line, column, most: LONGEST });
    if (column === "keep") keep = isYes(cell, line);
    else if (column === "sounds") sounds = cell;
    else if (column !== "source" && cell) target.push([column, cell]);
  });
  const source = cells[0] ?? "";
  if (!source) throw new Unreadable("terms.noSource", { line });
  return {
    source,
    // Not by assignment: a column could have the name of a property that every object has.
    ...(target.length > 0 ? { target: Object.fromEntries(target) } : {}),
    ...(keep ? { keep } : {}),
    ...(sounds ? { sounds } : {}),
  };
}

function isYes(cell: string, line: number): boolean {
  const said = cell.toLowerCase();
  if (YES.has(said)) return true;
  if (NO.has(said)) return false;
  throw new Unreadable("terms.keep", { line, cell: cell.slice(0, 40) });
}

/** The rows that are not blank. A quoted cell may hold separators and line breaks. */
function table(text: string): readonly Row[] {
  const between = separator(text);
  const rows: Row[] = [];
  let cells: string[] = [];
  let line = 1;
  let begun = 1;
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
    if (cells.some((one) => one !== "")) rows.push({ line: begun, cells: trimmed(cells) });
    cells = [];
    begun = line;
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
