/** The keys of the desk; `?` shows them. They rest while somebody types. */

import { byId } from "../dom";
import type { Floor } from "./floor";

/** What the keys do that is not the floor's. */
export interface Hands {
  readonly floor: Floor;
  type(): void;
}

const WRITING = "input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]";
/** Whatever has a use of its own for Space. */
const PRESSED = "button:not(#talk-key), summary, a, label";

export class Shortcuts {
  private readonly help = byId("help-dialog", HTMLDialogElement);
  private hands: Hands | undefined;
  /** The error that was shown last. */
  private shown = -1;

  constructor() {
    document.addEventListener("keydown", (event) => this.pressed(event));
    document.addEventListener("keyup", ({ key }) => {
      if (key === " ") this.hands?.floor.mouth.hold(false);
    });
    // The key is let go where this page does not hear of it.
    addEventListener("blur", () => this.hands?.floor.mouth.hold(false));
    byId("help", HTMLElement).onclick = (): void => this.help.showModal();
    byId("help-close", HTMLElement).onclick = (): void => this.help.close();
  }

  /** From here on the keys are for this desk; undefined: for none. */
  serve(hands: Hands | undefined): void {
    this.hands = hands;
  }

  private pressed(event: KeyboardEvent): void {
    const target = event.target instanceof Element ? event.target : null;
    if (event.ctrlKey || event.metaKey || event.altKey || target?.closest(WRITING)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "?") return this.take(event, () => this.help.showModal());
    const { hands } = this;
    if (!hands) return;
    switch (event.key.toLowerCase()) {
      case "s":
        return this.take(event, () => hands.floor.press());
      case "m":
        return this.take(event, () => hands.floor.mouth.toggleMute());
      case "t":
        return this.take(event, () => hands.type());
      case "e":
        return this.take(event, () => this.nextError());
      case "p":
        return this.take(event, () => byId("project", HTMLButtonElement).click());
      case " ":
        if (!hands.floor.mouth.byKey || target?.closest(PRESSED)) return;
        return this.take(event, () => hands.floor.mouth.hold(true));
    }
  }

  private take(event: KeyboardEvent, action: () => void): void {
    event.preventDefault();
    if (!event.repeat) action();
  }

  private nextError(): void {
    const errors = [...document.querySelectorAll<HTMLElement>("#desk :is(.problem, .warning):not([hidden])")];
    const seen = errors.filter((error) => error.getClientRects().length > 0);
    const next = seen[(this.shown + 1) % Math.max(1, seen.length)];
    if (!next) return;
    this.shown = seen.indexOf(next);
    next.tabIndex = -1;
    next.focus();
    next.scrollIntoView({ block: "center" });
  }
}
