/** How listeners come in: code, link, QR code. */

import { byId, say } from "../dom";
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
  say(byId("passcode-note", HTMLElement), hosted.passcode ? `Passcode: ${hosted.passcode}` : "");
}

function copies(button: string, sign: string, text: string): void {
  byId(button, HTMLButtonElement).onclick = async (): Promise<void> => {
    const done = await copy(text);
    say(byId(sign, HTMLElement), done ? "Copied" : text);
  };
}

/** Pages that came over plain HTTP have no clipboard: the answer is false, and the text is shown instead. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
