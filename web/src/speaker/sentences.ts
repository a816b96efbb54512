/** What the speaker is told about the floor: a sentence for every state. */

import type { Key, Values } from "../words";

/** The microphone on this page. */
export type Phase = "off" | "opening" | "on" | "closing";

export interface FloorSigns {
  readonly phase: Phase;
  /** The talk is on, as the server has it. */
  readonly active: boolean;
  /** It was on at some time. */
  readonly begun: boolean;
  readonly online: boolean;
  /** The microphone is open and gives silence. */
  readonly muted: boolean;
  /** Seconds of sound not sent yet. */
  readonly waiting: number;
  /** Seconds of sound that could not be kept. */
  readonly lost: number;
}

export interface Sentence {
  readonly key: Key;
  readonly values: Values;
}

export function sentence(signs: FloorSigns): Sentence {
  switch (signs.phase) {
    case "opening":
      return { key: "speaker.state.opening", values: {} };
    case "closing":
      return { key: "speaker.state.closing", values: {} };
    case "on":
      return onAir(signs);
    case "off":
      if (signs.active) return { key: "speaker.state.elsewhere", values: {} };
      return { key: signs.begun ? "speaker.state.paused" : "speaker.state.notStarted", values: {} };
  }
}

/** In steps of five seconds: each change is read out to whoever cannot see it. */
const about = (seconds: number): number => Math.floor(seconds / 5) * 5;

function onAir({ online, waiting, lost, muted }: FloorSigns): Sentence {
  const seconds = about(waiting);
  if (lost > 0) return { key: "speaker.state.losing", values: { count: lost } };
  if (!online) return seconds > 0 ? { key: "speaker.state.cut.kept", values: { count: seconds } } : { key: "speaker.state.cut", values: {} };
  if (seconds > 0) return { key: "speaker.state.catchingUp", values: { count: seconds } };
  return { key: muted ? "speaker.state.muted" : "speaker.state.onAir", values: {} };
}

export function toggleLabel({ phase, active, begun }: FloorSigns): Key {
  if (phase === "on" || phase === "closing") return "speaker.pause";
  if (active) return "speaker.useThis";
  return begun ? "speaker.goOn" : "speaker.start";
}
