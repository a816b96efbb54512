/** The captions of one language on the page: what stands, what still grows, and what is read out. */

import { condensedMark } from "../condensed";
import { make } from "../dom";
import { OrderedItems } from "../ordered";
import { endsSentence } from "../sentences";
import { direction } from "../tags";
import type { Passage } from "../talk";

/** Lines that a screen reader may not have reached yet. */
const READ_OUT = 4;

export class Captions {
  private readonly items: OrderedItems;
  /** The segment that the avatar says now. */
  private spoken: number | undefined;
  /** The segment in the two lines; 0 where they are empty. */
  private inLines = 0;
  /** What the listener looks for, in small letters. */
  private wanted = "";
  /** The speaker's own words stand under the translation. */
  originals = false;

  constructor(
    private readonly list: HTMLOListElement,
    /** A live region out of sight: final captions only, since growing ones would be said again and again. */
    private readonly announcer: HTMLElement,
  ) {
    this.items = new OrderedItems(list);
  }

  /** Draws what is known of the passage in this language. `floor`: as it was said; `readOut`: it is news, not history. */
  draw(passage: Passage, language: string, floor: boolean, readOut: boolean): void {
    const line = passage.lines.get(language);
    if (!line) {
      this.items.remove(passage.segmentId);
      return;
    }
    const { sourceLanguage } = passage;
    const spoken = floor || line.untranslated ? sourceLanguage : language;
    const other = !floor && language !== sourceLanguage;
    const attributes = { lang: spoken, dir: direction(spoken) };
    const item = this.items.item(passage.segmentId);
    this.list.dir = direction(language);
    item.className = line.final ? "caption" : "caption growing";
    // What is typed goes on with no sentence that was said.
    item.classList.toggle("typed", passage.typed);
    item.classList.toggle("ends", line.final && endsSentence(line.text));
    item.classList.toggle("ahead", this.inLines > 0 && passage.segmentId >= this.inLines);
    mark(item, passage.segmentId === this.spoken);
    item.replaceChildren(make("p", { text: line.text, attributes }));
    if (this.originals && other && passage.sourceText) item.append(original(passage));
    if (line.untranslated && other) {
      item.append(make("span", { words: "caption.untranslated", className: "mark" }));
    }
    if (line.condensed) item.append(condensedMark());
    if (line.final && readOut) this.announce(line.text, attributes);
    this.sift(item);
  }

  /** Shows only what has these words in it; answers how many clauses do. */
  find(words: string): number {
    this.wanted = words.trim().toLocaleLowerCase();
    let found = 0;
    for (const item of this.items.all) found += this.sift(item) ? 1 : 0;
    this.list.classList.toggle("sifted", this.wanted !== "");
    return found;
  }

  /** What stands in the two lines now, and what comes after it: with captions alone it is not shown twice. */
  ahead(segmentId: number): void {
    if (segmentId === this.inLines) return;
    this.inLines = segmentId;
    for (const item of this.items.all) {
      item.classList.toggle("ahead", segmentId > 0 && Number(item.dataset["segment"]) >= segmentId);
    }
  }

  get empty(): boolean {
    return this.items.size === 0;
  }

  private sift(item: HTMLElement): boolean {
    const fits = (item.textContent ?? "").toLocaleLowerCase().includes(this.wanted);
    item.hidden = !fits;
    return fits;
  }

  /** The avatar begins or ends to say this segment. */
  speaking(segmentId: number, begins: boolean): void {
    if (begins) this.hush();
    else if (this.spoken !== segmentId) return;
    this.spoken = begins ? segmentId : undefined;
    const item = this.items.known(segmentId);
    if (item) mark(item, begins);
  }

  /** The avatar says nothing, as far as one hears. */
  hush(): void {
    if (this.spoken !== undefined) this.speaking(this.spoken, false);
  }

  clear(): void {
    this.spoken = undefined;
    this.items.clear();
    this.announcer.replaceChildren();
  }

  private announce(text: string, attributes: Record<string, string>): void {
    this.announcer.append(make("p", { text, attributes }));
    while (this.announcer.childElementCount > READ_OUT) this.announcer.firstElementChild?.remove();
  }
}

function original({ sourceText, sourceLanguage: language }: Passage): HTMLElement {
  return make("p", { text: sourceText, className: "original", attributes: { lang: language, dir: direction(language) } });
}

function mark(item: HTMLLIElement, spoken: boolean): void {
  item.classList.toggle("spoken", spoken);
  if (spoken) item.setAttribute("aria-current", "true");
  else item.removeAttribute("aria-current");
}
