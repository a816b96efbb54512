/** Making a session. */

import { createSession, getAvatars, getLanguages } from "../api";
import { byId, make } from "../dom";
import { clientId as ownId } from "../identity";
import { browsers, tabs } from "../storage";
import { choose, ownName } from "../tags";
import { complain, Refused } from "../trouble";
import { type Key, tell } from "../words";
import type { Created, Languages } from "../wire";
import { CHOICES, HOST_KEY } from "./keys";
import { offerModes, USUAL } from "./modes";
import { type Looks, Presenters } from "./presenters";
import type { Hosted } from "./remembered";
import { Targets } from "./targets";
import { TermsField } from "./terms";
import { type Chosen, Voices } from "./voices";

/** Printable ASCII without blanks at its ends: listeners send it in a header, too. */
const PASSCODE = /^[!-~]([ -~]*[!-~])?$/;

/** What was chosen the last time, as far as it is still offered. */
interface Choices extends Looks {
  readonly sourceLanguage?: string;
  readonly targetLanguages?: readonly string[];
  readonly targetVoices?: Chosen;
  readonly latencyMode?: string;
  readonly floorAudio?: boolean;
}

export class Setup {
  private readonly form = byId("setup-form", HTMLFormElement);
  private readonly name = byId("session-name", HTMLInputElement);
  private readonly source = byId("source-language", HTMLSelectElement);
  private readonly voices = new Voices();
  private readonly targets = new Targets(() => this.chosen());
  private readonly presenters = new Presenters();
  private readonly mode = byId("latency-mode", HTMLSelectElement);
  private readonly terms = new TermsField(byId("setup-terms", HTMLDetailsElement));
  private readonly passcode = byId("session-passcode", HTMLInputElement);
  private readonly floorAudio = byId("floor-audio", HTMLInputElement);
  private readonly hostKey = byId("host-key", HTMLInputElement);
  private readonly problem = byId("setup-problem", HTMLElement);
  private before: Choices = {};

  constructor(private readonly made: (created: Created, hosted: Hosted) => void) {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.create();
    });
    this.name.oninput = (): void => void this.mark(this.name, "session-name-problem", null);
    this.passcode.oninput = (): void => void this.mark(this.passcode, "passcode-problem", null);
    this.hostKey.value = tabs.getItem(HOST_KEY) ?? "";
  }

  /** Asks the server what it offers. Throws where that does not work. */
  async prepare(): Promise<void> {
    const [languages, avatars] = await Promise.all([getLanguages(), getAvatars()]);
    this.before = remembered();
    offerModes(this.mode, this.before.latencyMode ?? USUAL);
    this.floorAudio.checked = this.before.floorAudio ?? true;
    this.showLanguages(languages);
    this.presenters.show(avatars, this.before);
    tell(this.problem, null);
  }

  focus(): void {
    this.name.focus();
  }

  private chosen(): void {
    this.voices.offer(this.targets.offers, this.before.targetVoices ?? {});
    this.terms.offer(this.targets.chosen);
  }

  private showLanguages({ sourceLanguages, targetLanguages }: Languages): void {
    const tags = sourceLanguages.map(({ tag }) => tag);
    const options = tags.map((tag) => make("option", { text: ownName(tag), attributes: { value: tag, lang: tag } }));
    this.source.replaceChildren(...options);
    // Speakers rarely choose what is already right; of a long list the first is right for few.
    this.source.value = choose([this.before.sourceLanguage ?? "", ...navigator.languages, "en"].filter(Boolean), tags) ?? "";
    tell(byId("source-note", HTMLElement), tags.length === 1 ? "speaker.source.only" : null, {
      language: { tag: tags[0] ?? "en" },
    });
    this.targets.show(targetLanguages, this.before.targetLanguages ?? []);
  }

  /** Marks what is wrong at its field; the first wrong one has the focus then. */
  private valid(): boolean {
    const name = this.mark(this.name, "session-name-problem", this.name.value.trim() ? null : "speaker.name.missing");
    const targets = name ? this.targets.check() : (this.targets.check(), this.name.focus(), false);
    const { value } = this.passcode;
    const passcode = this.mark(this.passcode, "passcode-problem", !value || PASSCODE.test(value) ? null : "speaker.passcode.wrong");
    if (!passcode) byId("access", HTMLDetailsElement).open = true;
    if (name && targets && !passcode) this.passcode.focus();
    return name && targets && passcode;
  }

  private mark(field: HTMLInputElement, problem: string, key: Key | null): boolean {
    tell(byId(problem, HTMLElement), key);
    if (key) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    return key === null;
  }

  private async create(): Promise<void> {
    if (!this.valid()) return;
    const glossary = this.terms.read();
    if (!glossary) return;
    const targetVoices = this.voices.chosen;
    const choices: Choices = {
      sourceLanguage: this.source.value,
      targetLanguages: this.targets.chosen,
      latencyMode: this.mode.value,
      floorAudio: this.floorAudio.checked,
      ...(Object.keys(targetVoices).length > 0 ? { targetVoices } : {}),
      ...this.presenters.looks,
    };
    const button = byId("create", HTMLButtonElement);
    const clientId = ownId(browsers);
    const passcode = this.passcode.value;
    const session = {
      sessionName: this.name.value.trim(),
      sourceLanguage: this.source.value,
      ...choices,
      targetLanguages: this.targets.chosen,
      ...(passcode ? { passcode } : {}),
      ...(glossary.length > 0 ? { glossary } : {}),
    };
    button.disabled = true;
    let created: Created;
    try {
      created = await createSession(clientId, session, this.hostKey.value);
    } catch (error) {
      this.failed(error);
      return;
    } finally {
      button.disabled = false;
    }
    this.keep(choices);
    const { sessionId, listenerUrl } = created;
    this.made(created, { sessionId, clientId, passcode, listenerUrl });
  }

  private keep(choices: Choices): void {
    browsers.setItem(CHOICES, JSON.stringify(choices));
    if (this.hostKey.value) tabs.setItem(HOST_KEY, this.hostKey.value);
    this.name.value = this.passcode.value = "";
    this.terms.clear();
    tell(this.problem, null);
  }

  private failed(error: unknown): void {
    if (error instanceof Refused && error.status === 401) {
      const tried = this.hostKey.value !== "";
      byId("host-key-field", HTMLElement).hidden = false;
      this.hostKey.focus();
      tell(this.problem, tried ? "speaker.hostKey.wrong" : "speaker.hostKey.wanted");
    } else {
      complain(this.problem, error);
    }
  }
}

/** What this device chose before; nothing where that cannot be read. */
function remembered(): Choices {
  try {
    const kept: unknown = JSON.parse(browsers.getItem(CHOICES) ?? "{}");
    return typeof kept === "object" && kept !== null ? (kept as Choices) : {};
  } catch {
    return {};
  }
}
