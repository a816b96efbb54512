/** Notices that a translation sounds on this device, where the microphone would hear it and interpret it again. */

import { byId } from "../dom";
import { type Key, tell } from "../words";

/** The listener's page of the same browser says so every two seconds (listener/system.ts). */
const CHANNEL = "dragoman.sound";
const FORGOTTEN_MS = 5000;

export class Loudspeakers {
  private readonly note = byId("device-note", HTMLElement);
  private readonly channel = "BroadcastChannel" in window ? new BroadcastChannel(CHANNEL) : undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private sounding = false;
  private fault: Key | null = null;

  constructor() {
    if (this.channel) this.channel.onmessage = (): void => this.heard();
  }

  /** What is wrong with the microphone itself goes before. */
  show(fault: Key | null): void {
    this.fault = fault;
    tell(this.note, fault ?? (this.sounding ? "level.loudspeaker" : null));
  }

  private heard(): void {
    clearTimeout(this.timer);
    this.sounding = true;
    this.show(this.fault);
    this.timer = setTimeout(() => {
      this.sounding = false;
      this.show(this.fault);
    }, FORGOTTEN_MS);
  }
}
