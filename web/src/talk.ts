/** What has been said so far, as this page knows it: passages with their lines, each kept once. */

import type { Caption } from "./wire";

export interface Line {
  readonly text: string;
  readonly final: boolean;
  /** The booth failed: `text` is the source text. */
  readonly untranslated: boolean;
  /** Shown, not spoken. */
  readonly condensed: boolean;
  /** The host has put it right: later captions of it say less. */
  readonly corrected: boolean;
}

export interface Passage {
  readonly segmentId: number;
  /** In which it was said. */
  sourceLanguage: string;
  /** Words that stand. */
  sourceText: string;
  /** Words that may still change. */
  sourceTail: string;
  /** Written, not said. */
  typed: boolean;
  /** By language. */
  readonly lines: Map<string, Line>;
}

export class Talk {
  private readonly passages = new Map<number, Passage>();
  /** The last final segment of each language. */
  private readonly lastFinal = new Map<string, number>();
  /** Taken back; what still comes of them is left out. */
  private readonly gone = new Set<number>();

  get empty(): boolean {
    return this.lastFinal.size === 0;
  }

  /** Takes a caption in; answers with the passage that it changed, undefined where it was known already. */
  apply(caption: Caption, final: boolean): Passage | undefined {
    if (caption.retracted) {
      this.finished(caption);
      return this.retract(caption.segmentId);
    }
    if (this.gone.has(caption.segmentId)) {
      if (final) this.finished(caption);
      return undefined;
    }
    const passage = this.passages.get(caption.segmentId) ?? {
      segmentId: caption.segmentId,
      sourceLanguage: caption.sourceLanguage,
      sourceText: "",
      sourceTail: "",
      typed: false,
      lines: new Map<string, Line>(),
    };
    if (passage.lines.get(caption.targetLanguage)?.final) {
      return caption.condensed ? this.condense(caption.segmentId, caption.targetLanguage) : undefined;
    }
    this.passages.set(caption.segmentId, passage);
    const { translatedText, untranslated, condensed } = caption;
    const line = { text: translatedText, final, untranslated, condensed, corrected: false };
    passage.lines.set(caption.targetLanguage, line);
    passage.typed ||= caption.typed;
    this.hear(passage, caption, final);
    if (final) this.finished(caption);
    return passage;
  }

  private finished({ targetLanguage, segmentId }: Caption): void {
    this.lastFinal.set(targetLanguage, Math.max(this.lastFinal.get(targetLanguage) ?? 0, segmentId));
  }

  known(segmentId: number): Passage | undefined {
    return this.passages.get(segmentId);
  }

  /** Takes a passage back; answers with it, empty, where it was known. */
  retract(segmentId: number): Passage | undefined {
    const passage = this.passages.get(segmentId);
    this.gone.add(segmentId);
    this.passages.delete(segmentId);
    passage?.lines.clear();
    return passage;
  }

  /** The host has put a line right; `source` is the language of the floor. Answers as `apply`. */
  correct(segmentId: number, language: string, text: string, source: string): Passage | undefined {
    const passage = this.passages.get(segmentId);
    if (!passage) return undefined;
    if (language === source) passage.sourceText = text;
    const line = passage.lines.get(language);
    if (line) passage.lines.set(language, { ...line, text, untranslated: false, corrected: true });
    return passage;
  }

  /** All passages, in order. */
  get all(): readonly Passage[] {
    return [...this.passages.values()].sort((one, other) => one.segmentId - other.segmentId);
  }

  /** A line is shown and not spoken; answers as `apply`. */
  condense(segmentId: number, language: string): Passage | undefined {
    const passage = this.passages.get(segmentId);
    const line = passage?.lines.get(language);
    if (!passage || !line || line.condensed) return undefined;
    passage.lines.set(language, { ...line, condensed: true });
    return passage;
  }

  /** Once one language is final the source is: a late partial of another language says less than is known. */
  private hear(passage: Passage, caption: Caption, final: boolean): void {
    const settled = [...passage.lines].some(([tag, line]) => tag !== caption.targetLanguage && line.final);
    if (settled && !final) return;
    passage.sourceLanguage = caption.sourceLanguage;
    passage.sourceText = caption.sourceText;
    passage.sourceTail = final ? "" : caption.sourceTail;
  }

  /** The segment after which something may be missing in one of these languages; 0 asks for everything. */
  since(languages: readonly string[]): number {
    return languages.length === 0 ? 0 : Math.min(...languages.map((tag) => this.lastFinal.get(tag) ?? 0));
  }

  /** Takes out what never became final: after a cut the server says it again. Answers with what is gone or changed. */
  dropPartials(): readonly Passage[] {
    const touched: Passage[] = [];
    for (const passage of this.passages.values()) {
      const growing = [...passage.lines].filter(([, line]) => !line.final);
      if (growing.length === 0) continue;
      for (const [tag] of growing) passage.lines.delete(tag);
      if (passage.lines.size === 0) this.passages.delete(passage.segmentId);
      touched.push(passage);
    }
    return touched;
  }

  clear(): void {
    this.passages.clear();
    this.lastFinal.clear();
    this.gone.clear();
  }
}
