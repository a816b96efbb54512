/** One listener in one session: follows the talk in one language, through cuts and changes of language. */

import type { ConnectionSign } from "../connection";
import { byId, make, say } from "../dom";
import type { Follower } from "../follow";
import { Live, type JoinRequest, type Page } from "../live";
import { fullName } from "../tags";
import { type Passage, Talk } from "../talk";
import type { ScreenLight } from "../wake";
import type { AvatarState, Caption, Joined, Notice, Refusal, SegmentCondensed, SessionInfo } from "../wire";
import type { Captions } from "./captions";
import type { Offer } from "./offer";
import { Player } from "./player";

export interface Ticket {
  readonly clientId: string;
  readonly language: string;
  readonly passcode: string;
}

/** What stands around every seat of the page. */
export interface Furniture {
  readonly sign: ConnectionSign;
  readonly captions: Captions;
  readonly follower: Follower;
  readonly light: ScreenLight;
}

/** What the seat asks of the page around it. */
export interface Usher {
  /** The seat is taken. */
  seated(): void;
  refused(refusal: Refusal, again: boolean): void;
  over(session: SessionInfo): void;
  /** The listener has chosen another language. */
  chose(language: string): void;
}

export class Seat implements Page {
  private readonly live: Live;
  private readonly player: Player;
  private readonly talk = new Talk();
  private readonly chooser = byId("language", HTMLSelectElement);
  private readonly stateSign = byId("state", HTMLElement);
  private readonly trouble = byId("trouble", HTMLElement);
  private language: string;
  /** What comes is history being told again. */
  private replaying = true;

  constructor(
    private session: SessionInfo,
    private readonly ticket: Ticket,
    private readonly room: Furniture,
    private readonly offer: Offer,
    private readonly usher: Usher,
  ) {
    this.language = ticket.language;
    this.chooser.onchange = (): void => void this.change(this.chooser.value);
    this.live = new Live(session.sessionId, this);
    const { sessionId } = session;
    const channel = offer.channel(ticket.language, session);
    this.player = new Player({ ...ticket, sessionId }, channel, offer.poster(session), () => room.captions.hush());
    room.sign.show("connecting");
    room.captions.clear();
    this.show(session);
    this.live.start();
  }

  leave(): void {
    this.live.stop();
    this.player.leave();
    this.room.sign.hide();
    void this.room.light.keep(false);
  }

  joining(): JoinRequest {
    const { clientId, passcode } = this.ticket;
    const since = this.talk.since([this.language]);
    return { clientId, language: this.language, since, ...(passcode ? { passcode } : {}) };
  }

  joined({ sessionInfo }: Joined): void {
    this.replaying = false;
    this.room.sign.show("connected");
    this.show(sessionInfo);
    this.usher.seated();
    this.tune();
    this.player.sat();
    void this.room.light.keep(true);
  }

  refused(refusal: Refusal, again: boolean): void {
    this.room.sign.hide();
    this.player.stood();
    this.usher.refused(refusal, again);
  }

  lost(): void {
    this.replaying = true;
    this.room.sign.show("lost");
    this.room.captions.hush();
    this.player.stood();
    for (const passage of this.talk.dropPartials()) this.draw(passage);
  }

  caption(caption: Caption, final: boolean): void {
    // What was on its way before a change of language.
    if (caption.targetLanguage !== this.language) return;
    const passage = this.talk.apply(caption, final);
    if (passage) this.draw(passage);
    this.showState();
  }

  /** Marks what is being said, for those who hear it. */
  avatar({ language, segmentId, speaking }: AvatarState): void {
    if (language === this.language && this.player.on) this.room.captions.speaking(segmentId, speaking);
  }

  condensed({ language, segmentId }: SegmentCondensed): void {
    const passage = language === this.language ? this.talk.condense(segmentId, language) : undefined;
    if (!passage) return;
    // Who hears the avatar does not have its captions read out; this one nobody says.
    this.room.captions.draw(passage, language, this.session.sourceLanguage, !this.replaying && this.player.on);
    this.room.follower.grown();
  }

  hint(): void {
    // The speaker's business.
  }

  state(active: boolean): void {
    this.session = { ...this.session, active };
    this.showState();
  }

  updated(session: SessionInfo): void {
    this.show(session);
  }

  ended(): void {
    this.leave();
    this.usher.over({ ...this.session, ended: true });
  }

  listeners(): void {
    // The speaker's business.
  }

  notice({ message }: Notice): void {
    say(this.trouble, message);
  }

  private draw(passage: Passage): void {
    // What the avatar says need not be read out as well.
    const readOut = !this.replaying && !this.player.on;
    this.room.captions.draw(passage, this.language, this.session.sourceLanguage, readOut);
    this.room.follower.grown();
  }

  private async change(language: string): Promise<void> {
    this.language = language;
    this.replaying = true;
    this.talk.clear();
    this.room.captions.clear();
    this.room.follower.jump();
    this.show(this.session);
    this.usher.chose(language);
    const answer = await this.live.setLanguage(language, 0);
    // Without an answer the connection is gone, and joining again says the language.
    if (this.language !== language || !answer) return;
    this.replaying = false;
    say(this.trouble, answer.ok ? "" : answer.error);
    if (answer.ok) this.tune();
  }

  /** Only when the server knows the language: it gives the picture of the one that it was told last. */
  private tune(): void {
    this.player.tune(this.offer.channel(this.language, this.session));
  }

  private show(session: SessionInfo): void {
    this.session = session;
    byId("name", HTMLElement).textContent = session.sessionName;
    document.title = session.sessionName;
    this.offerLanguages([...session.targetLanguages.filter((tag) => tag !== session.sourceLanguage), session.sourceLanguage]);
    this.chooser.value = this.language;
    say(byId("notice", HTMLElement), this.offer.describe(this.language, session));
    this.showState();
  }

  private offerLanguages(languages: readonly string[]): void {
    const offered = Array.from(this.chooser.options, ({ value }) => value);
    // Left alone where nothing changes: it may be open.
    if (offered.join() === languages.join()) return;
    const options = languages.map((tag) => {
      const name = tag === this.session.sourceLanguage ? `${fullName(tag)}, as spoken` : fullName(tag);
      return make("option", { text: name, attributes: { value: tag, lang: tag } });
    });
    this.chooser.replaceChildren(...options);
  }

  private showState(): void {
    if (this.session.active) say(this.stateSign, this.talk.empty ? "Listening…" : "");
    else if (this.talk.empty) say(this.stateSign, "The talk has not begun yet. Captions appear here when it does.");
    else say(this.stateSign, "Paused. Captions go on when the speaker does.");
    this.room.follower.grown();
  }
}
