/** The presenters: pictures that come alive when they are looked at, and how the chosen one looks. */

import { byId, make } from "../dom";
import type { Avatar } from "../wire";

export interface Looks {
  readonly avatarCharacter?: string;
  readonly avatarStyle?: string;
  readonly backgroundColor?: string;
  readonly transparentBackground?: boolean;
  readonly videoCrop?: boolean;
}

export class Presenters {
  private readonly place = byId("avatars", HTMLElement);
  private readonly style = byId("avatar-style", HTMLSelectElement);
  private readonly background = byId("background", HTMLInputElement);
  private readonly ownBackground = byId("own-background", HTMLInputElement);
  private readonly transparent = byId("transparent", HTMLInputElement);
  private readonly crop = byId("crop", HTMLInputElement);
  private avatars: readonly Avatar[] = [];

  constructor() {
    this.place.addEventListener("change", () => this.chose());
    this.background.oninput = (): void => {
      this.ownBackground.checked = true;
    };
  }

  show(avatars: readonly Avatar[], before: Looks): void {
    this.avatars = avatars;
    const chosen = avatars.find(({ character }) => character === before.avatarCharacter) ?? avatars[0];
    this.place.replaceChildren(...avatars.map((avatar) => portrait(avatar, avatar === chosen)));
    this.chose();
    if (before.avatarStyle) this.style.value = before.avatarStyle;
    if (before.backgroundColor) this.background.value = before.backgroundColor;
    this.ownBackground.checked = before.backgroundColor !== undefined;
    this.transparent.checked = before.transparentBackground ?? false;
    this.crop.checked = before.videoCrop ?? false;
  }

  get looks(): Looks {
    const avatar = this.chosen;
    return {
      ...(avatar ? { avatarCharacter: avatar.character } : {}),
      ...(this.style.value ? { avatarStyle: this.style.value } : {}),
      ...(this.ownBackground.checked ? { backgroundColor: this.background.value } : {}),
      ...(this.transparent.checked ? { transparentBackground: true } : {}),
      ...(this.crop.checked ? { videoCrop: true } : {}),
    };
  }

  private get chosen(): Avatar | undefined {
    const value = this.place.querySelector<HTMLInputElement>("input:checked")?.value;
    return this.avatars.find(({ character }) => character === value);
  }

  private chose(): void {
    const styles = this.chosen?.styles ?? [];
    // Styles are names of the engine's, the same in every language.
    this.style.replaceChildren(...styles.map((text) => make("option", { text, attributes: { value: text } })));
    byId("style-field", HTMLElement).hidden = styles.length < 2;
  }
}

/** The moving picture lies over the still one, which stays for those who want no movement (speaker.css). */
function portrait({ character, name, preview, movingPreview }: Avatar, checked: boolean): HTMLElement {
  const input = make("input", { attributes: { type: "radio", name: "avatar", value: character } });
  input.checked = checked;
  const picture = (src: string, className: string): HTMLElement =>
    make("img", { className, attributes: { src, alt: "", width: "120", height: "120" } });
  const pictures = [picture(preview, "still"), ...(movingPreview ? [picture(movingPreview, "moving")] : [])];
  const frame = make("span", { className: "frame" }, ...pictures);
  return make("label", { className: "portrait" }, input, frame, make("span", { text: name, className: "portrait-name" }));
}
