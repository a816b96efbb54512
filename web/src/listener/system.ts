/** What the phone around the page is told: what plays, and how to stop it from a locked screen. */

/** Other pages of this browser that hear of a translation that sounds here: a speaker's microphone would hear it too. */
const CHANNEL = "dragoman.sound";
const AGAIN_MS = 2000;

export class SystemMedia {
  private readonly channel = "BroadcastChannel" in window ? new BroadcastChannel(CHANNEL) : undefined;
  private sounding = false;

  constructor() {
    setInterval(() => {
      if (this.sounding) this.channel?.postMessage("sounds");
    }, AGAIN_MS);
  }

  /** Sound is coming out, or not any more. */
  sounds(on: boolean): void {
    this.sounding = on;
    if ("mediaSession" in navigator) navigator.mediaSession.playbackState = on ? "playing" : "paused";
  }

  /** What stands on a locked screen. `mute` is asked for by its buttons. */
  describe(title: string, artist: string, picture: string, mute: (on: boolean) => void): void {
    if (!("mediaSession" in navigator)) return;
    const artwork = picture ? [{ src: picture, sizes: "512x512", type: "image/svg+xml" }] : [];
    navigator.mediaSession.metadata = new MediaMetadata({ title, artist, artwork });
    navigator.mediaSession.setActionHandler("play", () => mute(false));
    navigator.mediaSession.setActionHandler("pause", () => mute(true));
  }
}
