/** Says calmly how the connection is: a short cut is nobody's business. */

const PATIENCE_MS = 1000;

export type Connection = "connecting" | "connected" | "lost";

const SENTENCES: Readonly<Record<Connection, string>> = {
  connecting: "Connecting…",
  connected: "Connected",
  lost: "Reconnecting… nothing will be missed",
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
    this.sign.hidden = false;
    this.sign.dataset["state"] = state;
    this.sign.textContent = SENTENCES[state];
  }
}
