/** How a listener follows: with the avatar, by its sound, or by captions; and what this browser can do of it. */

import { tabs } from "../storage";

export type Mode = "none" | "avatar" | "sound" | "captions";

const KEY = "dragoman.mode";

/** What the browser plays. */
export interface Ability {
  readonly sound: boolean;
  readonly picture: boolean;
}

export function ability(): Ability {
  if (!("RTCPeerConnection" in window)) return { sound: false, picture: false };
  const codecs = RTCRtpReceiver.getCapabilities?.("video")?.codecs;
  // A browser that does not tell is asked by trying.
  return { sound: true, picture: codecs?.some(({ mimeType }) => mimeType.toLowerCase() === "video/h264") ?? true };
}

/** Captions need no tap: who chose them before is not asked again in this tab. */
export function rememberedMode(): Mode {
  return tabs.getItem(KEY) === "captions" ? "captions" : "none";
}

export function rememberMode(mode: Mode): void {
  tabs.setItem(KEY, mode);
}

/** How loud each of the two voices is: `balance` 0 is the translation alone, 1 the original alone. */
export function mix(balance: number, volume: number): { readonly translation: number; readonly original: number } {
  const share = (part: number): number => Math.max(0, Math.min(1, volume * Math.min(1, 2 * part)));
  return { translation: share(1 - balance), original: share(balance) };
}
