/** Says calmly how the connection is: a short cut is nobody's business. */

const PATIENCE_MS = 1000;

export type Connection = "connecting" | "connected" | "lost";

export class ConnectionSign {
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `comfort` is what to know while the connection is away. */
  constructor(
    private readonly sign: HTMLElement,
    private readonly comfort = "",
  ) {}

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
    this.sign.textContent = this.sentence(state);
  }

  private sentence(state: Connection): string {
    switch (state) {
      case "connecting":
        return "Connecting…";
      case "connected":
        return "Connected";
      case "lost":
        return `Reconnecting… ${this.comfort}`.trim();
    }
  }
}
