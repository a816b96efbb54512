/** The history: everything that was said so far, to scroll, search, copy and keep. */

import { byId } from "../dom";
import type { Follower } from "../follow";
import { copy } from "../save";
import { showTranscripts } from "../transcripts";
import { tell } from "../words";
import type { SessionInfo } from "../wire";
import type { Captions } from "./captions";

export class History {
  private readonly panel = byId("history", HTMLElement);
  private readonly toggle = byId("history-toggle", HTMLButtonElement);
  private readonly search = byId("search", HTMLInputElement);
  private readonly searchToggle = byId("search-toggle", HTMLButtonElement);
  private readonly originals = byId("originals", HTMLButtonElement);
  private readonly found = byId("found", HTMLElement);
  private readonly copied = byId("copied", HTMLElement);
  private readonly downloads = byId("downloads", HTMLElement);
  private readonly downloadsToggle = byId("downloads-toggle", HTMLButtonElement);
  /** What there is to download; asked when it is wanted. */
  offer: () => { readonly session: SessionInfo; readonly passcode: string } | undefined = () => undefined;
  /** The listener wants the speaker's own words under the translation, or not any more. */
  onOriginals: (on: boolean) => void = () => undefined;

  constructor(
    private readonly captions: Captions,
    private readonly follower: Follower,
  ) {
    this.toggle.onclick = (): void => this.open(this.panel.hidden);
    byId("history-close", HTMLElement).onclick = (): void => {
      this.open(false);
      this.toggle.focus();
    };
    this.search.oninput = (): void => this.find();
    this.searchToggle.onclick = (): void => this.openSearch(this.search.hidden);
    this.originals.onclick = (): void => {
      const on = this.originals.getAttribute("aria-pressed") !== "true";
      this.originals.setAttribute("aria-pressed", String(on));
      this.onOriginals(on);
    };
    byId("copy", HTMLElement).onclick = (): void => void this.copy();
    this.downloadsToggle.onclick = (): void => this.showDownloads(this.downloads.hidden);
  }

  get isOpen(): boolean {
    return !this.panel.hidden;
  }

  open(on: boolean): void {
    this.panel.hidden = !on;
    this.toggle.setAttribute("aria-expanded", String(on));
    document.body.classList.toggle("with-history", on);
    // At what is said now, wherever it was left.
    if (on) this.follower.jump();
  }

  /** The captions have changed: what is looked for may be among them. */
  changed(): void {
    byId("nothing", HTMLElement).hidden = !this.captions.empty;
    if (this.search.value.trim()) this.find();
  }

  private openSearch(on: boolean): void {
    this.search.hidden = !on;
    this.searchToggle.setAttribute("aria-expanded", String(on));
    if (on) this.search.focus();
    else this.search.value = "";
    this.find();
  }

  private find(): void {
    const count = this.captions.find(this.search.value);
    tell(this.found, this.search.value.trim() ? "found" : null, { count });
    if (!this.search.value.trim()) this.follower.grown();
  }

  private async copy(): Promise<void> {
    const lines = [...document.querySelectorAll<HTMLElement>("#captions > li:not([hidden], .growing)")];
    const text = lines.map((line) => [...line.querySelectorAll("p")].map((one) => one.textContent).join("\n")).join("\n");
    tell(this.copied, (await copy(text)) ? "copied" : "notCopied");
  }

  private showDownloads(on: boolean): void {
    const offer = this.offer();
    if (!offer) return;
    if (on) showTranscripts(this.downloads, offer.session, offer.passcode);
    this.downloads.hidden = !on;
    this.downloadsToggle.setAttribute("aria-expanded", String(on));
  }
}
