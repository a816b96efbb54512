/** What stands around every seat of the listener's page. */

import { ConnectionSign } from "../connection";
import { byId } from "../dom";
import { Follower } from "../follow";
import { ScreenLight } from "../wake";
import { Captions } from "./captions";
import { Controls } from "./controls";
import { History } from "./history";
import { Line } from "./line";
import { ability, type Mode } from "./modes";
import { Screen } from "./screen";
import { SystemMedia } from "./system";

export class Room {
  readonly sign = new ConnectionSign(byId("connection", HTMLElement));
  readonly captions = new Captions(byId("captions", HTMLOListElement), byId("announcer", HTMLElement));
  readonly follower = new Follower(byId("scroller", HTMLElement), byId("jump", HTMLButtonElement));
  readonly light = new ScreenLight();
  readonly line = new Line(byId("line", HTMLElement), (segmentId) => {
    this.captions.ahead(segmentId);
    this.follower.grown();
  });
  readonly screen = new Screen();
  readonly system = new SystemMedia();
  readonly history = new History(this.captions, this.follower);
  readonly controls = new Controls((mode) => this.onMode(mode), ability());
  /** The listener chooses how to follow. */
  onMode: (mode: Mode) => void = () => undefined;

  /** Another language, or another session: what stood there goes. */
  clear(): void {
    this.captions.clear();
    this.line.clear();
    this.history.changed();
  }
}
