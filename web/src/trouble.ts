/** What went wrong, as words of the page: a key for every code of the interface and every fault of our own. */

import { quote, tell, type Key, type Values, words } from "./words";

/** A fault that this page can name in the reader's language. */
export class Trouble extends Error {
  constructor(
    readonly key: Key,
    readonly values: Values = {},
  ) {
    super(key);
  }
}

/** The server said no; the message is its sentence, in English. */
export class Refused extends Error {
  constructor(
    sentence: string,
    readonly status: number,
    readonly code: string,
  ) {
    super(sentence);
  }
}

const CODES: ReadonlyMap<string, Key> = new Map([
  ["badRequest", "error.badRequest"],
  ["notHost", "error.notHost"],
  ["passcode", "error.passcode"],
  ["notFound", "error.notFound"],
  ["wrongState", "error.wrongState"],
  ["ended", "error.ended"],
  ["tooLarge", "error.tooLarge"],
  ["unsupported", "error.unsupported"],
  ["tooMany", "error.tooMany"],
  ["full", "error.full"],
  ["unavailable", "error.unavailable"],
]);

/** The words for a code of the interface. */
export function codeWords(code: string): Key {
  return CODES.get(code) ?? "error.unknown";
}

/** The words for whatever was thrown. */
export function wordsOf(error: unknown): { readonly key: Key; readonly values: Values } {
  if (error instanceof Trouble) return { key: error.key, values: error.values };
  return { key: error instanceof Refused ? codeWords(error.code) : "error.unknown", values: {} };
}

/** Codes whose server's sentence says more than the page can: which field, which value. */
const TELLING = new Set(["badRequest", "unsupported", "tooLarge", "wrongState", "unavailable"]);

/** Shows what went wrong: in the reader's language, with the server's own sentence where it says more. */
export function complain(place: HTMLElement, error: unknown): void {
  const { key, values } = wordsOf(error);
  tell(place, key, values);
  if (error instanceof Refused && TELLING.has(error.code)) append(place, error.message);
}

/** As `complain`, for an event or an acknowledgement. */
export function complainOf(place: HTMLElement, code: string, sentence: string): void {
  complain(place, new Refused(sentence, 0, code));
}

function append(place: HTMLElement, sentence: string): void {
  const said = document.createElement("span");
  quote(said, sentence, "en");
  const own = document.createElement("span");
  own.dataset["words"] = place.dataset["words"];
  own.textContent = place.textContent;
  delete place.dataset["words"];
  place.replaceChildren(own, " ", said);
}

/** The words, where there is no element to write them into. */
export function spoken(error: unknown): string {
  const { key, values } = wordsOf(error);
  return words(key, values);
}
