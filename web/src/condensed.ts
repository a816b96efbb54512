/** The mark of a clause that is shown and was not spoken. */

import { make } from "./dom";

const WHY = "The avatar did not say this, to keep up with the speaker.";

export function condensedMark(): HTMLElement {
  const mark = make("span", { text: "shown only", className: "mark", attributes: { title: WHY } });
  // A title is for those who point with a mouse; this is for those who listen.
  mark.append(make("span", { text: `: ${WHY}`, className: "unseen" }));
  return mark;
}
