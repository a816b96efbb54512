/** Films of a talk that is over: made when they are asked for, one language each. */

import { fetchFilm, getFilm, type Holder, makeFilm, Unreachable } from "../api";
import type { Film } from "../files";
import { make } from "../dom";
import { save } from "../save";
import { ownName } from "../tags";
import { complain, Trouble } from "../trouble";
import { tell } from "../words";

const LOOK_MS = 1000;
/** So many looks in a row may get no answer, at LOOK_MS: the film goes on being made while a network is away. */
const UNANSWERED = 60;

/** A button that makes the film, shows how far it is, and saves it. */
export function filmButton(holder: Holder, language: string, problem: HTMLElement): HTMLElement {
  const button = make("button", { text: "MP4", className: "small", attributes: { type: "button", "aria-label": `MP4: ${ownName(language)}` } });
  const bar = make("progress", { attributes: { max: "1", value: "0", "aria-label": `MP4: ${ownName(language)}` } });
  bar.hidden = true;
  button.onclick = async (): Promise<void> => {
    button.disabled = true;
    bar.hidden = false;
    try {
      const url = await made(holder, language, (share) => (bar.value = share));
      save(await fetchFilm(holder.clientId, url), `${holder.sessionId}-${language}.mp4`);
      tell(problem, null);
    } catch (error) {
      complain(problem, error);
    } finally {
      button.disabled = false;
      bar.hidden = true;
    }
  };
  return make("span", { className: "film" }, button, bar);
}

/** Resolves with the film's address when it is ready. */
async function made(holder: Holder, language: string, progress: (share: number) => void): Promise<string> {
  const filmId = await makeFilm(holder, language);
  for (;;) {
    const { state, share, url } = await look(holder.clientId, filmId);
    progress(share);
    if (state === "ready" && url) return url;
    if (state === "failed") throw new Trouble("speaker.film.failed");
    await new Promise((wake) => setTimeout(wake, LOOK_MS));
  }
}

async function look(clientId: string, filmId: string): Promise<Film> {
  for (let unanswered = 1; ; unanswered++) {
    try {
      return await getFilm(clientId, filmId);
    } catch (error) {
      if (!(error instanceof Unreachable) || unanswered === UNANSWERED) throw error;
      await new Promise((wake) => setTimeout(wake, LOOK_MS));
    }
  }
}
