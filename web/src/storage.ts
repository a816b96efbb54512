/** What the browser keeps for the pages. Where it keeps nothing, they remember it themselves for as long as they are open. */

export type Kept = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Never throws: a browser that blocks site storage throws at the first look at it, and some web views have none. */
export class Store implements Kept {
  private readonly own = new Map<string, string>();

  /** `find` gives the browser's storage; looked for anew each time. */
  constructor(private readonly find: () => Kept | null | undefined) {}

  getItem(key: string): string | null {
    const own = this.own.get(key);
    if (own !== undefined) return own;
    try {
      return this.find()?.getItem(key) ?? null;
    } catch {
      return null;
    }
  }

  setItem(key: string, value: string): void {
    this.own.set(key, value);
    try {
      const storage = this.find();
      if (!storage) return;
      storage.setItem(key, value);
      this.own.delete(key);
    } catch {
      // Blocked, or full.
    }
  }

  removeItem(key: string): void {
    this.own.delete(key);
    try {
      this.find()?.removeItem(key);
    } catch {
      // Blocked: there is nothing in it.
    }
  }
}

/** Of this browser, for all tabs. */
export const browsers = new Store(() => localStorage);
/** Of this tab. */
export const tabs = new Store(() => sessionStorage);
