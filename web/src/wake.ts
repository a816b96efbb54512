/** Keeps the screen on while a talk is followed or given. */

export class ScreenLight {
  private lock: WakeLockSentinel | undefined;
  private wanted = false;

  constructor() {
    // The browser takes the lock away from a page that is not seen.
    document.addEventListener("visibilitychange", () => void this.keep(this.wanted));
  }

  async keep(on: boolean): Promise<void> {
    this.wanted = on;
    if (!on) {
      await this.lock?.release();
      this.lock = undefined;
    } else if (!document.hidden && (this.lock === undefined || this.lock.released)) {
      // Refused on a low battery, missing on plain HTTP: the screen then goes off as it always does.
      this.lock = await navigator.wakeLock?.request("screen").catch(() => undefined);
    }
  }
}
