/** Who listens: in total and by language. */

import { byId, make } from "../dom";
import { fullName } from "../tags";

export function showAudience(count: number, byLanguage: ReadonlyMap<string, number>, languages: readonly string[]): void {
  byId("listener-count", HTMLElement).textContent = String(count);
  const rows = languages.map((tag) => {
    const number = byLanguage.get(tag) ?? 0;
    const attributes = { "data-language": tag, "data-count": String(number) };
    return make("li", { attributes }, make("span", { text: fullName(tag) }), make("b", { text: String(number) }));
  });
  byId("listeners", HTMLElement).replaceChildren(...rows);
}
