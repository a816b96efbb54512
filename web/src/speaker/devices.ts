/** The microphone chooser. The choice is kept for the next visit. */

import { byId, make } from "../dom";
import { devices } from "./microphone";

const KEY = "dragoman.microphone";

export class DeviceChooser {
  private readonly chooser = byId("device", HTMLSelectElement);

  constructor(changed: () => void) {
    this.chooser.onchange = (): void => {
      localStorage.setItem(KEY, this.chooser.value);
      changed();
    };
    // A page that came over plain HTTP has no devices.
    if (window.isSecureContext) navigator.mediaDevices.ondevicechange = (): void => void this.refresh();
    void this.refresh();
  }

  /** Empty for whatever the browser takes by itself. */
  get chosen(): string {
    return this.chooser.value;
  }

  /** Asks anew what there is. Names appear once a microphone has been allowed. */
  async refresh(): Promise<void> {
    const wanted = this.chooser.value || (localStorage.getItem(KEY) ?? "");
    const found = await devices();
    const options = found.map(({ id, label }, index) => {
      const named = label ? { text: label } : ({ words: "speaker.device.number", values: { number: index + 1 } } as const);
      return make("option", { ...named, attributes: { value: id } });
    });
    this.chooser.replaceChildren(make("option", { words: "speaker.device.default", attributes: { value: "" } }), ...options);
    this.chooser.value = found.some(({ id }) => id === wanted) ? wanted : "";
  }

  /** The chosen one is gone: back to the default. */
  reset(): void {
    this.chooser.value = "";
  }
}
