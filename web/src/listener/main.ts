/** The listener's page. */

import { getSession } from "../api";
import { byId, say } from "../dom";
import { tabsClientId } from "../identity";
import { floorOf, followable } from "../languages";
import { tabs } from "../storage";
import { choose } from "../tags";
import { load, spokenHere } from "../words";
import type { SessionInfo } from "../wire";
import { Door } from "./door";
import { Offer } from "./offer";
import { Room } from "./room";
import { Seat, type Usher } from "./seat";

const sessionId = decodeURIComponent(/^\/listener\/([^/]+)/.exec(location.pathname)?.[1] ?? "");
const passcodeKey = `dragoman.passcode.${sessionId}`;

const ownId = tabsClientId(tabs);
let seat: Seat | undefined;

const door = new Door(
  byId("talk", HTMLElement),
  (passcode) => {
    tabs.setItem(passcodeKey, passcode);
    void come();
  },
  () => void come(),
);
const room = new Room();

const passcode = (): string => tabs.getItem(passcodeKey) ?? "";

const usher: Usher = {
  seated: () => door.open(),
  refused: ({ code }, again) => {
    if (code === "ended") {
      void come();
    } else if (code === "passcode") {
      seat?.leave();
      askAnew();
    } else {
      if (!again) seat?.leave();
      door.refused(code, again);
    }
  },
  over,
  chose: (language) => {
    // A reload, or the address given to a neighbour, keeps the language.
    const address = new URL(location.href);
    address.searchParams.set("language", language);
    history.replaceState(null, "", address);
    void load("listener", pageLanguage());
  },
};

/** The passcode that is kept, if any, is none. */
function askAnew(): void {
  const wrong = passcode() !== "";
  tabs.removeItem(passcodeKey);
  door.askPasscode(wrong);
}

/** The talk has ended; what was said is for those who were let in. */
function over(session: SessionInfo): void {
  if (session.passcodeRequired && !passcode()) door.askPasscode(false);
  else door.over(session, passcode(), askAnew);
}

/** The language that was asked for in the address. */
function asked(): readonly string[] {
  const language = new URLSearchParams(location.search).get("language");
  return language ? [language] : [];
}

/** The words of the page are in the language that the listener follows, else in the browser's. */
function pageLanguage(): string {
  return spokenHere([...asked(), ...navigator.languages]);
}

function firstLanguage(session: SessionInfo): string {
  const offered = followable(session);
  const floor = floorOf(session);
  // Who knows one of several languages that may be spoken has the most of the floor's own words.
  const known = floor === undefined ? offered : [...offered, ...session.sourceLanguages];
  const found = choose([...asked(), ...navigator.languages], known);
  return found !== undefined && offered.includes(found) ? found : (floor ?? session.sourceLanguage);
}

async function come(): Promise<void> {
  seat?.leave();
  if (!sessionId) {
    door.askCode();
    return;
  }
  door.wait();
  let session: SessionInfo;
  let offer: Offer;
  try {
    [session, offer] = await Promise.all([getSession(sessionId), Offer.ask()]);
  } catch (error) {
    door.failed(error);
    return;
  }
  document.title = session.sessionName;
  say(byId("name", HTMLElement), session.sessionName);
  if (session.ended) over(session);
  else if (session.passcodeRequired && !passcode()) door.askPasscode(false);
  else {
    const ticket = { clientId: await ownId, language: firstLanguage(session), passcode: passcode() };
    seat = new Seat(session, ticket, room, offer, usher);
  }
}

void load("listener", pageLanguage()).then(come);
