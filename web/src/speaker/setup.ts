/** Making a session. */

import { createSession, getAvatars, getLanguages, Refused } from "../api";
import { byId, make, say } from "../dom";
import { clientId } from "../identity";
import { englishName, fullName } from "../tags";
import type { Avatar, Created, Languages, TargetLanguage } from "../wire";
import { offerModes, USUAL } from "./modes";
import type { Hosted } from "./remembered";
import { TermsField } from "./terms";

const TARGETS_KEY = "dragoman.targets";
const HOST_KEY = "dragoman.hostKey";

export class Setup {
  private readonly form = byId("setup-form", HTMLFormElement);
  private readonly name = byId("session-name", HTMLInputElement);
  private readonly source = byId("source-language", HTMLSelectElement);
  private readonly targets = byId("target-languages", HTMLElement);
  private readonly portraits = byId("avatars", HTMLElement);
  private readonly mode = byId("latency-mode", HTMLSelectElement);
  private readonly terms = new TermsField(byId("setup-terms", HTMLDetailsElement));
  private readonly passcode = byId("session-passcode", HTMLInputElement);
  private readonly hostKey = byId("host-key", HTMLInputElement);
  private readonly problem = byId("setup-problem", HTMLElement);
  private avatars: readonly Avatar[] = [];

  constructor(private readonly made: (created: Created, hosted: Hosted) => void) {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.create();
    });
    offerModes(this.mode, USUAL);
    this.hostKey.value = sessionStorage.getItem(HOST_KEY) ?? "";
  }

  /** Asks the server what it offers. Throws where that does not work. */
  async prepare(): Promise<void> {
    const [languages, avatars] = await Promise.all([getLanguages(), getAvatars()]);
    this.avatars = avatars;
    this.showLanguages(languages);
    this.portraits.replaceChildren(...avatars.map((avatar, index) => portrait(avatar, index === 0)));
    this.complain("");
  }

  focus(): void {
    this.name.focus();
  }

  private showLanguages({ sourceLanguages, targetLanguages }: Languages): void {
    const sources = sourceLanguages.map(({ tag }) => make("option", { text: fullName(tag), attributes: { value: tag } }));
    this.source.replaceChildren(...sources);
    say(byId("source-note", HTMLElement), sourceNote(sourceLanguages.map(({ tag }) => tag)));
    const kept = (localStorage.getItem(TARGETS_KEY) ?? "").split(",");
    this.targets.replaceChildren(...targetLanguages.map((language) => choice(language, kept.includes(language.tag))));
    say(byId("quality-note", HTMLElement), targetNote(targetLanguages));
  }

  private chosen(group: HTMLElement): readonly string[] {
    return [...group.querySelectorAll<HTMLInputElement>("input:checked")].map(({ value }) => value);
  }

  private async create(): Promise<void> {
    const targetLanguages = this.chosen(this.targets);
    if (targetLanguages.length === 0) {
      this.complain("Choose at least one language for your listeners.");
      return;
    }
    const glossary = this.terms.read();
    if (!glossary) return;
    const avatar = this.avatars.find(({ character }) => character === this.chosen(this.portraits)[0]);
    const style = avatar?.styles[0];
    const button = byId("create", HTMLButtonElement);
    button.disabled = true;
    try {
      const id = clientId(localStorage);
      const passcode = this.passcode.value;
      const created = await createSession(
        id,
        {
          sessionName: this.name.value,
          sourceLanguage: this.source.value,
          targetLanguages,
          latencyMode: this.mode.value,
          ...(avatar ? { avatarCharacter: avatar.character } : {}),
          ...(style ? { avatarStyle: style } : {}),
          ...(passcode ? { passcode } : {}),
          ...(glossary.length > 0 ? { glossary } : {}),
        },
        this.hostKey.value,
      );
      this.keep(targetLanguages);
      const { sessionId, listenerUrl } = created;
      this.made(created, { sessionId, clientId: id, passcode, listenerUrl });
    } catch (error) {
      this.failed(error);
    } finally {
      button.disabled = false;
    }
  }

  private keep(targets: readonly string[]): void {
    localStorage.setItem(TARGETS_KEY, targets.join(","));
    if (this.hostKey.value) sessionStorage.setItem(HOST_KEY, this.hostKey.value);
    this.form.reset();
    this.terms.clear();
    this.complain("");
  }

  private failed(error: unknown): void {
    if (error instanceof Refused && error.status === 401) {
      const tried = this.hostKey.value !== "";
      byId("host-key-field", HTMLElement).hidden = false;
      this.hostKey.focus();
      this.complain(tried ? "That is not this server's host key." : "This server wants its host key. Whoever runs it has it.");
    } else {
      this.complain(error instanceof Error ? error.message : "The session could not be made. Try again.");
    }
  }

  private complain(what: string): void {
    say(this.problem, what);
  }
}

/** What this server hears, and how it could hear more. */
function sourceNote(sources: readonly string[]): string {
  if (sources.length !== 1 || sources[0] !== "en") return "";
  return (
    "The recogniser built into this server hears English only. Other spoken languages need another engine; " +
    "one for Azure Speech is on its way. Whoever runs the server chooses its engines in the settings."
  );
}

/** What the marks of the languages mean; or that there are none, and who can change it. */
function targetNote(targets: readonly TargetLanguage[]): string {
  if (targets.length === 0) {
    return "No translation is installed on this server. Whoever runs it learns from `dragoman doctor` how to get it.";
  }
  const gist = targets.some(({ quality }) => quality === "gist");
  const relay = targets.some((target) => target.relay !== null);
  const silent = targets.some(({ voices }) => voices.length === 0);
  return [
    gist ? "Gist: the sense comes through, with mistakes." : "",
    relay ? "Relay: interpreted by way of another language." : "",
    silent ? "Captions only: no voice here speaks it." : "",
  ]
    .filter(Boolean)
    .join(" ");
}

function choice({ tag, quality, relay, voices }: TargetLanguage, checked: boolean): HTMLElement {
  const input = make("input", { attributes: { type: "checkbox", value: tag } });
  input.checked = checked;
  const name = make("span", { text: fullName(tag), className: "choice-name" });
  const marks = [
    quality === "gist" ? "gist" : "",
    relay === null ? "" : `relay via ${englishName(relay)}`,
    voices.length === 0 ? "captions only" : "",
  ].filter(Boolean);
  const badges = marks.map((text) => make("span", { text, className: "mark" }));
  return make("label", { className: "choice" }, input, name, make("span", { className: "marks" }, ...badges));
}

function portrait({ character, name, preview }: Avatar, checked: boolean): HTMLElement {
  const input = make("input", { attributes: { type: "radio", name: "avatar", value: character } });
  input.checked = checked;
  const picture = make("img", { attributes: { src: preview, alt: "", width: "120", height: "120" } });
  return make("label", { className: "portrait" }, input, picture, make("span", { text: name }));
}
