/** One listener in one session: follows the talk in one language, through cuts and changes of language. */

import { byId, make, say } from "../dom";
import { floorOf, followable, namesOf } from "../languages";
import { type JoinRequest, Live, type Page } from "../live";
import { type Passage, Talk } from "../talk";
import { codeWords } from "../trouble";
import { languageName, tell } from "../words";
import type { AvatarState, Caption, Joined, Notice, Refusal, SegmentCondensed, SegmentCorrected, SessionInfo } from "../wire";
import { type Mode, rememberedMode, rememberMode } from "./modes";
import type { Offer } from "./offer";
import type { Clause } from "./pacing";
import { Player } from "./player";
import type { Room } from "./room";
import type { Sign } from "./watching";

export interface Ticket {
  readonly clientId: string;
  readonly language: string;
  readonly passcode: string;
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

/** What the avatar leads: it says the clauses that stand in the two lines. */
const LEADING: readonly Sign[] = ["playing", "frozen"];

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
  private mode: Mode = rememberedMode();

  constructor(
    private session: SessionInfo,
    private readonly ticket: Ticket,
    private readonly room: Room,
    private readonly offer: Offer,
    private readonly usher: Usher,
  ) {
    this.language = ticket.language;
    this.chooser.onchange = (): void => void this.change(this.chooser.value);
    this.live = new Live(session.sessionId, this);
    const viewer = { ...ticket, sessionId: session.sessionId };
    const channel = offer.channel(ticket.language, session);
    this.player = new Player(viewer, channel, room.screen, (sign) => this.plays(sign));
    room.screen.poster(offer.poster(session));
    room.screen.onFloor = (): void => this.mix();
    room.screen.onSound = (): void => this.plays(this.player.sign);
    room.onMode = (mode): void => this.follow(mode);
    room.history.offer = (): { session: SessionInfo; passcode: string } => ({ session: this.session, passcode: ticket.passcode });
    room.history.onOriginals = (on): void => this.showOriginals(on);
    room.sign.show("connecting");
    room.clear();
    this.show(session);
    this.follow(this.mode);
    this.live.start();
  }

  leave(): void {
    this.live.stop();
    this.player.leave();
    this.room.sign.hide();
    this.room.line.run(false);
    this.room.system.sounds(false);
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
    this.room.follower.grown();
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
    // Nobody says when it ends what is said there, and what is told again after the cut belongs to the history.
    this.room.line.clear();
    this.player.stood();
    for (const passage of this.talk.dropPartials()) this.draw(passage);
  }

  caption(caption: Caption, final: boolean): void {
    // What was on its way before a change of language.
    if (caption.targetLanguage !== (this.floor ? caption.sourceLanguage : this.language)) return;
    const passage = this.talk.apply({ ...caption, targetLanguage: this.language }, final);
    if (passage) {
      this.draw(passage);
      this.line(passage, final);
    }
    this.showState();
  }

  /** Marks what is being said, for those who hear it. */
  avatar({ language, segmentId, speaking }: AvatarState): void {
    if (language !== this.language || !this.player.on) return;
    this.room.captions.speaking(segmentId, speaking);
    const clause = this.clause(segmentId);
    if (speaking && clause && this.leads) this.room.line.begins(clause);
    if (!speaking) this.room.line.ends(segmentId);
  }

  condensed({ language, segmentId }: SegmentCondensed): void {
    const passage = language === this.language ? this.talk.condense(segmentId, language) : undefined;
    if (!passage) return;
    // Who hears the avatar does not have its captions read out; this one nobody says.
    this.put(passage, !this.replaying && this.player.on);
    const clause = this.clause(segmentId);
    if (clause && this.leads) this.room.line.read(clause);
  }

  retracted(segmentId: number): void {
    const passage = this.talk.retract(segmentId);
    if (passage) this.put(passage, false);
    this.unsaid(segmentId);
    this.showState();
  }

  corrected({ segmentId, language, text }: SegmentCorrected): void {
    const passage = this.talk.correct(segmentId, language, text, floorOf(this.session) ?? "");
    if (!passage) return;
    this.put(passage, false);
    const clause = this.clause(segmentId);
    if (clause && language === this.language) this.room.line.changed(clause);
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

  notice({ code }: Notice): void {
    tell(this.trouble, codeWords(code));
  }

  // The speaker's business.
  listeners(): void {}
  hint(): void {}
  engine(): void {}
  cost(): void {}

  /** What is followed is the floor's own words. */
  private get floor(): boolean {
    return this.language === floorOf(this.session);
  }

  /** The avatar says what stands in the two lines. */
  private get leads(): boolean {
    return this.player.on && LEADING.includes(this.player.sign);
  }

  private clause(segmentId: number): Clause | undefined {
    const passage = this.talk.known(segmentId);
    const line = passage?.lines.get(this.language);
    if (!passage || !line) return undefined;
    const language = this.floor || line.untranslated ? passage.sourceLanguage : this.language;
    return { id: segmentId, text: line.text, language };
  }

  /** What is new comes into the two lines, unless the avatar will bring it there. */
  private line(passage: Passage, final: boolean): void {
    const clause = this.clause(passage.segmentId);
    if (!clause) this.unsaid(passage.segmentId);
    if (!clause || this.replaying || this.leads) return;
    if (final) this.room.line.read(clause);
    else this.room.line.grow(clause);
  }

  /** Taken back: the two lines do not say it either. */
  private unsaid(segmentId: number): void {
    this.room.line.changed({ id: segmentId, text: "", language: this.language });
  }

  private draw(passage: Passage): void {
    // What the avatar says need not be read out as well; before the first tap nobody has asked for anything.
    this.put(passage, !this.replaying && !this.player.on && this.mode !== "none");
  }

  private put(passage: Passage, readOut: boolean): void {
    this.room.captions.draw(passage, this.language, this.floor, readOut);
    this.room.history.changed();
    this.room.follower.grown();
  }

  private follow(mode: Mode): void {
    const before = this.mode;
    this.mode = mode;
    rememberMode(mode);
    if (mode === "avatar" || mode === "sound") this.room.screen.permit();
    else this.room.captions.hush();
    this.player.want(mode);
    this.mix();
    this.room.controls.mode(mode);
    if (mode === "captions") this.room.history.open(true);
    else if (before === "captions") this.room.history.open(false);
    this.room.line.clear();
    this.room.line.run(mode !== "none");
    this.describe();
  }

  private plays(sign: Sign): void {
    this.room.system.sounds(sign === "playing" && !this.room.screen.muted);
  }

  private showOriginals(on: boolean): void {
    this.room.captions.originals = on;
    for (const passage of this.talk.all) this.put(passage, false);
  }

  private async change(language: string): Promise<void> {
    this.language = language;
    this.replaying = true;
    this.talk.clear();
    this.room.clear();
    this.room.follower.jump();
    this.usher.chose(language);
    this.show(this.session);
    const answer = await this.live.setLanguage(language, 0);
    // Without an answer joining again says the language.
    if (this.language !== language || !answer) return;
    this.replaying = false;
    tell(this.trouble, answer.ok ? null : codeWords(answer.code));
    if (answer.ok) this.tune();
  }

  /** Only when the server knows the language: it gives the picture of the one that it was told last. */
  private tune(): void {
    this.player.tune(this.offer.channel(this.language, this.session));
    this.mix();
  }

  /** The floor's own sound is there while it is to be heard under a voice. */
  private mix(): void {
    this.player.floor.want(this.room.screen.wantsFloor && this.player.on);
  }

  private show(session: SessionInfo): void {
    this.session = session;
    say(byId("name", HTMLElement), session.sessionName);
    document.title = session.sessionName;
    this.offerLanguages(followable(session));
    this.chooser.value = this.language;
    tell(byId("notice", HTMLElement), this.offer.describe(this.language, session));
    if (!session.floorAudio) this.room.screen.floorTrouble("balance.none");
    this.describe();
    this.showState();
  }

  private describe(): void {
    const { sessionName } = this.session;
    const mute = (on: boolean): void => this.room.screen.sound(!on);
    this.room.system.describe(sessionName, languageName(this.language), this.offer.poster(this.session), mute);
  }

  private offerLanguages(languages: readonly string[]): void {
    const offered = Array.from(this.chooser.options, ({ value }) => value);
    // Left alone where nothing changes: it may be open.
    if (offered.join() === languages.join()) return;
    const options = languages.map((tag) => make("option", { text: namesOf(this.session, tag), attributes: { value: tag, lang: tag } }));
    this.chooser.replaceChildren(...options);
  }

  private showState(): void {
    const { talk, stateSign } = this;
    if (this.session.active) tell(stateSign, talk.empty ? "state.listening" : null);
    else tell(stateSign, talk.empty ? "state.notBegun" : "state.paused");
    this.room.follower.grown();
  }
}
