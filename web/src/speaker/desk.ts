/** The speaker's desk: one session while it is on. */

import { endSession, updateSession } from "../api";
import { ConnectionSign } from "../connection";
import { byId, say } from "../dom";
import { newClientId } from "../identity";
import { Live, type JoinRequest, type Page } from "../live";
import { Talk } from "../talk";
import { complain, complainOf, Refused, Trouble } from "../trouble";
import { tell } from "../words";
import type { ScreenLight } from "../wake";
import type {
  AvatarState,
  Caption,
  Cost,
  EngineState,
  Joined,
  ListenerCount,
  Notice,
  PaceHint,
  Refusal,
  SegmentCondensed,
  SegmentCorrected,
  SessionInfo,
} from "../wire";
import { type Remark, showAudience, showPlea } from "./audience";
import { MicrophoneCheck } from "./check";
import { EngineSigns } from "./engines";
import { Floor } from "./floor";
import { Lags } from "./lags";
import { offerModes } from "./modes";
import { Notices } from "./notices";
import type { Passages } from "./passages";
import type { Hosted } from "./remembered";
import { repairs, Typing } from "./repairs";
import { share } from "./share";
import type { Shortcuts } from "./shortcuts";
import { SessionTerms } from "./terms";

/** What the desk asks of the page around it. */
export interface Leaving {
  over(session: SessionInfo): void;
  /** The desk cannot be had; the error says why. */
  away(error: unknown): void;
}

export class Desk implements Page {
  private readonly live: Live;
  private readonly floor: Floor;
  private readonly talk = new Talk();
  private readonly lags = new Lags();
  private readonly sign = new ConnectionSign(byId("connection", HTMLElement));
  private readonly dialog = byId("end-dialog", HTMLDialogElement);
  private readonly problem = byId("problem", HTMLElement);
  private readonly mode = byId("mode", HTMLSelectElement);
  private readonly terms: SessionTerms;
  private readonly check: MicrophoneCheck;
  private readonly engines = new EngineSigns();
  private readonly notices = new Notices();
  /** Under this name it does not take the microphone back from a device that went on while it was cut off. */
  private readonly page = newClientId();
  private left = false;
  /** What stands in `problem` while the server does not let this page in; it tries again by itself. */
  private refusal = "";

  constructor(
    private session: SessionInfo,
    private readonly hosted: Hosted,
    private readonly passages: Passages,
    private readonly light: ScreenLight,
    private readonly shortcuts: Shortcuts,
    private readonly leaving: Leaving,
  ) {
    this.live = new Live(session.sessionId, this);
    this.floor = new Floor(hosted, this.live);
    this.terms = new SessionTerms(byId("desk-terms", HTMLDetailsElement), hosted);
    passages.clear(repairs(hosted, () => this.session.sourceLanguage, this.problem));
    tell(this.problem, null);
    const typing = new Typing(hosted);
    shortcuts.serve({ floor: this.floor, type: () => typing.focus() });
    this.check = new MicrophoneCheck(
      () => this.session,
      this.floor.devices,
      () => !this.floor.open,
      (fault) => this.floor.warn(fault),
    );
    share(hosted);
    this.show(session);
    byId("end", HTMLElement).onclick = (): void => this.dialog.showModal();
    byId("end-no", HTMLElement).onclick = (): void => this.dialog.close();
    byId("end-yes", HTMLElement).onclick = (): void => void this.end();
    this.mode.onchange = (): void => void this.changeMode(this.mode.value);
    this.sign.show("connecting");
    this.live.start();
    void light.keep(true);
  }

  joining(): JoinRequest {
    const { clientId, passcode } = this.hosted;
    const since = this.talk.since([this.session.sourceLanguage, ...this.session.targetLanguages]);
    return { clientId, since, page: this.page, ...(passcode ? { passcode } : {}) };
  }

  joined({ sessionInfo, audio }: Joined): void {
    if (audio === null) {
      this.leave();
      this.leaving.away(new Trouble("speaker.notHost"));
      return;
    }
    this.sign.show("connected");
    if (this.refusal && this.problem.textContent === this.refusal) tell(this.problem, null);
    this.refusal = "";
    this.show(sessionInfo);
    this.floor.joined(sessionInfo.active, audio);
  }

  refused({ error, code }: Refusal, again: boolean): void {
    if (again) {
      complainOf(this.problem, code, error);
      this.refusal = this.problem.textContent ?? "";
    } else if (code === "ended") {
      this.ended();
    } else {
      this.leave();
      this.leaving.away(new Refused(error, 0, code));
    }
  }

  lost(): void {
    this.sign.show("lost");
    this.lags.clear();
    this.engines.forget();
    this.showAudience();
    this.floor.lost();
    for (const passage of this.talk.dropPartials()) this.passages.draw(passage);
  }

  caption(caption: Caption, final: boolean): void {
    const passage = this.talk.apply(caption, final);
    if (!passage) return;
    this.passages.draw(passage);
    this.notices.caption(final);
    if (!final) return;
    this.lags.finished(caption.targetLanguage, performance.now());
    this.showAudience();
  }

  avatar(state: AvatarState): void {
    this.lags.said(state);
    this.showAudience();
  }

  condensed({ segmentId, language }: SegmentCondensed): void {
    const passage = this.talk.condense(segmentId, language);
    if (passage) this.passages.draw(passage);
  }

  retracted(segmentId: number): void {
    const passage = this.talk.retract(segmentId);
    if (passage) this.passages.draw(passage);
  }

  corrected({ segmentId, language, text }: SegmentCorrected): void {
    const passage = this.talk.correct(segmentId, language, text, this.session.sourceLanguage);
    if (passage) this.passages.draw(passage);
  }

  engine(state: EngineState): void {
    this.engines.changed(state);
  }

  cost(cost: Cost): void {
    this.engines.cost(cost);
  }

  hint(hint: PaceHint): void {
    this.lags.hint(hint);
    this.showAudience();
  }

  listeners({ count, byLanguage }: ListenerCount): void {
    this.session = { ...this.session, listenerCount: count, listenersByLanguage: byLanguage };
    this.showAudience();
  }

  state(active: boolean): void {
    this.session = { ...this.session, active };
    if (active) void this.check.stop();
    this.floor.state(active);
  }

  updated(session: SessionInfo): void {
    this.show(session);
  }

  ended(): void {
    // Said by the event and by the answer to our own request, in any order.
    if (this.left) return;
    this.leave();
    this.leaving.over({ ...this.session, ended: true });
  }

  notice(notice: Notice): void {
    if (this.notices.take(notice)) return;
    const { message, code } = notice;
    if (code !== "wrongState") {
      complainOf(this.problem, code, message);
      return;
    }
    // Another page of this host has the microphone; joining again from here would take it back.
    this.leave();
    this.leaving.away(new Trouble("speaker.anotherPage"));
  }

  private leave(): void {
    this.left = true;
    this.live.stop();
    this.floor.shut();
    this.shortcuts.serve(undefined);
    void this.check.stop();
    this.sign.hide();
    this.dialog.close();
    void this.light.keep(false);
  }

  private async end(): Promise<void> {
    const button = byId("end-yes", HTMLButtonElement);
    button.disabled = true;
    try {
      await this.floor.close();
      await endSession(this.hosted.clientId, this.hosted.sessionId);
      this.ended();
    } catch (error) {
      this.dialog.close();
      complain(this.problem, error);
    } finally {
      button.disabled = false;
    }
  }

  /** From the next clause on. */
  private async changeMode(latencyMode: string): Promise<void> {
    this.mode.disabled = true;
    try {
      const { clientId, sessionId } = this.hosted;
      this.show(await updateSession(clientId, sessionId, { latencyMode }));
      tell(this.problem, null);
    } catch (error) {
      offerModes(this.mode, this.session.latencyMode);
      complain(this.problem, error);
    } finally {
      this.mode.disabled = false;
    }
  }

  private show(session: SessionInfo): void {
    this.session = session;
    say(byId("name", HTMLElement), session.sessionName);
    document.title = session.sessionName;
    this.engines.show(session);
    this.terms.show(session);
    this.passages.languages(session.sourceLanguage, session.targetLanguages);
    // Left alone where nothing changes: it may be open.
    if (this.mode.value !== session.latencyMode) offerModes(this.mode, session.latencyMode);
    this.showAudience();
  }

  private showAudience(): void {
    const { listenerCount: count, listenersByLanguage: byLanguage, sourceLanguage, targetLanguages } = this.session;
    const languages = [...targetLanguages.filter((tag) => tag !== sourceLanguage), sourceLanguage];
    const behind = (tag: string): Remark =>
      tag === sourceLanguage ? { key: "mode.captions", values: {} } : this.lags.sentence(tag);
    showAudience({ count, byLanguage }, languages, behind);
    showPlea(this.lags.plea());
  }
}
