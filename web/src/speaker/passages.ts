/** The talk as the speaker sees it: what was heard, every translation under it, and what can be done about a line. */

import { condensedMark } from "../condensed";
import { byId, make } from "../dom";
import { Follower } from "../follow";
import { OrderedItems } from "../ordered";
import { direction } from "../tags";
import type { Line, Passage } from "../talk";

const ALL = "*";
const NONE = "";

/** What the speaker wants to be done about a passage. */
export interface Repairs {
  retract(segmentId: number): void;
  correct(passage: Passage): void;
}

export class Passages {
  private readonly list = byId("passages", HTMLOListElement);
  private readonly items = new OrderedItems(this.list);
  private readonly follower = new Follower(byId("scroller", HTMLElement), byId("jump", HTMLButtonElement));
  private readonly chooser = byId("shown", HTMLSelectElement);
  private readonly empty = byId("empty", HTMLElement);
  private source = "";
  private targets: readonly string[] = [];
  private repairs: Repairs | undefined;

  constructor() {
    this.chooser.addEventListener("change", () => {
      for (const item of this.items.all) this.filter(item);
      this.follower.jump();
    });
  }

  /** The languages of the talk, also when one is added. */
  languages(source: string, targets: readonly string[]): void {
    const before = [this.source, ...this.targets].join();
    this.source = source;
    this.targets = targets;
    if (before === [source, ...targets].join()) return;
    const shown = this.chooser.options.length > 0 ? this.chooser.value : ALL;
    const option = (value: string, looks: Parameters<typeof make>[1]): HTMLOptionElement =>
      make("option", { ...looks, attributes: { value } });
    this.chooser.replaceChildren(
      option(ALL, { words: "speaker.show.all" }),
      ...targets.map((tag) => option(tag, { words: "languageName", values: { language: { tag } } })),
      option(NONE, { words: "speaker.show.none" }),
    );
    this.chooser.value = targets.includes(shown) || shown === NONE ? shown : ALL;
  }

  /** Another session: nothing has been said in it yet. */
  clear(repairs: Repairs): void {
    this.repairs = repairs;
    this.items.clear();
    this.empty.hidden = false;
  }

  draw(passage: Passage): void {
    if (passage.lines.size === 0) {
      this.items.remove(passage.segmentId);
    } else {
      const item = this.items.item(passage.segmentId);
      const final = [...passage.lines.values()].some((line) => line.final);
      const focused = item.querySelector(".tools")?.contains(document.activeElement) ? document.activeElement : null;
      item.className = final ? "passage" : "passage growing";
      item.replaceChildren(this.heard(passage), this.translations(passage));
      if (final) item.append(this.tools(passage));
      // Somebody is at its buttons: they stay there, though the line is new.
      if (focused) item.querySelector<HTMLElement>(`.${focused.className.split(" ")[0] ?? ""}`)?.focus();
      this.filter(item);
    }
    this.empty.hidden = this.items.size > 0;
    this.follower.grown();
  }

  private tools(passage: Passage): HTMLElement {
    const correct = make("button", { words: "speaker.correct", className: "correct small quiet", attributes: { type: "button" } });
    const retract = make("button", { words: "speaker.retract", className: "retract small quiet", attributes: { type: "button" } });
    correct.onclick = (): void => this.repairs?.correct(passage);
    retract.onclick = (): void => this.repairs?.retract(passage.segmentId);
    return make("div", { className: "tools" }, correct, retract);
  }

  private heard({ sourceText, sourceTail, typed }: Passage): HTMLElement {
    const heard = make("p", { className: "heard", attributes: this.inLanguage(this.source) });
    heard.append(make("span", { text: sourceText }));
    if (sourceTail) heard.append(" ", make("span", { text: sourceTail, className: "tail" }));
    if (!typed) return heard;
    return make("div", { className: "typed" }, heard, make("span", { words: "caption.typed", className: "mark" }));
  }

  private translations({ lines }: Passage): HTMLElement {
    const translations = make("dl");
    for (const tag of this.targets) {
      const line = lines.get(tag);
      if (line?.text) translations.append(this.translation(tag, line));
    }
    return translations;
  }

  private translation(tag: string, line: Line): HTMLElement {
    const name = make("dt", { text: tag, attributes: { dir: "ltr" } });
    const attributes = this.inLanguage(line.untranslated ? this.source : tag);
    const text = make("dd", { text: line.text, attributes, className: line.final ? "" : "tail" });
    if (line.untranslated) text.append(" ", make("span", { words: "caption.untranslated", className: "mark" }));
    if (line.condensed) text.append(" ", condensedMark());
    return make("div", { attributes: { "data-language": tag } }, name, text);
  }

  private inLanguage(tag: string): Record<string, string> {
    return { lang: tag, dir: direction(tag) };
  }

  private filter(item: HTMLElement): void {
    const shown = this.chooser.value;
    for (const row of item.querySelectorAll<HTMLElement>("[data-language]")) {
      row.hidden = shown !== ALL && row.dataset["language"] !== shown;
    }
  }
}
