/** What stands before the talk: a sentence that says why one is not in, and one thing to do about it. */

import { byId } from "../dom";
import { showTranscripts } from "../transcripts";
import { codeWords, Refused, wordsOf } from "../trouble";
import { type Key, tell } from "../words";
import type { SessionInfo } from "../wire";

type Action = "passcode" | "code" | "again" | "transcripts" | "none";

export class Door {
  private readonly view = byId("door", HTMLElement);
  private readonly title = byId("door-title", HTMLHeadingElement);
  private readonly sentence = byId("door-sentence", HTMLParagraphElement);
  private readonly passcode = byId("passcode", HTMLInputElement);
  private readonly code = byId("code", HTMLInputElement);
  /** What the page's own text shows until the talk is there; gone where the page is about something else. */
  private coming = document.getElementById("coming");
  private readonly transcripts = byId("transcripts", HTMLElement);
  private readonly actions: Readonly<Record<Exclude<Action, "none">, HTMLElement>> = {
    passcode: byId("passcode-form", HTMLFormElement),
    code: byId("code-form", HTMLFormElement),
    again: byId("again", HTMLButtonElement),
    transcripts: this.transcripts,
  };

  constructor(
    private readonly others: HTMLElement,
    enter: (passcode: string) => void,
    again: () => void,
  ) {
    this.actions.passcode.addEventListener("submit", (event) => {
      event.preventDefault();
      enter(this.passcode.value);
    });
    this.actions.code.addEventListener("submit", (event) => {
      event.preventDefault();
      location.assign(`/listener/${encodeURIComponent(this.code.value)}`);
    });
    this.actions.again.addEventListener("click", again);
  }

  open(): void {
    this.arrived();
    this.view.hidden = true;
    this.others.hidden = false;
  }

  private stand(title: Key, sentence: Key | null, action: Action): void {
    this.arrived();
    tell(this.title, title);
    tell(this.sentence, sentence);
    for (const [name, element] of Object.entries(this.actions)) element.hidden = name !== action;
    this.view.dataset["state"] = title;
    this.view.hidden = false;
    this.others.hidden = true;
  }

  wait(): void {
    if (!this.coming) this.stand("oneMoment", null, "none");
  }

  private arrived(): void {
    this.coming?.remove();
    this.coming = null;
  }

  /** The address names no session: which one is it? */
  askCode(): void {
    this.stand("door.which", "door.which.why", "code");
    this.code.focus();
  }

  /** `locked`: the passcode was not the right one. */
  over(session: SessionInfo, passcode: string, locked: () => void): void {
    this.stand("door.over", "door.over.thanks", "transcripts");
    showTranscripts(this.transcripts, session, passcode, undefined, locked);
  }

  askPasscode(wrong: boolean): void {
    this.stand("door.passcode", wrong ? "door.passcode.wrong" : "door.passcode.why", "passcode");
    this.passcode.value = "";
    this.passcode.focus();
  }

  /** The server's refusal, by its code. */
  refused(code: string, again: boolean): void {
    if (code === "notFound") this.stand("door.none", "door.none.why", "code");
    else if (code === "full") this.stand("door.full", again ? "door.full.waits" : "error.full", "again");
    else this.stand("door.failed", codeWords(code), "again");
  }

  /** Whatever went wrong while asking for the session. */
  failed(error: unknown): void {
    // An address whose code is no code is refused as such: for the reader it is the same.
    if (error instanceof Refused) this.refused(error.status === 400 ? "notFound" : error.code, false);
    else this.stand("door.offline", wordsOf(error).key, "again");
  }
}
