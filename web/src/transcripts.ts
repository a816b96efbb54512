/** Links to the transcripts of a session, in each of its languages. */

import { getTranscript, transcriptPath, type TranscriptFormat } from "./api";
import { make, say } from "./dom";
import { fullName } from "./tags";
import type { SessionInfo } from "./wire";

const FORMATS: readonly { readonly format: TranscriptFormat; readonly name: string }[] = [
  { format: "txt", name: "Text" },
  { format: "vtt", name: "WebVTT" },
  { format: "srt", name: "SubRip" },
  { format: "json", name: "JSON" },
];

/** Fills `place` with a row per language. With a passcode the files are fetched first, since a link cannot carry it. */
export function showTranscripts(place: HTMLElement, session: SessionInfo, passcode: string): void {
  const problem = make("p", { className: "problem", attributes: { role: "alert" } });
  problem.hidden = true;
  const languages = [session.sourceLanguage, ...session.targetLanguages.filter((tag) => tag !== session.sourceLanguage)];
  const rows = languages.map((language) => {
    const links = FORMATS.map(({ format, name }) => {
      const link = make("a", { text: name });
      link.setAttribute("aria-label", `${name}, ${fullName(language)}`);
      link.href = transcriptPath(session.sessionId, language, format);
      link.download = `${session.sessionId}-${language}.${format}`;
      if (session.passcodeRequired) link.addEventListener("click", (event) => void fetched(event, link, passcode, problem));
      return make("li", {}, link);
    });
    const label = language === session.sourceLanguage ? `${fullName(language)}, as spoken` : fullName(language);
    return make("li", {}, make("span", { text: label }), make("ul", { className: "links" }, ...links));
  });
  place.replaceChildren(make("ul", { className: "transcripts" }, ...rows), problem);
}

async function fetched(event: Event, link: HTMLAnchorElement, passcode: string, problem: HTMLElement): Promise<void> {
  event.preventDefault();
  try {
    const address = URL.createObjectURL(await getTranscript(link.href, passcode));
    const download = make("a");
    download.href = address;
    download.download = link.download;
    download.click();
    // The download has begun by then; the file in memory may go.
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    say(problem, "");
  } catch (error) {
    say(problem, error instanceof Error ? error.message : "The transcript could not be fetched.");
  }
}
