/** How listeners come in: code, link, QR code. */

import { byId, say } from "../dom";
import { copy } from "../save";
import { quote, tell } from "../words";
import { type Hosted, hostLink } from "./remembered";
import { qrCode } from "./qr";

export function share(hosted: Hosted): void {
  const { listenerUrl } = hosted;
  byId("code", HTMLElement).textContent = hosted.sessionId;
  const link = byId("link", HTMLAnchorElement);
  link.href = listenerUrl;
  link.textContent = listenerUrl;
  byId("qr", HTMLElement).replaceChildren(qrCode(listenerUrl));
  copies("copy", "copied", listenerUrl);
  copies("copy-host", "copied-host", hostLink(hosted));
  tell(byId("passcode-note", HTMLElement), hosted.passcode ? "speaker.passcodeIs" : null, { passcode: hosted.passcode });
  project(hosted);
  webShare(listenerUrl);
}

/** The way in, as large as a wall. */
function project({ sessionId, listenerUrl }: Hosted): void {
  const dialog = byId("project-dialog", HTMLDialogElement);
  byId("project", HTMLElement).onclick = (): void => {
    say(byId("project-name", HTMLElement), byId("name", HTMLElement).textContent ?? "");
    byId("project-qr", HTMLElement).replaceChildren(qrCode(listenerUrl));
    say(byId("project-code", HTMLElement), sessionId);
    say(byId("project-link", HTMLElement), listenerUrl);
    dialog.showModal();
  };
  byId("project-close", HTMLElement).onclick = (): void => dialog.close();
}

/** The phone's own way to hand a link on, where it has one. */
function webShare(url: string): void {
  const button = byId("web-share", HTMLButtonElement);
  button.hidden = !("share" in navigator);
  button.onclick = (): void => {
    // Somebody who thinks better of it has refused nothing.
    void navigator.share({ title: byId("name", HTMLElement).textContent ?? "", url }).catch(() => undefined);
  };
}

function copies(button: string, sign: string, text: string): void {
  byId(button, HTMLButtonElement).onclick = async (): Promise<void> => {
    if (await copy(text)) tell(byId(sign, HTMLElement), "copied");
    else quote(byId(sign, HTMLElement), text, "zxx");
  };
}
