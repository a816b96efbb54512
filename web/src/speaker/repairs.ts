/** Taking lines back, putting them right, and typing instead of speaking. */

import { correctSegment, type Holder, retractSegment, sayText } from "../api";
import { byId, composing, make } from "../dom";
import { direction } from "../tags";
import type { Passage } from "../talk";
import { complain } from "../trouble";
import { tell } from "../words";
import type { Repairs } from "./passages";

/** A line that can be put right. */
export interface Correctable {
  readonly segmentId: number;
  /** By language, the floor's first. */
  readonly texts: ReadonlyMap<string, string>;
}

export function correctable({ segmentId, sourceText, lines }: Passage, source: string): Correctable {
  const translations = [...lines].filter(([tag]) => tag !== source).map(([tag, { text }]) => [tag, text] as const);
  return { segmentId, texts: new Map([[source, sourceText], ...translations]) };
}

/** The dialog in which a line is put right. Asks the server; whoever shows the line hears of it by its event. */
export class CorrectDialog {
  private readonly dialog = byId("correct-dialog", HTMLDialogElement);
  private readonly language = byId("correct-language", HTMLSelectElement);
  private readonly text = byId("correct-text", HTMLTextAreaElement);
  private readonly problem = byId("correct-problem", HTMLElement);
  private segmentId = 0;
  private texts: ReadonlyMap<string, string> = new Map();
  /** What has been written instead, by language. */
  private readonly drafts = new Map<string, string>();

  constructor(
    private readonly holder: Holder,
    private readonly corrected: (segmentId: number, language: string, text: string) => void = () => undefined,
  ) {
    byId("correct-no", HTMLElement).onclick = (): void => this.dialog.close();
    byId("correct-form", HTMLFormElement).onsubmit = (event): void => {
      event.preventDefault();
      void this.save();
    };
    this.language.onchange = (): void => this.fill();
    this.text.oninput = (): void => void this.drafts.set(this.language.value, this.text.value);
  }

  open({ segmentId, texts }: Correctable): void {
    this.segmentId = segmentId;
    this.texts = texts;
    this.drafts.clear();
    const options = [...texts.keys()].map((tag) =>
      make("option", { words: "languageName", values: { language: { tag } }, attributes: { value: tag } }),
    );
    this.language.replaceChildren(...options);
    tell(this.problem, null);
    this.fill();
    this.dialog.showModal();
    this.text.focus();
  }

  private fill(): void {
    const { value } = this.language;
    this.text.value = this.drafts.get(value) ?? this.texts.get(value) ?? "";
    this.text.lang = this.language.value;
    this.text.dir = direction(this.language.value);
  }

  private async save(): Promise<void> {
    const button = byId("correct-yes", HTMLButtonElement);
    const { segmentId } = this;
    button.disabled = true;
    try {
      for (const [language, draft] of this.drafts) {
        const text = draft.trim();
        if (text === (this.texts.get(language) ?? "").trim()) continue;
        await correctSegment(this.holder, segmentId, language, text);
        this.corrected(segmentId, language, text);
      }
      this.dialog.close();
    } catch (error) {
      complain(this.problem, error);
    } finally {
      button.disabled = false;
    }
  }
}

/** What the buttons beside a line do while the talk is on. */
export function repairs(holder: Holder, source: () => string, problem: HTMLElement): Repairs {
  const dialog = new CorrectDialog(holder);
  return {
    correct: (passage) => dialog.open(correctable(passage, source())),
    retract: (segmentId) => void retractSegment(holder, segmentId).catch((error: unknown) => complain(problem, error)),
  };
}

/** The field for those who type: what stands in it goes to the booths as if it had been said. */
export class Typing {
  private readonly form = byId("type-form", HTMLFormElement);
  private readonly field = byId("typed", HTMLTextAreaElement);
  private readonly button = byId("type-send", HTMLButtonElement);
  private readonly problem = byId("type-problem", HTMLElement);

  constructor(private readonly holder: Holder) {
    this.form.onsubmit = (event): void => {
      event.preventDefault();
      void this.send();
    };
    this.field.onkeydown = (event): void => {
      // While an input method composes, Enter ends its word.
      if (event.key !== "Enter" || event.shiftKey || composing(event)) return;
      event.preventDefault();
      void this.send();
    };
  }

  focus(): void {
    this.field.focus();
  }

  private async send(): Promise<void> {
    const text = this.field.value.trim();
    if (!text || this.button.disabled) return;
    this.button.disabled = true;
    try {
      await sayText(this.holder, text);
      if (this.field.value.trim() === text) this.field.value = "";
      tell(this.problem, null);
    } catch (error) {
      complain(this.problem, error);
    } finally {
      this.button.disabled = false;
    }
  }
}
