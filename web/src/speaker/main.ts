/** The speaker's page. */

import { getSession } from "../api";
import { byId, say, showOnly } from "../dom";
import { complain, Refused } from "../trouble";
import { ScreenLight } from "../wake";
import { type Key, load, spokenHere, tell } from "../words";
import type { SessionInfo } from "../wire";
import { After } from "./after";
import { Desk } from "./desk";
import { Passages } from "./passages";
import { brought, forget, type Hosted, inSession, remember, remembered } from "./remembered";
import { Setup } from "./setup";
import { Shortcuts } from "./shortcuts";

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
const shortcuts = new Shortcuts();
const setup = new Setup(({ sessionInfo }, hosted) => {
  remember(hosted);
  sit(sessionInfo, hosted);
});
let again: ReturnType<typeof setTimeout> | undefined;

function show(view: keyof typeof views): void {
  clearTimeout(again);
  showOnly(views[view], Object.values(views));
  end.hidden = view !== "desk";
  atTheTop(views[view]);
  if (view !== "setup" && view !== "hall") return;
  say(byId("name", HTMLElement), "Dragoman");
  document.title = "Dragoman";
}

/** Whoever pressed a button that is gone now is at the heading of what came instead, not nowhere. */
function atTheTop(view: HTMLElement): void {
  scrollTo(0, 0);
  const heading = view.querySelector("h2");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

/** A sentence in place of the page, with the buttons that make sense. */
function wait(sentence: Key | { readonly error: unknown }, buttons: readonly HTMLElement[]): void {
  show("hall");
  const place = byId("hall-sentence", HTMLElement);
  if (typeof sentence === "string") tell(place, sentence);
  else complain(place, sentence.error);
  for (const button of [retry, startOver, which]) button.hidden = !buttons.includes(button);
  if (document.activeElement === document.body) buttons.find((button) => button instanceof HTMLButtonElement)?.focus();
}

function sit(session: SessionInfo, hosted: Hosted): void {
  show("desk");
  new Desk(session, hosted, passages, light, shortcuts, {
    over: (ended) => over(ended, hosted),
    away: (error) => wait({ error }, [retry, startOver]),
  });
}

function over(session: SessionInfo, hosted: Hosted): void {
  show("over");
  say(byId("name", HTMLElement), session.sessionName);
  document.title = session.sessionName;
  new After(session, hosted, () => {
    forget();
    wait("speaker.deleted", [startOver]);
  });
}

async function prepare(): Promise<void> {
  wait("oneMoment", []);
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
  wait("speaker.goingOn", []);
  let session: SessionInfo;
  try {
    session = await getSession(hosted.sessionId);
  } catch (error) {
    if (error instanceof Refused && (error.status === 404 || error.status === 400)) {
      forget();
      wait("speaker.gone", [startOver]);
    } else {
      tryLater(error, () => void goOn(hosted));
    }
    return;
  }
  if (session.ended) over(session, hosted);
  else sit(session, hosted);
}

function tryLater(error: unknown, action: () => void): void {
  wait({ error }, [retry]);
  again = setTimeout(action, AGAIN_MS);
}

function begin(): void {
  const guest = brought(location.hash);
  if (guest) {
    // The secret goes out of the address bar: it would be seen on a projector and kept in the history.
    history.replaceState(null, "", location.pathname);
    if (!guest.sessionId) {
      wait("speaker.which", [which, startOver]);
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

// A host's link that is opened where this page is already only changes the fragment.
addEventListener("hashchange", () => {
  if (brought(location.hash)) location.reload();
});
retry.onclick = begin;
startOver.onclick = anew;
byId("new", HTMLButtonElement).onclick = anew;
void load("speaker", spokenHere(navigator.languages)).then(begin);
