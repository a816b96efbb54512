/** Who listens, in total and by language, how far the avatars are behind, and what that asks of the speaker. */

import { byId, make, say } from "../dom";
import { fullName } from "../tags";
import type { ListenerCount } from "../wire";

/** `behind`: a sentence for each language that has an avatar. */
export function showAudience(
  { count, byLanguage }: Pick<ListenerCount, "count" | "byLanguage">,
  languages: readonly string[],
  behind: (language: string) => string,
): void {
  byId("listener-count", HTMLElement).textContent = String(count);
  const rows = languages.map((tag) => {
    const number = byLanguage.get(tag) ?? 0;
    const attributes = { "data-language": tag, "data-count": String(number) };
    const name = make("span", { text: fullName(tag) });
    const lag = make("span", { text: behind(tag), className: "behind" });
    return make("li", { attributes }, name, make("b", { text: String(number) }), lag);
  });
  byId("listeners", HTMLElement).replaceChildren(...rows);
}

/** The sign by which the speaker is asked to slow down. `why`: empty where nobody asks. */
export function showPlea(why: string): void {
  byId("slow-down", HTMLElement).hidden = why === "";
  // Only these words are a live region: the seconds after them change with every clause.
  say(byId("slow-down-plea", HTMLElement), why === "" ? "" : "Please slow down:");
  say(byId("slow-down-why", HTMLElement), why);
}
