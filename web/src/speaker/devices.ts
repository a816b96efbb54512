/** The microphone chooser. The choice is kept for the next visit; while a microphone is open, that one is shown. */

import { byId, make } from "../dom";
import { browsers } from "../storage";
import { type Choice, devices, Microphone } from "./microphone";
import type { Heard } from "./worklet";

const KEY = "dragoman.microphone";

export class DeviceChooser {
  private readonly chooser = byId("device", HTMLSelectElement);
  /** What the chooser shows for each that is open: the one that was opened last counts. */
  private readonly open = new Map<Microphone, string>();
  /** The browser tells which microphones there are. */
  private named = false;
  private readonly users: (() => void)[] = [];

  constructor() {
    this.chooser.onchange = (): void => {
      browsers.setItem(KEY, this.chooser.value);
      for (const changed of this.users) changed();
    };
    // A page that came over plain HTTP has no devices.
    if (window.isSecureContext) navigator.mediaDevices.ondevicechange = (): void => void this.refresh();
    void this.refresh();
  }

  /** `changed`: another one has been chosen. */
  watch(changed: () => void): void {
    this.users.push(changed);
  }

  /** Opens the chosen microphone, as Microphone.open does. */
  async listen(heard: (chunk: Heard) => void, lost: () => void): Promise<Microphone> {
    const choice = this.chosen;
    const opened = await Microphone.open(choice, heard, lost);
    this.open.set(opened, choice.exact || choice.id === opened.device ? choice.id : "");
    opened.closed = (): void => {
      if (this.open.delete(opened)) void this.refresh();
    };
    void this.refresh();
    return opened;
  }

  /** Before one has been allowed the browser names none, and opens the remembered one all the same if it is there. */
  private get chosen(): Choice {
    const { value } = this.chooser;
    return value || this.named ? { id: value, exact: true } : { id: browsers.getItem(KEY) ?? "", exact: false };
  }

  /** Asks anew what there is. Names appear once a microphone has been allowed. */
  private async refresh(): Promise<void> {
    const found = await devices();
    const options = found.map(({ id, label }, index) => {
      const named = label ? { text: label } : ({ words: "speaker.device.number", values: { number: index + 1 } } as const);
      return make("option", { ...named, attributes: { value: id } });
    });
    const wanted = [...this.open.values()].at(-1) ?? (this.chooser.value || (browsers.getItem(KEY) ?? ""));
    this.named = found.length > 0;
    this.chooser.replaceChildren(make("option", { words: "speaker.device.default", attributes: { value: "" } }), ...options);
    this.chooser.value = found.some(({ id }) => id === wanted) ? wanted : "";
  }

  /** The chosen one is gone: back to the default. */
  reset(): void {
    this.chooser.value = "";
  }
}
