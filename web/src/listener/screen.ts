/** The avatar's picture and what is written over it; its sound, and that of the floor beside it. */

import { byId } from "../dom";
import { type Key, tell } from "../words";
import { mix } from "./modes";
import type { Channel } from "./player";
import type { Sign } from "./watching";

const SAYING: Readonly<Partial<Record<Sign, Key>>> = {
  connecting: "connection.connecting",
  interrupted: "listener.interrupted",
  frozen: "listener.frozen",
  blocked: "listener.blocked",
};

export class Screen {
  private readonly stage = byId("stage", HTMLElement);
  private readonly video = byId("video", HTMLVideoElement);
  private readonly floor = byId("floor-sound", HTMLAudioElement);
  private readonly cover = byId("cover", HTMLElement);
  private readonly hear = byId("hear", HTMLButtonElement);
  private readonly mute = byId("mute", HTMLButtonElement);
  private readonly volume = byId("volume", HTMLInputElement);
  private readonly balance = byId("balance", HTMLInputElement);
  /** The first picture is there. */
  onPicture: () => void = () => undefined;
  /** The listener may want to hear the floor now, or not any more. */
  onFloor: () => void = () => undefined;
  /** Sound is switched on or off. */
  onSound: (on: boolean) => void = () => undefined;

  constructor() {
    this.video.onloadeddata = (): void => this.onPicture();
    this.hear.onclick = (): void => this.sound(true);
    this.mute.onclick = (): void => this.sound(this.video.muted);
    this.volume.oninput = (): void => {
      this.mixed();
      this.sound(Number(this.volume.value) > 0);
    };
    this.balance.oninput = (): void => {
      this.mixed();
      this.onFloor();
    };
    // On some phones only the keys at the side change how loud it is.
    const adjustable = this.canSetVolume();
    byId("volume-field", HTMLElement).hidden = !adjustable;
    byId("balance-field", HTMLElement).hidden = !adjustable;
    this.video.addEventListener("enterpictureinpicture", () => (this.stage.dataset["inset"] = "on"));
    this.video.addEventListener("leavepictureinpicture", () => delete this.stage.dataset["inset"]);
  }

  poster(picture: string): void {
    if (picture) this.video.poster = picture;
  }

  get muted(): boolean {
    return this.video.muted;
  }

  get wantsFloor(): boolean {
    return Number(this.balance.value) > 0;
  }

  /** Shows how it stands; `reason` is why there is nothing, `channel` what no voice speaks, `weak`: without its picture. */
  show(sign: Sign, reason: Key | null, channel: Channel, weak: boolean): void {
    this.stage.dataset["sign"] = sign;
    const key = sign === "refused" ? reason : sign === "playing" && weak ? "listener.weak" : (reason ?? SAYING[sign] ?? null);
    const silent = sign === "off" || sign === "voiceless" || (sign === "playing" && !weak);
    tell(this.cover, silent ? null : key);
    const voiceless = byId("voiceless", HTMLElement);
    tell(voiceless, sign === "voiceless" ? channel.instead : null, { language: { tag: channel.language } });
    if (sign === "off" || sign === "voiceless") this.hear.hidden = true;
  }

  /** What to show from now on; null shows the poster. */
  source(stream: MediaStream | null): void {
    this.video.srcObject = stream;
    if (stream) this.play();
    else this.video.load();
  }

  /** What was shown has ended: its last picture would turn black. A small window of its own would close, and is left. */
  gone(): void {
    if (document.pictureInPictureElement !== this.video && this.video.srcObject) this.source(null);
  }

  /** Called inside the listener's click, before anything is awaited: this permits the elements to sound from then on. */
  permit(): void {
    this.play();
    void this.floor.play().catch(() => undefined);
  }

  floorTrouble(key: Key | null): void {
    tell(byId("balance-note", HTMLElement), key);
    this.balance.disabled = key === "balance.none";
    if (key === "balance.none") {
      this.balance.value = "0";
      this.mixed();
    }
  }

  sound(on: boolean): void {
    this.video.muted = this.floor.muted = !on;
    this.hear.hidden = true;
    this.mute.setAttribute("aria-pressed", String(!on));
    this.mute.querySelector("use")?.setAttribute("href", on ? "#icon-sound" : "#icon-silent");
    if (on && Number(this.volume.value) === 0) {
      this.volume.value = "0.5";
      this.mixed();
    }
    if (this.video.srcObject) this.play();
    this.onSound(on);
  }

  private mixed(): void {
    const { translation, original } = mix(Number(this.balance.value), Number(this.volume.value));
    this.video.volume = translation;
    this.floor.volume = original;
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

  private canSetVolume(): boolean {
    const before = this.video.volume;
    this.video.volume = 0.5;
    const can = this.video.volume === 0.5;
    this.video.volume = before;
    return can;
  }
}
