/** Who listens, in total and by language, and how far the avatars are behind. */

import { byId, make } from "../dom";
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
