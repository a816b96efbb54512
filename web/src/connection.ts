/** Says calmly how the connection is: a short cut is nobody's business. */

import { type Key, tell } from "./words";

const PATIENCE_MS = 1000;

export type Connection = "connecting" | "connected" | "lost";

const SENTENCES: Readonly<Record<Connection, Key>> = {
  connecting: "connection.connecting",
  connected: "connection.connected",
  lost: "connection.lost",
};

export class ConnectionSign {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly sign: HTMLElement) {}

  show(state: Connection): void {
    clearTimeout(this.timer);
    if (state === "lost") this.timer = setTimeout(() => this.write(state), PATIENCE_MS);
    else this.write(state);
  }

  hide(): void {
    clearTimeout(this.timer);
    this.sign.hidden = true;
  }

  private write(state: Connection): void {
    this.sign.dataset["state"] = state;
    tell(this.sign, SENTENCES[state]);
  }
}
