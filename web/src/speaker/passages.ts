/** The talk as the speaker sees it: what was heard, and every translation under it. */

import { condensedMark } from "../condensed";
import { byId, make } from "../dom";
import { Follower } from "../follow";
import { OrderedItems } from "../ordered";
import { direction, fullName } from "../tags";
import type { Line, Passage } from "../talk";

const ALL = "*";
const NONE = "";

export class Passages {
  private readonly list = byId("passages", HTMLOListElement);
  private readonly items = new OrderedItems(this.list);
  private readonly follower = new Follower(byId("scroller", HTMLElement), byId("jump", HTMLButtonElement));
  private readonly chooser = byId("shown", HTMLSelectElement);
  private readonly empty = byId("empty", HTMLElement);
  private source = "";
  private targets: readonly string[] = [];

  constructor() {
    this.chooser.addEventListener("change", () => {
      for (const item of this.items.all) this.filter(item);
      this.follower.jump();
    });
  }

  /** The languages of the talk, also when one is added. */
  languages(source: string, targets: readonly string[]): void {
    this.source = source;
    this.targets = targets;
    const shown = this.chooser.options.length > 0 ? this.chooser.value : ALL;
    const choices = [
      [ALL, "all translations"],
      ...targets.map((tag) => [tag, fullName(tag)]),
      [NONE, "only what was said"],
    ] as const;
    this.chooser.replaceChildren(
      ...choices.map(([value = "", text = ""]) => make("option", { text, attributes: { value } })),
    );
    this.chooser.value = targets.includes(shown) || shown === NONE ? shown : ALL;
  }

  clear(): void {
    this.items.clear();
    this.empty.hidden = false;
  }

  draw(passage: Passage): void {
    if (passage.lines.size === 0) {
      this.items.remove(passage.segmentId);
    } else {
      const item = this.items.item(passage.segmentId);
      item.replaceChildren(this.heard(passage), this.translations(passage));
      item.className = [...passage.lines.values()].some((line) => line.final) ? "passage" : "passage growing";
      this.filter(item);
    }
    this.empty.hidden = this.items.size > 0;
    this.follower.grown();
  }

  private heard({ sourceText, sourceTail }: Passage): HTMLElement {
    const heard = make("p", { className: "heard", attributes: this.inLanguage(this.source) });
    heard.append(make("span", { text: sourceText }));
    if (sourceTail) heard.append(" ", make("span", { text: sourceTail, className: "tail" }));
    return heard;
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
    const name = make("dt", { text: tag, attributes: { title: fullName(tag) } });
    const attributes = this.inLanguage(line.untranslated ? this.source : tag);
    const text = make("dd", { text: line.text, attributes, className: line.final ? "" : "tail" });
    if (line.untranslated) text.append(" ", make("span", { text: "not translated", className: "mark" }));
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
