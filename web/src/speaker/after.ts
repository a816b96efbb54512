/** After the talk: everything that was said side by side, corrections, files, and the end of it all. */

import { deleteSession, getWholeTranscript } from "../api";
import { byId, make } from "../dom";
import type { Entry } from "../files";
import { direction } from "../tags";
import { showTranscripts } from "../transcripts";
import { complain } from "../trouble";
import type { SessionInfo } from "../wire";
import { tell } from "../words";
import { filmButton } from "./films";
import type { Hosted } from "./remembered";
import { CorrectDialog } from "./repairs";

export class After {
  private readonly table = byId("whole", HTMLElement);
  private readonly problem = byId("over-problem", HTMLElement);
  private readonly dialog = byId("delete-dialog", HTMLDialogElement);
  private readonly correct: CorrectDialog;

  constructor(
    private readonly session: SessionInfo,
    private readonly hosted: Hosted,
    /** Nothing of the session is left. */
    private readonly gone: () => void,
  ) {
    const files = byId("transcripts", HTMLElement);
    showTranscripts(files, session, hosted.passcode, (language) =>
      language === session.sourceLanguage ? [] : [filmButton(hosted, language, this.problem)],
    );
    tell(this.problem, null);
    this.correct = new CorrectDialog(hosted, () => void this.show());
    byId("delete", HTMLElement).onclick = (): void => this.dialog.showModal();
    byId("delete-no", HTMLElement).onclick = (): void => this.dialog.close();
    byId("delete-yes", HTMLElement).onclick = (): void => void this.erase();
    void this.show();
  }

  private async show(): Promise<void> {
    try {
      const entries = await getWholeTranscript(this.session.sessionId, this.hosted.passcode);
      this.draw(entries.filter(({ retracted }) => !retracted));
    } catch (error) {
      complain(this.problem, error);
    }
  }

  private draw(entries: readonly Entry[]): void {
    if (entries.length === 0) {
      this.table.replaceChildren(make("p", { words: "speaker.nothingSaid", className: "state" }));
      return;
    }
    const { sourceLanguage, targetLanguages } = this.session;
    const languages = [...new Set([sourceLanguage, ...targetLanguages])];
    const heads = languages.map((tag) =>
      make("th", { words: "languageName", values: { language: { tag } }, attributes: { scope: "col", dir: direction(tag) } }),
    );
    const correct = make("th", { attributes: { scope: "col" } }, make("span", { words: "speaker.correct", className: "unseen" }));
    const rows = entries.map((entry) => this.row(entry, languages));
    const head = make("thead", {}, make("tr", {}, ...heads, correct));
    this.table.replaceChildren(make("table", {}, head, make("tbody", {}, ...rows)));
  }

  private row(entry: Entry, languages: readonly string[]): HTMLElement {
    const { sourceLanguage } = this.session;
    const texts = new Map(
      languages.map((tag) => [tag, tag === sourceLanguage ? entry.sourceText : (entry.translations.get(tag) ?? "")] as const),
    );
    const cells = [...texts].map(([tag, text]) => make("td", { text, attributes: { lang: tag, dir: direction(tag) } }));
    const button = make("button", { words: "speaker.correct", className: "small quiet", attributes: { type: "button" } });
    button.onclick = (): void => this.correct.open({ segmentId: entry.segmentId, texts });
    return make("tr", {}, ...cells, make("td", {}, button));
  }

  private async erase(): Promise<void> {
    const button = byId("delete-yes", HTMLButtonElement);
    button.disabled = true;
    try {
      await deleteSession(this.hosted.clientId, this.hosted.sessionId);
      this.gone();
    } catch (error) {
      complain(this.problem, error);
    } finally {
      button.disabled = false;
      this.dialog.close();
    }
  }
}
