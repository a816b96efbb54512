/** What stands before the talk: a sentence that says why one is not in, and one thing to do about it. */

import { Refused } from "../api";
import { byId, say } from "../dom";
import { showTranscripts } from "../transcripts";
import type { SessionInfo } from "../wire";

type Action = "passcode" | "code" | "again" | "transcripts" | "none";

export class Door {
  private readonly view = byId("door", HTMLElement);
  private readonly title = byId("door-title", HTMLHeadingElement);
  private readonly sentence = byId("door-sentence", HTMLParagraphElement);
  private readonly passcode = byId("passcode", HTMLInputElement);
  private readonly code = byId("code", HTMLInputElement);
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
    this.view.hidden = true;
    this.others.hidden = false;
  }

  private stand(title: string, sentence: string, action: Action): void {
    this.title.textContent = title;
    say(this.sentence, sentence);
    for (const [name, element] of Object.entries(this.actions)) element.hidden = name !== action;
    this.view.hidden = false;
    this.others.hidden = true;
  }

  wait(): void {
    this.stand("One moment…", "", "none");
  }

  over(session: SessionInfo, passcode: string): void {
    this.stand("This session has ended", "Thank you for listening. You can keep what was said:", "transcripts");
    showTranscripts(this.transcripts, session, passcode);
  }

  askPasscode(wrong: boolean): void {
    const sentence = wrong ? "That was not the passcode. Ask the speaker for it." : "The speaker has the passcode.";
    this.stand("This session needs a passcode", sentence, "passcode");
    this.passcode.value = "";
    this.passcode.focus();
  }

  /** The server's refusal, by its code. */
  refused(sentence: string, code: string, again: boolean): void {
    if (code === "notFound") {
      this.stand("No such session", "Check the code: six digits, from the speaker's screen or link.", "code");
    } else if (code === "full") {
      const rest = again ? " This page tries again by itself." : "";
      this.stand("No place is free", `${sentence}${rest}`, "again");
    } else {
      this.stand("That did not work", sentence, "again");
    }
  }

  /** Whatever went wrong while asking for the session. */
  failed(error: unknown): void {
    // An address whose code is no code is refused as such: for the reader it is the same.
    if (error instanceof Refused) this.refused(error.message, error.status === 400 ? "notFound" : error.code, false);
    else this.stand("No connection", error instanceof Error ? error.message : "Something went wrong.", "again");
  }
}
