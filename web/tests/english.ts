/** The pages' sentences in English, as a reader sees them. */

import english from "../src/words/en.json";
import { Trouble } from "../src/trouble";
import { type Key, learn, type Values, words } from "../src/words";

learn("en", english);

export function said(remark: { readonly key: Key; readonly values: Values } | null): string {
  return remark ? words(remark.key, remark.values) : "";
}

/** For assert.throws: whether the words of what was thrown fit. */
export function saying(sentence: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof Trouble && sentence.test(said(error));
}
