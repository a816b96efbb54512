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

  constructor(
    private readonly list: HTMLOListElement,
    /** A live region out of sight: final captions only, since growing ones would be said again and again. */
    private readonly announcer: HTMLElement,
  ) {
    this.items = new OrderedItems(list);
  }

  /** Draws what is known of the passage in this language. `readOut`: it is news, not history. */
  draw(passage: Passage, language: string, sourceLanguage: string, readOut: boolean): void {
    const line = passage.lines.get(language);
    if (!line) {
      this.items.remove(passage.segmentId);
      return;
    }
    const spoken = line.untranslated ? sourceLanguage : language;
    const attributes = { lang: spoken, dir: direction(spoken) };
    const item = this.items.item(passage.segmentId);
    this.list.dir = direction(language);
    item.className = line.final ? "caption" : "caption growing";
    item.classList.toggle("ends", line.final && endsSentence(line.text));
    mark(item, passage.segmentId === this.spoken);
    item.replaceChildren(make("p", { text: line.text, attributes }));
    if (line.untranslated && language !== sourceLanguage) {
      item.append(make("span", { text: "not translated", className: "mark" }));
    }
    if (line.condensed) item.append(condensedMark());
    if (line.final && readOut) this.announce(line.text, attributes);
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

function mark(item: HTMLLIElement, spoken: boolean): void {
  item.classList.toggle("spoken", spoken);
  if (spoken) item.setAttribute("aria-current", "true");
  else item.removeAttribute("aria-current");
}
