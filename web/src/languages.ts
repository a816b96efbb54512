/** The languages in which a session can be followed. */

import { ownName } from "./tags";
import type { SessionInfo } from "./wire";

export type Spoken = Pick<SessionInfo, "sourceLanguage" | "sourceLanguages" | "targetLanguages">;

/** In place of a source tag: the language spoken is identified among `sourceLanguages`. */
const AUTO = "auto";

/** Under this tag the floor's own words are had, in whatever language they were said; undefined where they cannot be. */
export function floorOf({ sourceLanguage, sourceLanguages, targetLanguages }: Spoken): string | undefined {
  if (sourceLanguage !== AUTO) return sourceLanguage;
  const first = sourceLanguages[0];
  // A target of that tag is translated into.
  return first !== undefined && targetLanguages.includes(first) ? undefined : first;
}

/** What can be followed: the translations, then the floor. */
export function followable(session: Spoken): readonly string[] {
  const floor = floorOf(session);
  const targets = session.targetLanguages.filter((tag) => tag !== floor);
  return floor === undefined ? targets : [...targets, floor];
}

/** Of several languages on the floor each is named. */
export function namesOf(session: Spoken, tag: string): string {
  const spoken = tag === floorOf(session) ? session.sourceLanguages : [];
  return spoken.length > 0 ? spoken.map(ownName).join(" / ") : ownName(tag);
}
