/** "They hear": a list of languages to search in and to choose many from. */

import { byId, make } from "../dom";
import { ownName } from "../tags";
import { label, languageName, tell, type Key, type Values } from "../words";
import type { TargetLanguage } from "../wire";

/** With more than this many a field to search in is worth its place. */
const FEW = 8;

export class Targets {
  private readonly list = byId("target-languages", HTMLElement);
  private readonly chips = byId("chosen-languages", HTMLElement);
  private readonly search = byId("language-search", HTMLInputElement);
  private readonly none = byId("language-none", HTMLElement);
  private readonly problem = byId("targets-problem", HTMLElement);
  private languages: readonly TargetLanguage[] = [];

  constructor(private readonly changed: () => void) {
    this.search.oninput = (): void => this.sift();
    this.list.addEventListener("change", () => this.choice());
    this.search.onkeydown = (event): void => {
      if (event.key !== "Enter") return;
      // The first that fits, as with every list that one searches.
      event.preventDefault();
      const first = this.list.querySelector<HTMLInputElement>(".choice:not([hidden]) input");
      if (this.search.value.trim() && first) first.click();
    };
  }

  show(languages: readonly TargetLanguage[], chosen: readonly string[]): void {
    this.languages = languages;
    this.list.replaceChildren(...languages.map((language) => choice(language, chosen.includes(language.tag))));
    this.search.hidden = languages.length <= FEW;
    tell(byId("quality-note", HTMLElement), languages.length === 0 ? "targets.noneHere" : legend(languages));
    this.choice();
  }

  get chosen(): readonly string[] {
    return [...this.list.querySelectorAll<HTMLInputElement>("input:checked")].map(({ value }) => value);
  }

  /** The chosen languages as the server offers them. */
  get offers(): readonly TargetLanguage[] {
    const { chosen } = this;
    return this.languages.filter(({ tag }) => chosen.includes(tag));
  }

  /** Whether at least one is chosen; says so at the field if not. */
  check(): boolean {
    const ok = this.chosen.length > 0;
    tell(this.problem, ok ? null : "targets.atLeastOne");
    if (!ok) this.list.querySelector("input")?.focus();
    return ok;
  }

  private choice(): void {
    if (this.chosen.length > 0) tell(this.problem, null);
    const chips = this.offers.map(({ tag }) => {
      const button = make("button", { words: "languageName", values: { language: { tag } }, className: "chip", attributes: { type: "button" } });
      label(button, "targets.remove", "wordsTitle");
      button.onclick = (): void => this.remove(tag);
      return make("li", {}, button);
    });
    this.chips.replaceChildren(...chips);
    // A short list shows by itself what is chosen in it.
    this.chips.hidden = this.search.hidden || chips.length === 0;
    this.changed();
  }

  private remove(tag: string): void {
    const input = [...this.list.querySelectorAll("input")].find(({ value }) => value === tag);
    if (input) input.checked = false;
    this.choice();
    this.search.focus();
  }

  private sift(): void {
    const wanted = this.search.value.trim().toLocaleLowerCase();
    let found = 0;
    for (const item of this.list.querySelectorAll<HTMLElement>(".choice")) {
      const tag = item.dataset["tag"] ?? "";
      const names = `${tag} ${ownName(tag)} ${languageName(tag)}`.toLocaleLowerCase();
      item.hidden = !names.includes(wanted);
      if (!item.hidden) found += 1;
    }
    tell(this.none, found === 0 ? "targets.notFound" : null);
  }
}

/** What the marks of the languages mean. */
function legend(languages: readonly TargetLanguage[]): Key | null {
  const gist = languages.some(({ quality }) => quality === "gist");
  const relay = languages.some((language) => language.relay !== null);
  return gist && relay ? "targets.gistAndRelay" : gist ? "targets.gist" : relay ? "targets.relay" : null;
}

function choice({ tag, quality, relay, voices, engine }: TargetLanguage, checked: boolean): HTMLElement {
  const input = make("input", { attributes: { type: "checkbox", value: tag } });
  input.checked = checked;
  const own = make("span", { text: ownName(tag), attributes: { lang: tag, dir: "auto" } });
  const here = make("span", { words: "languageName", values: { language: { tag } }, className: "here" });
  const mark = (words: Key, values: Values = {}): HTMLElement => make("span", { words, values, className: "mark" });
  const marks = [
    ...(quality === "gist" ? [mark("mark.gist")] : []),
    ...(relay === null ? [] : [mark("mark.relay", { language: { tag: relay } })]),
    ...(voices.length === 0 ? [mark("mode.captions")] : []),
    ...(engine ? [make("span", { text: engine, className: "mark" })] : []),
  ];
  const name = make("span", { className: "choice-name" }, own, here);
  const item = make("label", { className: "choice" }, input, name, make("span", { className: "marks" }, ...marks));
  item.dataset["tag"] = tag;
  return item;
}
