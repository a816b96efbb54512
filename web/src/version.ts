/** The build that this script is of: what it loads must be of the same one, and may then be kept by the browser for good. */

/** The address that the page loaded this script from ends with it; in a test there is none. */
const VERSION = new URL(import.meta.url).search;

/** The address of another file of this build. */
export function sameBuild(path: string): string {
  return path + VERSION;
}
