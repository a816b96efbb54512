/** What the speaker is told about the floor: a sentence for every state. */

/** The microphone on this page. */
export type Phase = "off" | "opening" | "on" | "closing";

export interface FloorSigns {
  readonly phase: Phase;
  /** The talk is on, as the server has it. */
  readonly active: boolean;
  /** It was on at some time. */
  readonly begun: boolean;
  readonly online: boolean;
  /** Seconds of sound not sent yet. */
  readonly waiting: number;
  /** Seconds of sound that could not be kept. */
  readonly lost: number;
}

export function sentence({ phase, active, begun, online, waiting, lost }: FloorSigns): string {
  switch (phase) {
    case "opening":
      return "Opening the microphone…";
    case "closing":
      return "Pausing… the last words are on their way.";
    case "on":
      return onAir(online, waiting) + (lost > 0 ? ` ${lost} s of speech could not be kept.` : "");
    case "off":
      if (active) return "The talk is on, but the microphone here is off.";
      return begun ? "Paused. Your listeners stay." : "Not started yet.";
  }
}

/** In steps of five seconds: each change is read out to whoever cannot see it. */
const about = (seconds: number): number => Math.floor(seconds / 5) * 5;

function onAir(online: boolean, waiting: number): string {
  const kept = about(waiting) > 0 ? ` (${about(waiting)} s)` : "";
  if (!online) return `The connection is lost. What you say is kept${kept} and sent when it is back.`;
  if (kept) return `Catching up: ${about(waiting)} s of speech are on their way.`;
  return "On air: your listeners hear and read what you say.";
}

export function toggleLabel({ phase, active, begun }: FloorSigns): string {
  if (phase === "on" || phase === "closing") return "Pause";
  if (active) return "Use this microphone";
  return begun ? "Go on" : "Start";
}
