/** Links to the transcripts of a session, in each of its languages. */

import { getTranscript, transcriptPath, type TranscriptFormat } from "./api";
import { make } from "./dom";
import { floorOf, namesOf } from "./languages";
import { save } from "./save";
import { complain, Refused } from "./trouble";
import { tell } from "./words";
import type { SessionInfo } from "./wire";

const FORMATS: readonly { readonly format: TranscriptFormat; readonly name: string }[] = [
  { format: "txt", name: "TXT" },
  { format: "vtt", name: "VTT" },
  { format: "srt", name: "SRT" },
  { format: "json", name: "JSON" },
];

/**
 * Fills `place` with a row per language; `more` adds to that of a translation what else there is. `locked`: what to do
 * where the passcode is not the right one; else that is said.
 */
export function showTranscripts(
  place: HTMLElement,
  session: SessionInfo,
  passcode: string,
  more: (language: string) => readonly HTMLElement[] = () => [],
  locked?: () => void,
): void {
  const problem = make("p", { className: "problem", attributes: { role: "alert" } });
  problem.hidden = true;
  const floor = floorOf(session);
  const languages = [...new Set(floor === undefined ? session.targetLanguages : [floor, ...session.targetLanguages])];
  const rows = languages.map((language) => {
    const links = FORMATS.map(({ format, name }) => {
      const link = make("a", { text: name, attributes: { "aria-label": `${name}: ${namesOf(session, language)}` } });
      link.href = transcriptPath(session.sessionId, language, format);
      link.download = `${session.sessionId}-${language}.${format}`;
      if (session.passcodeRequired) {
        link.addEventListener("click", (event) => void fetched(event, link, passcode, problem, locked));
      }
      return make("li", {}, link);
    });
    const name = make("span", { text: namesOf(session, language), attributes: { lang: language, dir: "auto" } });
    if (language === floor) name.append(" ", make("span", { words: "language.asSpoken", className: "mark" }));
    const extra = (language === floor ? [] : more(language)).map((element) => make("li", {}, element));
    return make("li", {}, name, make("ul", { className: "links" }, ...links, ...extra));
  });
  place.replaceChildren(make("ul", { className: "transcripts" }, ...rows), problem);
}

/** With a passcode the file is fetched first, since a link cannot carry it. */
async function fetched(
  event: Event,
  link: HTMLAnchorElement,
  passcode: string,
  problem: HTMLElement,
  locked: (() => void) | undefined,
): Promise<void> {
  event.preventDefault();
  try {
    save(await getTranscript(link.href, passcode), link.download);
    tell(problem, null);
  } catch (error) {
    if (locked && error instanceof Refused && error.code === "passcode") locked();
    else complain(problem, error);
  }
}
