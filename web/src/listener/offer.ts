/** What the server says about its languages and presenters. The talk matters more: it goes on without this. */

import { getAvatars, getLanguages } from "../api";
import { englishName } from "../tags";
import type { Avatar, SessionInfo, TargetLanguage } from "../wire";
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
  describe(language: string, session: SessionInfo): string {
    if (language === session.sourceLanguage) return "Automatic captions: they can be wrong.";
    if (this.languages.get(language)?.quality === "gist") {
      return "Machine translation, gist quality: it gives the sense and makes mistakes.";
    }
    return "Machine translation: it can be wrong.";
  }

  /** Whether there is an avatar in this language. Where the server did not say it is tried. */
  channel(language: string, session: SessionInfo): Channel {
    if (language === session.sourceLanguage) {
      return { voiced: false, instead: "The speaker's own words come as captions only." };
    }
    const voiced = this.languages.get(language)?.voices.length !== 0;
    return { voiced, instead: `No voice on this server speaks ${englishName(language)}: captions only.` };
  }

  /** A picture of the session's presenter, empty where none is known. */
  poster(session: SessionInfo): string {
    const chosen = this.avatars.find(({ character }) => character === session.avatarCharacter) ?? this.avatars[0];
    return chosen?.preview ?? "";
  }
}
