/** The speaker's page. */

import { getSession, Refused } from "../api";
import { byId, say, showOnly } from "../dom";
import { showTranscripts } from "../transcripts";
import { ScreenLight } from "../wake";
import type { SessionInfo } from "../wire";
import { Desk } from "./desk";
import { Passages } from "./passages";
import { brought, forget, type Hosted, inSession, remember, remembered } from "./remembered";
import { Setup } from "./setup";

const AGAIN_MS = 3000;

const views = {
  hall: byId("hall", HTMLElement),
  setup: byId("setup", HTMLElement),
  desk: byId("desk", HTMLElement),
  over: byId("over", HTMLElement),
};
const end = byId("end", HTMLButtonElement);
const retry = byId("retry", HTMLButtonElement);
const startOver = byId("start-over", HTMLButtonElement);
const which = byId("which-form", HTMLFormElement);

const passages = new Passages();
const light = new ScreenLight();
const setup = new Setup(({ sessionInfo }, hosted) => {
  remember(hosted);
  sit(sessionInfo, hosted);
});
let again: ReturnType<typeof setTimeout> | undefined;

function show(view: keyof typeof views): void {
  clearTimeout(again);
  showOnly(views[view], Object.values(views));
  end.hidden = view !== "desk";
  if (view === "setup" || view === "hall") byId("name", HTMLElement).textContent = "Dragoman";
}

/** A sentence in place of the page, with the buttons that make sense. */
function wait(sentence: string, buttons: readonly HTMLElement[]): void {
  show("hall");
  say(byId("hall-sentence", HTMLElement), sentence);
  for (const button of [retry, startOver, which]) button.hidden = !buttons.includes(button);
}

function sit(session: SessionInfo, hosted: Hosted): void {
  show("desk");
  new Desk(session, hosted, passages, light, {
    over: (ended) => over(ended, hosted),
    away: (sentence) => wait(sentence, [retry, startOver]),
  });
}

function over(session: SessionInfo, hosted: Hosted): void {
  show("over");
  byId("name", HTMLElement).textContent = session.sessionName;
  showTranscripts(byId("transcripts", HTMLElement), session, hosted.passcode);
}

async function prepare(): Promise<void> {
  wait("One moment…", []);
  try {
    await setup.prepare();
  } catch (error) {
    tryLater(error, () => void prepare());
    return;
  }
  show("setup");
  setup.focus();
}

async function goOn(hosted: Hosted): Promise<void> {
  wait("Going on with your session…", []);
  let session: SessionInfo;
  try {
    session = await getSession(hosted.sessionId);
  } catch (error) {
    if (error instanceof Refused && (error.status === 404 || error.status === 400)) {
      forget();
      wait("The session of this device does not exist any more.", [startOver]);
    } else {
      tryLater(error, () => void goOn(hosted));
    }
    return;
  }
  if (session.ended) over(session, hosted);
  else sit(session, hosted);
}

function tryLater(error: unknown, action: () => void): void {
  const reason = error instanceof Error ? error.message : "Something went wrong.";
  wait(`${reason} This page tries again by itself.`, [retry]);
  again = setTimeout(action, AGAIN_MS);
}

function begin(): void {
  const guest = brought(location.hash);
  if (guest) {
    // The secret goes out of the address bar: it would be seen on a projector and kept in the history.
    history.replaceState(null, "", location.pathname);
    if (!guest.sessionId) {
      wait("Which session do you want to go on with?", [which, startOver]);
      which.onsubmit = (event): void => {
        event.preventDefault();
        take(inSession(guest, byId("which", HTMLInputElement).value));
      };
      return;
    }
    take(guest);
    return;
  }
  const hosted = remembered();
  if (hosted) void goOn(hosted);
  else void prepare();
}

function take(hosted: Hosted): void {
  remember(hosted);
  void goOn(hosted);
}

function anew(): void {
  forget();
  void prepare();
}

retry.onclick = begin;
startOver.onclick = anew;
byId("new", HTMLButtonElement).onclick = anew;
begin();
