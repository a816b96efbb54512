/** The latency modes, as a speaker chooses them. */

import { make } from "../dom";

/** By the names of the interface. */
const MODES: ReadonlyMap<string, string> = new Map([
  ["balanced", "Balanced: clause by clause"],
  ["low", "Low: as soon as possible, with more mistakes"],
  ["consecutive", "Consecutive: whole sentences, you pause for them"],
]);

export const USUAL = "balanced";

/** Fills a chooser; `chosen` may be a mode that this page does not know. */
export function offerModes(chooser: HTMLSelectElement, chosen: string): void {
  const names = MODES.has(chosen) ? MODES : new Map([...MODES, [chosen, chosen]]);
  chooser.replaceChildren(...[...names].map(([value, text]) => make("option", { text, attributes: { value } })));
  chooser.value = chosen;
}
