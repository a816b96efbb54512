/** The mark of a clause that is shown and was not spoken. */

import { make } from "./dom";
import { label } from "./words";

export function condensedMark(): HTMLElement {
  const mark = make("span", { className: "mark" }, make("span", { words: "caption.shownOnly" }));
  label(mark, "caption.shownOnly.why", "wordsTitle");
  // A title is for those who point with a mouse; this is for those who listen.
  mark.append(make("span", { text: ": ", className: "unseen" }), make("span", { words: "caption.shownOnly.why", className: "unseen" }));
  return mark;
}
