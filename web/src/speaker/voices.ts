/** A voice for each language that has more than one, each with a sentence to listen to. */

import { previewVoice } from "../api";
import { byId, icon, make } from "../dom";
import { complain } from "../trouble";
import { type Key, label, tell, type Values } from "../words";
import type { TargetLanguage } from "../wire";

export type Chosen = Readonly<Record<string, string>>;

export class Voices {
  private readonly place = byId("voices", HTMLElement);
  private readonly box = byId("voices-box", HTMLElement);
  private readonly problem = byId("voices-problem", HTMLElement);
  private readonly sound = new Audio();
  /** The sentence in memory that `sound` plays. */
  private address = "";

  /** What is chosen where the server's own choice, which goes with the presenter, is not wanted. */
  get chosen(): Record<string, string> {
    const fields = this.fields.filter(({ value }) => value !== "");
    return Object.fromEntries(fields.map(({ dataset, value }) => [dataset["language"] ?? "", value]));
  }

  /** Offers the voices of these languages; what was chosen stays, or is as `before`. */
  offer(languages: readonly TargetLanguage[], before: Chosen): void {
    // Back to the server's own is a choice, too.
    const chosen = new Map(this.fields.map(({ dataset, value }) => [dataset["language"], value]));
    const spoken = languages.filter(({ voices }) => voices.length > 0);
    this.place.replaceChildren(...spoken.map((language) => this.field(language, chosen.get(language.tag) ?? before[language.tag] ?? "")));
    this.box.hidden = spoken.length === 0;
    tell(this.problem, null);
  }

  private get fields(): readonly HTMLSelectElement[] {
    return [...this.place.querySelectorAll("select")];
  }

  private field({ tag, voices }: TargetLanguage, wanted: string): HTMLElement {
    const usual = make("option", { words: "speaker.voice.default", attributes: { value: "" } });
    const options = voices.map((voice, index) => {
      return make("option", { ...called(voice, voices.slice(0, index)), attributes: { value: voice } });
    });
    const select = make("select", { attributes: { "data-language": tag } }, usual, ...options);
    select.value = voices.includes(wanted) ? wanted : "";
    const name = make("span", { words: "speaker.voice", values: { language: { tag } } });
    const listen = make("button", { className: "tool", attributes: { type: "button" } }, icon("play"));
    listen.dataset["values"] = JSON.stringify({ language: { tag } });
    label(listen, "speaker.voice.listen");
    listen.onclick = (): void => void this.listen(listen, tag, select.value);
    return make("div", { className: "voice" }, make("label", { className: "field" }, name, select), listen);
  }

  private async listen(button: HTMLButtonElement, language: string, voice: string): Promise<void> {
    button.disabled = true;
    try {
      const sentence = await previewVoice(language, voice);
      URL.revokeObjectURL(this.address);
      this.sound.src = this.address = URL.createObjectURL(sentence);
      await this.sound.play();
      tell(this.problem, null);
    } catch (error) {
      complain(this.problem, error);
    } finally {
      button.disabled = false;
    }
  }
}

/** An engine's name of a voice as people would call it; `before`: those that stand before it in the list. */
export function called(voice: string, before: readonly string[]): { readonly text: string } | { readonly words: Key; readonly values: Values } {
  const variant = /\+([fm])\d+$/.exec(voice)?.[1];
  if (variant) {
    const number = before.filter((other) => other.includes(`+${variant}`)).length + 1;
    return { words: variant === "f" ? "speaker.voice.female" : "speaker.voice.male", values: { number } };
  }
  const person = /^([a-z]{2,3}(?:-[A-Z][A-Za-z]+|-[0-9]{3})+)-([A-Z][A-Za-z]*?)(?:Multilingual)?(?:Neural|:DragonHD\w*)$/.exec(voice);
  const [, tag, name] = person ?? [];
  return tag && name ? { words: "speaker.voice.named", values: { name, language: { tag } } } : { text: voice };
}
