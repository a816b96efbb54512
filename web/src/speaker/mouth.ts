/** Whether what the microphone hears may be heard: muted, or only while a key is held. The floor's time goes on in silence. */

import { byId } from "../dom";
import { browsers, tabs } from "../storage";

const KEY = "dragoman.pushToTalk";
/** In this tab's storage: the session in which it is muted. */
const MUTED = "dragoman.muted";

export class Mouth {
  private readonly mute = byId("mute", HTMLButtonElement);
  private readonly talkKey = byId("talk-key", HTMLButtonElement);
  private readonly choice = byId("push-to-talk", HTMLInputElement);
  private muted: boolean;
  private held = false;

  constructor(
    private readonly sessionId: string,
    private readonly changed: () => void,
  ) {
    this.muted = tabs.getItem(MUTED) === sessionId;
    this.sign();
    this.choice.checked = browsers.getItem(KEY) === "yes";
    this.choice.onchange = (): void => {
      browsers.setItem(KEY, this.choice.checked ? "yes" : "no");
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
    // A reload in mid-talk goes on by itself; nobody is heard by it who did not want to be.
    if (this.muted) tabs.setItem(MUTED, this.sessionId);
    else tabs.removeItem(MUTED);
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
    this.sign();
    this.changed();
  }

  private sign(): void {
    this.mute.setAttribute("aria-pressed", String(this.muted));
    this.talkKey.setAttribute("aria-pressed", String(this.held));
  }
}
