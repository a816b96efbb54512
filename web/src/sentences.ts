/** Where a text's sentence is over. */

const END = /[.?!…。！？।؟۔]["'”’»)\]」』]*$/u;

/** Whether the clause is the last of its sentence: what comes next begins another. */
export function endsSentence(text: string): boolean {
  return END.test(text.trimEnd());
}
