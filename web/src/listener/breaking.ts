/** How a text is cut into what two lines hold. Decides only; the browser says where each part stands. */

const LINES = 2;
/** Letters from which on a word may be too long for a line, and the size of the pieces that it is measured in then. */
const LONG_WORD = 16;
const PIECE = 8;

/** Where a line may break: after blanks, in scripts without them between words, and within a word that fits no line. */
export function pieces(text: string, language: string): readonly string[] {
  return whole(text, language).flatMap((part) => {
    const letters = Array.from(part);
    if (letters.length <= LONG_WORD) return [part];
    const count = Math.ceil(letters.length / PIECE);
    return Array.from({ length: count }, (_, at) => letters.slice(at * PIECE, (at + 1) * PIECE).join(""));
  });
}

function whole(text: string, language: string): readonly string[] {
  if (/[\u0e00-\u0eff\u1780-\u17ff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff]/.test(text) && "Segmenter" in Intl) {
    const segments = new Intl.Segmenter(language, { granularity: "word" }).segment(text);
    return [...segments].map(({ segment }) => segment);
  }
  return text.match(/\S+\s*/g) ?? [];
}

/**
 * The parts, joined to pages of at most two lines. `tops`: how far down each part stands, px; `lineHeight`: px from one
 * line to the next. Every part is on one page, in order: nothing is lost wherever the first line stands.
 */
export function paged(parts: readonly string[], tops: readonly number[], lineHeight: number): readonly string[] {
  const pages: string[] = [];
  const origin = tops[0] ?? 0;
  let begun = 0;
  parts.forEach((part, index) => {
    // The nearest line: scripts mixed in one line do not stand equally high.
    const line = Math.round(((tops[index] ?? origin) - origin) / lineHeight);
    if (pages.length === 0 || line >= begun + LINES) {
      begun = line;
      pages.push(part);
    } else {
      pages[pages.length - 1] += part;
    }
  });
  return pages.map((page) => page.trim());
}
