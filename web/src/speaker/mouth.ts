/** Whether what the microphone hears may be heard: muted, or only while a key is held. The floor's time goes on in silence. */

import { byId } from "../dom";

const KEY = "dragoman.pushToTalk";

export class Mouth {
  private readonly mute = byId("mute", HTMLButtonElement);
  private readonly talkKey = byId("talk-key", HTMLButtonElement);
  private readonly choice = byId("push-to-talk", HTMLInputElement);
  private muted = false;
  private held = false;

  constructor(private readonly changed: () => void) {
    this.choice.checked = localStorage.getItem(KEY) === "yes";
    this.choice.onchange = (): void => {
      localStorage.setItem(KEY, this.choice.checked ? "yes" : "no");
      this.draw();
    };
    this.mute.onclick = (): void => this.toggleMute();
    this.talkKey.onpointerdown = (event): void => {
      this.talkKey.setPointerCapture(event.pointerId);
      this.hold(true);
    };
    for (const sign of ["pointerup", "pointercancel", "blur"]) this.talkKey.addEventListener(sign, () => this.hold(false));
  }

  /** Nothing that the microphone hears goes out. */
  get closed(): boolean {
    return this.muted || (this.choice.checked && !this.held);
  }

  get byKey(): boolean {
    return this.choice.checked;
  }

  toggleMute(): void {
    this.muted = !this.muted;
    this.draw();
  }

  hold(on: boolean): void {
    if (this.held === on) return;
    this.held = on;
    this.draw();
  }

  /** The microphone is open, or not any more. */
  show(open: boolean): void {
    this.mute.hidden = !open;
    this.talkKey.hidden = !open || !this.choice.checked;
  }

  private draw(): void {
    this.mute.setAttribute("aria-pressed", String(this.muted));
    this.talkKey.setAttribute("aria-pressed", String(this.held));
    this.changed();
  }
}
