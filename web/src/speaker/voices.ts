/** A voice for each language that has more than one, each with a sentence to listen to. */

import { previewVoice } from "../api";
import { byId, icon, make } from "../dom";
import { complain } from "../trouble";
import { label, tell } from "../words";
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
    const fields = [...this.place.querySelectorAll("select")].filter(({ value }) => value !== "");
    return Object.fromEntries(fields.map(({ dataset, value }) => [dataset["language"] ?? "", value]));
  }

  /** Offers the voices of these languages; what was chosen stays, or is as `before`. */
  offer(languages: readonly TargetLanguage[], before: Chosen): void {
    const { chosen } = this;
    const spoken = languages.filter(({ voices }) => voices.length > 0);
    this.place.replaceChildren(...spoken.map((language) => this.field(language, chosen[language.tag] ?? before[language.tag] ?? "")));
    this.box.hidden = spoken.length === 0;
    tell(this.problem, null);
  }

  private field({ tag, voices }: TargetLanguage, wanted: string): HTMLElement {
    const usual = make("option", { words: "speaker.voice.default", attributes: { value: "" } });
    const options = voices.map((voice) => make("option", { text: voice, attributes: { value: voice } }));
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
