/** The avatar's picture and its controls on the page. */

import { byId, say } from "../dom";
import type { Sign } from "./watching";

/** What is told to whoever brings the picture. */
export interface Remote {
  /** The listener wants picture and sound, or captions only. */
  want(media: boolean): void;
  /** The first picture is there. */
  begun(): void;
}

export class Screen {
  private readonly stage = byId("stage", HTMLElement);
  private readonly video = byId("video", HTMLVideoElement);
  private readonly cover = byId("cover", HTMLElement);
  private readonly watch = byId("watch", HTMLButtonElement);
  private readonly hear = byId("hear", HTMLButtonElement);
  private readonly mute = byId("mute", HTMLButtonElement);
  private readonly volume = byId("volume", HTMLInputElement);
  private readonly captionsOnly = byId("captions-only", HTMLButtonElement);

  constructor(remote: Remote, poster: string) {
    if (poster) this.video.poster = poster;
    this.video.onloadeddata = (): void => remote.begun();
    this.watch.onclick = (): void => {
      // Inside the click, before anything is awaited: this permits the element to sound from then on.
      this.play();
      remote.want(true);
      this.captionsOnly.focus();
    };
    this.captionsOnly.onclick = (): void => {
      remote.want(false);
      this.watch.focus();
    };
    this.hear.onclick = (): void => this.sound(true);
    this.mute.onclick = (): void => this.sound(this.video.muted);
    this.volume.oninput = (): void => {
      this.video.volume = Number(this.volume.value);
      this.sound(this.video.volume > 0);
    };
    byId("volume-field", HTMLElement).hidden = !this.canSetVolume();
  }

  /** Shows how it stands; `detail` is the server's word on it, `language` what no voice speaks. */
  show(sign: Sign, detail: string, language: string): void {
    this.stage.dataset["sign"] = sign;
    const on = sign !== "off" && sign !== "voiceless";
    say(this.cover, sentence(sign, detail));
    say(byId("voiceless", HTMLElement), sign === "voiceless" ? language : "");
    this.watch.hidden = sign !== "off";
    for (const control of document.querySelectorAll<HTMLElement>("[data-while=on]")) control.hidden = !on;
    for (const part of document.querySelectorAll<HTMLElement>("[data-while=voiced]")) part.hidden = sign === "voiceless";
    if (!on) this.hear.hidden = true;
  }

  /** What to show from now on; null shows the poster. */
  source(stream: MediaStream | null): void {
    this.video.srcObject = stream;
    if (stream) this.play();
  }

  private play(): void {
    this.video.play().catch((error: unknown) => {
      // The browser wants a click for sound: the picture goes on without it until there is one.
      if (!(error instanceof DOMException) || error.name !== "NotAllowedError" || this.video.muted) return;
      this.video.muted = true;
      this.hear.hidden = false;
      this.play();
    });
  }

  private sound(on: boolean): void {
    this.video.muted = !on;
    this.hear.hidden = true;
    this.mute.setAttribute("aria-pressed", String(!on));
    if (on && this.video.volume === 0) this.video.volume = Number((this.volume.value = "0.5"));
    if (this.video.srcObject) this.play();
  }

  /** On some phones only the keys at the side do. */
  private canSetVolume(): boolean {
    const before = this.video.volume;
    this.video.volume = 0.5;
    const can = this.video.volume === 0.5;
    this.video.volume = before;
    return can;
  }
}

/** What stands over the picture; nothing while it moves. */
function sentence(sign: Sign, detail: string): string {
  switch (sign) {
    case "connecting":
      return detail || "Connecting…";
    case "interrupted":
      return detail || "Interrupted. Picture and sound come back by themselves.";
    case "frozen":
      return "The picture stands still. The sound goes on.";
    case "refused":
      return detail;
    default:
      return "";
  }
}
