/** Whether and when to try again. */

/** After how many ms an automatic second attempt makes sense, null where a person has to change something first. */
export function afterRefusal(code: string, attempt: number): number | null {
  switch (code) {
    case "unavailable":
      return Math.min(1000 * 2 ** attempt, 15_000);
    case "full":
      return 15_000;
    default:
      return null;
  }
}
