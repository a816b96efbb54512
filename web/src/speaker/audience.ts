/** Who listens, in total and by language, how far the avatars are behind, and what that asks of the speaker. */

import { byId, make } from "../dom";
import { type Key, tell, type Values } from "../words";
import type { ListenerCount } from "../wire";

/** What is said of a language; null where there is nothing to say. */
export type Remark = { readonly key: Key; readonly values: Values } | null;

/** `behind`: how far each language is behind. */
export function showAudience(
  { count, byLanguage }: Pick<ListenerCount, "count" | "byLanguage">,
  languages: readonly string[],
  behind: (language: string) => Remark,
): void {
  byId("listener-count", HTMLElement).textContent = String(count);
  const rows = languages.map((tag) => {
    const number = byLanguage.get(tag) ?? 0;
    const attributes = { "data-language": tag, "data-count": String(number) };
    const name = make("span", { words: "languageName", values: { language: { tag } } });
    const remark = behind(tag);
    const lag = make("span", { className: "behind" });
    tell(lag, remark?.key ?? null, remark?.values);
    return make("li", { attributes }, name, make("b", { text: String(number) }), lag);
  });
  byId("listeners", HTMLElement).replaceChildren(...rows);
}

/** The sign by which the speaker is asked to slow down. `why`: empty where nobody asks. */
export function showPlea(why: readonly Remark[]): void {
  byId("slow-down", HTMLElement).hidden = why.length === 0;
  // Only these words are a live region: the seconds after them change with every clause.
  tell(byId("slow-down-plea", HTMLElement), why.length === 0 ? null : "speaker.slowDown");
  const parts = why.flatMap((remark, index) => {
    if (!remark) return [];
    const part = make("span", { words: remark.key, values: remark.values });
    return index === 0 ? [part] : [document.createTextNode(", "), part];
  });
  byId("slow-down-why", HTMLElement).replaceChildren(...parts);
}
