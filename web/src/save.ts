/** Keeping and copying: files and texts that the page has in memory. */

import { make } from "./dom";

export function save(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = make("a");
  link.href = address;
  link.download = name;
  link.click();
  // The download has begun by then; the file in memory may go.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Pages that came over plain HTTP have no clipboard: the answer is false. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
