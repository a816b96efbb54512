/** Language tags (BCP-47): matching, naming, direction. */

/** The offered tag that `tag` means: an equal one, else the first of which one is a prefix of the other by subtags. */
export function match(tag: string, offered: readonly string[]): string | undefined {
  const wanted = tag.toLowerCase().split("-");
  const related = (candidate: string): boolean => {
    const parts = candidate.toLowerCase().split("-");
    const shorter = Math.min(parts.length, wanted.length);
    return parts.slice(0, shorter).join("-") === wanted.slice(0, shorter).join("-");
  };
  return offered.find((candidate) => candidate.toLowerCase() === tag.toLowerCase()) ?? offered.find(related);
}

/** The language to begin with: the first wish that is offered, else the first offered. */
export function choose(wishes: readonly string[], offered: readonly string[]): string | undefined {
  for (const wish of wishes) {
    const found = match(wish, offered);
    if (found !== undefined) return found;
  }
  return offered[0];
}

/** The language's name in itself, as its speakers look for it: "français". */
export function ownName(tag: string): string {
  try {
    return new Intl.DisplayNames([tag], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

const RIGHT_TO_LEFT = new Set(["Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"]);

/** The direction of the script in which the language is usually written. */
export function direction(tag: string): "ltr" | "rtl" {
  try {
    return RIGHT_TO_LEFT.has(new Intl.Locale(tag).maximize().script ?? "") ? "rtl" : "ltr";
  } catch {
    return "ltr";
  }
}
