/** The page's own words in the reader's language: one file a language, written into elements that remember their key. */

import { sameBuild } from "./version";
import type english from "./words/en.json";

export type Key = keyof typeof english;
/** `tag`: the language's name; `decimal`: a number with one decimal. */
export type Value = string | number | { readonly tag: string } | { readonly decimal: number };
export type Values = Readonly<Record<string, Value>>;
type Text = string | Readonly<Record<string, string>>;

/** The languages that there is a file for; the first stands in where none fits. */
export const LANGUAGES = ["en", "es", "fr", "de", "pt", "it", "ca", "ja", "zh", "ko", "hi", "ar"] as const;

const KEY = "words";
const VALUES = "values";
/** Attributes that carry words, by the name of the data attribute that says which. */
const ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ["wordsLabel", "aria-label"],
  ["wordsPlaceholder", "placeholder"],
  ["wordsTitle", "title"],
]);

let texts: Readonly<Record<string, Text>> = {};
let locale = "en";
let wanted = "";

/** The language of the page's words. */
export function wordsLanguage(): string {
  return locale;
}

/** Takes texts in; `load` fetches them. */
export function learn(language: string, given: Readonly<Record<string, Text>>): void {
  texts = given;
  locale = language;
}

/** The language with words that a reader of these tags knows best. */
export function spokenHere(tags: readonly string[]): string {
  for (const tag of tags) {
    const primary = tag.toLowerCase().split("-")[0];
    const found = LANGUAGES.find((one) => one === primary);
    if (found) return found;
  }
  return LANGUAGES[0];
}

/** Fetches the words of this page in a language and writes the whole document anew in it. */
export async function load(page: "listener" | "speaker", language: string): Promise<void> {
  wanted = language;
  const given = carried(language) ?? (await fetched(sameBuild(`/static/words/${page}-${language}.json`)));
  // Another language may have been asked for meanwhile.
  if (wanted !== language) return;
  learn(language, given);
  const { documentElement: root } = document;
  root.lang = language;
  root.dir = directionOf(language);
  retell(document);
}

/** The words that came with the page itself, where they are in this language. */
function carried(language: string): Readonly<Record<string, Text>> | undefined {
  const element = document.getElementById("words");
  if (element?.lang !== language) return undefined;
  return JSON.parse(element.textContent ?? "") as Readonly<Record<string, Text>>;
}

/** Without its words a page says nothing at all: it is worth waiting for them. */
async function fetched(path: string): Promise<Readonly<Record<string, Text>>> {
  for (let pause = 500; ; pause = Math.min(2 * pause, 8000)) {
    try {
      const response = await fetch(path);
      if (response.ok) return (await response.json()) as Readonly<Record<string, Text>>;
    } catch {
      // No network now; there will be.
    }
    await new Promise((wake) => setTimeout(wake, pause));
  }
}

function directionOf(language: string): string {
  return language === "ar" ? "rtl" : "ltr";
}

/** The text of a key; `count` among the values chooses its plural form. */
export function words(key: Key, values: Values = {}): string {
  const text = texts[key];
  if (text === undefined) return "";
  const form = typeof text === "string" ? text : plural(text, values["count"]);
  return form.replace(/\{(\w+)\}/g, (_, name: string) => spelled(values[name]));
}

function plural(forms: Readonly<Record<string, string>>, count: Value | undefined): string {
  const rule = new Intl.PluralRules(locale).select(typeof count === "number" ? count : 0);
  return forms[rule] ?? forms["other"] ?? "";
}

function spelled(value: Value | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value === "number") return new Intl.NumberFormat(locale).format(value);
  if ("tag" in value) return languageName(value.tag);
  return new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value.decimal);
}

/** A language's name in the language of the page. */
export function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames([locale], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** Writes the words into the element, which keeps them when the page changes its language; null empties and hides it. */
export function tell(element: HTMLElement, key: Key | null, values: Values = {}): void {
  element.hidden = key === null;
  if (key === null) {
    forget(element);
    if (element.textContent !== "") element.textContent = "";
    return;
  }
  element.dataset[KEY] = key;
  const kept = JSON.stringify(values);
  if (kept === "{}") delete element.dataset[VALUES];
  else element.dataset[VALUES] = kept;
  unmark(element);
  write(element);
}

/** As `tell`, for an attribute that is read out, or stands in an empty field. */
export function label(element: HTMLElement, key: Key, which: "wordsLabel" | "wordsPlaceholder" | "wordsTitle" = "wordsLabel"): void {
  element.dataset[which] = key;
  write(element);
}

/** Writes what comes from elsewhere and is in a language of its own. */
export function quote(element: HTMLElement, text: string, language: string): void {
  forget(element);
  element.hidden = text === "";
  if (element.textContent !== text) element.textContent = text;
  element.lang = language;
  element.dir = "auto";
}

function forget(element: HTMLElement): void {
  delete element.dataset[KEY];
  delete element.dataset[VALUES];
}

function unmark(element: HTMLElement): void {
  element.removeAttribute("lang");
  element.removeAttribute("dir");
}

/** Writes everything under `root` that has words, in the language of now. */
export function retell(root: ParentNode): void {
  const marked = "[data-words], [data-words-label], [data-words-placeholder], [data-words-title], [data-language-name]";
  for (const element of root.querySelectorAll<HTMLElement>(marked)) write(element);
}

function write(element: HTMLElement): void {
  const { [KEY]: key, [VALUES]: kept, languageName: tag } = element.dataset;
  const values = kept === undefined ? {} : (JSON.parse(kept) as Values);
  // Only where it differs: a live region would say it again.
  if (key !== undefined) put(element, words(key as Key, values));
  if (tag !== undefined) put(element, languageName(tag));
  for (const [which, attribute] of ATTRIBUTES) {
    const asked = element.dataset[which];
    if (asked !== undefined) element.setAttribute(attribute, words(asked as Key, values));
  }
}

function put(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
