/** The controls: they fade when nobody needs them, come back at a touch, and say what the listener wants. */

import { byId } from "../dom";
import { browsers } from "../storage";
import type { Ability, Mode } from "./modes";
import { tell } from "../words";

/** How long they stay after the last touch. */
const REST_MS = 4000;
const CAPTIONS_KEY = "dragoman.captions";
const SIZE_KEY = "dragoman.captionSize";
const SIZES = [0.75, 0.875, 1, 1.3, 1.7];

interface FullVideo extends HTMLVideoElement {
  /** What an iPhone has in place of the real thing. */
  webkitEnterFullscreen?: () => void;
}

export class Controls {
  private readonly talk = byId("talk", HTMLElement);
  private readonly bar = byId("controls", HTMLElement);
  private readonly sheet = byId("more", HTMLElement);
  private readonly sheetToggle = byId("more-toggle", HTMLButtonElement);
  private readonly captionsToggle = byId("captions-toggle", HTMLButtonElement);
  private readonly size = byId("size", HTMLInputElement);
  private readonly video: FullVideo = byId("video", HTMLVideoElement);
  private readonly radios: readonly HTMLInputElement[];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    choose: (mode: Mode) => void,
    private readonly can: Ability,
  ) {
    this.radios = [...document.querySelectorAll<HTMLInputElement>("#modes input")];
    // A click, not a change: who presses what is chosen already wants it tried again, such as a picture that gave way.
    for (const radio of this.radios) radio.onclick = (): void => choose(radio.value as Mode);
    byId("watch", HTMLElement).onclick = (): void => choose(can.picture ? "avatar" : "sound");
    byId("sound-only", HTMLElement).onclick = (): void => choose("sound");
    byId("captions-only", HTMLElement).onclick = (): void => choose("captions");
    this.sheetToggle.onclick = (): void => this.openSheet(this.sheet.hidden);
    byId("more-close", HTMLElement).onclick = (): void => this.closeSheet();
    this.sheet.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.closeSheet();
    });
    this.captionsToggle.onclick = (): void => this.showCaptions(this.talk.dataset["captions"] === "off");
    this.showCaptions(browsers.getItem(CAPTIONS_KEY) !== "off");
    this.size.value = browsers.getItem(SIZE_KEY) ?? "3";
    this.size.oninput = (): void => this.resize();
    this.resize();
    this.pictureTools();
    for (const sign of ["pointermove", "pointerdown", "keydown", "focusin"]) document.addEventListener(sign, () => this.wake());
    this.abilities();
  }

  /** Puts everything in its place for this way of following. */
  mode(mode: Mode): void {
    this.talk.dataset["mode"] = mode;
    const before = mode === "none";
    const left = byId("start", HTMLElement).contains(document.activeElement);
    byId("start", HTMLElement).hidden = !before;
    this.bar.hidden = before;
    // One and the same field: what was begun to be chosen is not lost.
    byId(before ? "language-at-start" : "language-in-talk", HTMLElement).append(byId("language-field", HTMLElement));
    if (before) this.openSheet(false);
    for (const radio of this.radios) radio.checked = radio.value === mode;
    for (const id of ["mute", "full", "inset", "full-2", "inset-2", "captions-toggle"]) this.offer(id, mode);
    // Whoever pressed a button that is gone now is at the controls, not at the top of the page.
    if (left && !before) this.sheetToggle.focus();
    this.wake();
  }

  private offer(id: string, mode: Mode): void {
    const button = byId(id, HTMLButtonElement);
    if (id === "captions-toggle") button.hidden = mode === "captions";
    else if (id === "mute") button.hidden = mode === "captions";
    else if (id.startsWith("inset")) button.hidden = mode !== "avatar" || !document.pictureInPictureEnabled;
    else button.hidden = !document.fullscreenEnabled && !(mode === "avatar" && this.video.webkitEnterFullscreen);
  }

  /** What this browser cannot do is said before it is tried. */
  private abilities(): void {
    const { sound, picture } = this.can;
    tell(byId("limits", HTMLElement), !sound ? "listener.noWebRtc" : !picture ? "listener.noPicture" : null);
    byId("watch", HTMLElement).hidden = !sound;
    byId("sound-only", HTMLElement).hidden = !sound || !picture;
    tell(byId("watch-words", HTMLElement), picture ? "listener.watch" : "mode.sound");
    if (!sound) byId("captions-only", HTMLElement).classList.add("primary");
    for (const radio of this.radios) {
      radio.disabled = (radio.value === "avatar" && !picture) || (radio.value === "sound" && !sound);
    }
  }

  /** Somebody is there: the controls are seen, and go again when nothing happens. */
  wake(): void {
    clearTimeout(this.timer);
    document.body.classList.remove("resting");
    this.timer = setTimeout(() => this.rest(), REST_MS);
  }

  private rest(): void {
    const mode = this.talk.dataset["mode"];
    const needed = !this.sheet.hidden || this.bar.matches(":has(:focus-visible)") || this.bar.matches(":hover");
    // Over captions alone there is nothing that the controls would cover.
    if (needed || this.talk.hidden || mode === "none" || mode === "captions") this.wake();
    else document.body.classList.add("resting");
  }

  private openSheet(on: boolean): void {
    this.sheet.hidden = !on;
    this.sheetToggle.setAttribute("aria-expanded", String(on));
    if (on) this.sheet.querySelector<HTMLElement>("input:checked")?.focus();
  }

  private closeSheet(): void {
    this.openSheet(false);
    this.sheetToggle.focus();
  }

  private showCaptions(on: boolean): void {
    this.talk.dataset["captions"] = on ? "on" : "off";
    this.captionsToggle.setAttribute("aria-pressed", String(on));
    browsers.setItem(CAPTIONS_KEY, on ? "on" : "off");
  }

  private resize(): void {
    const scale = SIZES[Number(this.size.value) - 1] ?? 1;
    document.documentElement.style.setProperty("--caption-scale", String(scale));
    browsers.setItem(SIZE_KEY, this.size.value);
  }

  private pictureTools(): void {
    for (const id of ["full", "full-2"]) byId(id, HTMLElement).onclick = (): void => void this.fullScreen();
    for (const id of ["inset", "inset-2"]) byId(id, HTMLElement).onclick = (): void => void this.inset();
    document.addEventListener("fullscreenchange", () => {
      byId("full", HTMLElement).setAttribute("aria-pressed", String(document.fullscreenElement !== null));
    });
    this.video.addEventListener("enterpictureinpicture", () => this.pressed("inset", true));
    this.video.addEventListener("leavepictureinpicture", () => this.pressed("inset", false));
  }

  private pressed(id: string, on: boolean): void {
    byId(id, HTMLElement).setAttribute("aria-pressed", String(on));
  }

  /** Refusals of the browser change nothing on the page: it stays as it is. */
  private async fullScreen(): Promise<void> {
    if (document.fullscreenElement) await document.exitFullscreen().catch(() => undefined);
    else if (document.fullscreenEnabled) await document.documentElement.requestFullscreen().catch(() => undefined);
    else this.video.webkitEnterFullscreen?.();
  }

  private async inset(): Promise<void> {
    if (document.pictureInPictureElement) await document.exitPictureInPicture().catch(() => undefined);
    else await this.video.requestPictureInPicture().catch(() => undefined);
  }
}
