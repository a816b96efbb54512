/** The latency modes, as a speaker chooses them. */

import { make } from "../dom";
import type { Key } from "../words";

/** By the names of the interface. */
const MODES: ReadonlyMap<string, Key> = new Map([
  ["balanced", "speaker.mode.balanced"],
  ["low", "speaker.mode.low"],
  ["consecutive", "speaker.mode.consecutive"],
]);

export const USUAL = "balanced";

/** Fills a chooser; `chosen` may be a mode that this page does not know. */
export function offerModes(chooser: HTMLSelectElement, chosen: string): void {
  const known = [...MODES].map(([value, words]) => make("option", { words, attributes: { value } }));
  const other = MODES.has(chosen) ? [] : [make("option", { text: chosen, attributes: { value: chosen } })];
  chooser.replaceChildren(...known, ...other);
  chooser.value = chosen;
}
