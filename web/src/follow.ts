/** Keeps a scrolling list at its newest entry, unless its reader has scrolled up. */

/** Pixels from the end that still count as the end: fractions of zoomed pages, a nudge of the wheel. */
const SLACK = 48;

export class Follower {
  private following = true;
  /** Heights of the content and of the place for it when they were last looked at. */
  private content = 0;
  private place = 0;

  /** `away` is shown while the reader is elsewhere; pressing it jumps to the newest entry. */
  constructor(
    private readonly scroller: HTMLElement,
    private readonly away: HTMLButtonElement,
  ) {
    away.hidden = true;
    scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    away.addEventListener("click", () => {
      this.jump();
      scroller.focus();
    });
    new ResizeObserver(() => this.grown()).observe(scroller);
  }

  private scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    // A page that is turned or resized tells of its scrolling before its size: that is not its reader leaving.
    if (this.following && (scrollHeight !== this.content || clientHeight !== this.place)) {
      this.grown();
      return;
    }
    this.following = scrollHeight - scrollTop - clientHeight <= SLACK;
    this.away.hidden = this.following;
  }

  /** The content or the place for it has changed. */
  grown(): void {
    const { scrollHeight, clientHeight } = this.scroller;
    this.content = scrollHeight;
    this.place = clientHeight;
    if (this.following) this.scroller.scrollTop = scrollHeight;
  }

  jump(): void {
    this.following = true;
    this.away.hidden = true;
    this.grown();
  }
}
