/** What the server says about its languages and presenters. The talk matters more: it goes on without this. */

import { getAvatars, getLanguages } from "../api";
import { floorOf } from "../languages";
import type { Avatar, SessionInfo, TargetLanguage } from "../wire";
import type { Key } from "../words";
import type { Channel } from "./player";

export class Offer {
  private constructor(
    private readonly languages: ReadonlyMap<string, TargetLanguage>,
    private readonly avatars: readonly Avatar[],
  ) {}

  static async ask(): Promise<Offer> {
    const [languages, avatars] = await Promise.all([
      getLanguages().catch(() => undefined),
      getAvatars().catch(() => undefined),
    ]);
    return new Offer(new Map(languages?.targetLanguages.map((one) => [one.tag, one])), avatars ?? []);
  }

  /** What is said about a language's captions. */
  describe(language: string, session: SessionInfo): Key {
    if (language === floorOf(session)) return "quality.automatic";
    return this.languages.get(language)?.quality === "gist" ? "quality.gist" : "quality.machine";
  }

  /** Whether there is an avatar in this language. Where the server did not say it is tried. */
  channel(language: string, session: SessionInfo): Channel {
    if (language === floorOf(session)) return { voiced: false, instead: "listener.ownWords", language };
    const voiced = this.languages.get(language)?.voices.length !== 0;
    return { voiced, instead: "listener.noVoice", language };
  }

  /** A picture of the session's presenter, empty where none is known. */
  poster(session: SessionInfo): string {
    const chosen = this.avatars.find(({ character }) => character === session.avatarCharacter) ?? this.avatars[0];
    return chosen?.preview ?? "";
  }
}
