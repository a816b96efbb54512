/** The listener's page. */

import { getSession } from "../api";
import { ConnectionSign } from "../connection";
import { byId } from "../dom";
import { Follower } from "../follow";
import { tabsClientId } from "../identity";
import { choose } from "../tags";
import { ScreenLight } from "../wake";
import type { SessionInfo } from "../wire";
import { Captions } from "./captions";
import { Door } from "./door";
import { Offer } from "./offer";
import { type Furniture, Seat, type Usher } from "./seat";

const sessionId = decodeURIComponent(location.pathname.split("/").filter(Boolean).pop() ?? "");
const passcodeKey = `dragoman.passcode.${sessionId}`;

const ownId = tabsClientId(sessionStorage);
let seat: Seat | undefined;

const door = new Door(
  byId("talk", HTMLElement),
  (passcode) => {
    sessionStorage.setItem(passcodeKey, passcode);
    void come();
  },
  () => void come(),
);

const room: Furniture = {
  sign: new ConnectionSign(byId("connection", HTMLElement), "nothing will be missed"),
  captions: new Captions(byId("captions", HTMLOListElement), byId("announcer", HTMLElement)),
  follower: new Follower(byId("scroller", HTMLElement), byId("jump", HTMLButtonElement)),
  light: new ScreenLight(),
};

const passcode = (): string => sessionStorage.getItem(passcodeKey) ?? "";

const usher: Usher = {
  seated: () => door.open(),
  refused: ({ error, code }, again) => {
    if (code === "ended") {
      void come();
    } else if (code === "passcode") {
      const wrong = passcode() !== "";
      sessionStorage.removeItem(passcodeKey);
      seat?.leave();
      door.askPasscode(wrong);
    } else {
      if (!again) seat?.leave();
      door.refused(error, code, again);
    }
  },
  over: (session) => door.over(session, passcode()),
  chose: (language) => {
    // A reload, or the address given to a neighbour, keeps the language.
    const address = new URL(location.href);
    address.searchParams.set("language", language);
    history.replaceState(null, "", address);
  },
};

function firstLanguage(session: SessionInfo): string {
  const asked = new URLSearchParams(location.search).get("language");
  const offered = [...session.targetLanguages, session.sourceLanguage];
  return choose([...(asked ? [asked] : []), ...navigator.languages], offered) ?? session.sourceLanguage;
}

async function come(): Promise<void> {
  seat?.leave();
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
  byId("name", HTMLElement).textContent = session.sessionName;
  if (session.ended) door.over(session, passcode());
  else if (session.passcodeRequired && !passcode()) door.askPasscode(false);
  else {
    const ticket = { clientId: await ownId, language: firstLanguage(session), passcode: passcode() };
    seat = new Seat(session, ticket, room, offer, usher);
  }
}

void come();
