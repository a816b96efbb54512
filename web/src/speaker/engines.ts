/** Which engines do the work, what happened to them, and what they cost. */

import { byId, make } from "../dom";
import { quote, tell, wordsLanguage, type Key } from "../words";
import type { Cost, EngineState, SessionInfo } from "../wire";

/** By the interface's names for the jobs. */
const JOBS: ReadonlyMap<string, Key> = new Map([
  ["recognizer", "speaker.job.recognizer"],
  ["translator", "speaker.job.translator"],
  ["voice", "speaker.job.voice"],
  ["face", "speaker.job.face"],
  ["avatar", "speaker.job.face"],
]);

/** Why another engine does a job, by the interface's names. */
const CAUSES: ReadonlyMap<string, Key> = new Map([
  ["failed", "speaker.engine.failed"],
  ["cost", "speaker.cost.reached"],
]);

/** A share of the limit from which on the speaker is told. */
const NEAR = 0.8;

export class EngineSigns {
  private readonly list = byId("engines", HTMLUListElement);
  private readonly note = byId("engine-note", HTMLElement);
  private readonly costSign = byId("cost", HTMLElement);
  private readonly limit = byId("cost-limit", HTMLElement);
  private engines = new Map<string, string>();
  /** What to say of each job where another engine than the best does it. */
  private readonly notes = new Map<string, HTMLElement>();

  constructor() {
    this.forget();
  }

  /** Whoever joins is told again of what is so. */
  forget(): void {
    this.notes.clear();
    this.showNotes();
  }

  show({ engines, cost }: SessionInfo): void {
    this.engines = new Map(engines);
    this.draw();
    if (cost) this.cost(cost);
  }

  /** Another engine has taken over, or this one is well again. */
  changed({ job, engine, reason, cause }: EngineState): void {
    this.engines.set(job, engine);
    this.draw();
    if (reason === "") this.notes.delete(job);
    else this.notes.set(job, this.told(job, engine, reason, cause));
    this.showNotes();
  }

  private showNotes(): void {
    this.note.replaceChildren(...this.notes.values());
    this.note.hidden = this.notes.size === 0;
  }

  private told(job: string, engine: string, reason: string, cause: string): HTMLElement {
    const note = make("span", { className: "job-note" }, make("b", {}, this.name(job)));
    note.append(": ", make("span", { words: "speaker.engine.changed", values: { engine } }), " ");
    const why = CAUSES.get(cause);
    if (why) {
      note.append(make("span", { words: why }));
      return note;
    }
    // Why is known to the server only, in its own words.
    const said = make("span");
    quote(said, reason, "en");
    note.append(said);
    return note;
  }

  cost({ amount, currency, limit }: Cost): void {
    tell(this.costSign, limit === null ? "speaker.cost" : "speaker.cost.of", {
      amount: money(amount, currency),
      limit: money(limit ?? 0, currency),
    });
    const share = limit ? amount / limit : 0;
    tell(this.limit, share >= 1 ? "speaker.cost.reached" : share >= NEAR ? "speaker.cost.near" : null);
  }

  private name(job: string): HTMLElement {
    const known = JOBS.get(job);
    return known ? make("span", { words: known }) : make("span", { text: job });
  }

  private draw(): void {
    const rows = [...this.engines].map(([job, engine]) => {
      return make("li", {}, this.name(job), make("b", { text: engine, attributes: { dir: "ltr" } }));
    });
    this.list.replaceChildren(...rows);
    byId("engines-box", HTMLElement).hidden = rows.length === 0;
  }
}

function money(amount: number, currency: string): string {
  try {
    return new Intl.NumberFormat(wordsLanguage(), { style: "currency", currency }).format(amount);
  } catch {
    return `${amount.toFixed(2)} ${currency}`;
  }
}
