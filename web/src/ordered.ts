/** List items by segment id, in order of id, each there once. */

export class OrderedItems {
  private readonly items = new Map<number, HTMLLIElement>();

  constructor(private readonly list: HTMLOListElement) {}

  /** The item of this segment; a new one is put in its place. */
  item(segmentId: number): HTMLLIElement {
    const known = this.items.get(segmentId);
    if (known) return known;
    const made = document.createElement("li");
    made.dataset["segment"] = String(segmentId);
    this.items.set(segmentId, made);
    this.list.insertBefore(made, this.after(segmentId));
    return made;
  }

  /** The item of this segment, where there is one. */
  known(segmentId: number): HTMLLIElement | undefined {
    return this.items.get(segmentId);
  }

  /** The first item of a later segment. New segments come last, so the search begins at the end. */
  private after(segmentId: number): Element | null {
    let next: Element | null = null;
    for (let item = this.list.lastElementChild; item; item = item.previousElementSibling) {
      if (Number((item as HTMLLIElement).dataset["segment"]) < segmentId) break;
      next = item;
    }
    return next;
  }

  remove(segmentId: number): void {
    this.items.get(segmentId)?.remove();
    this.items.delete(segmentId);
  }

  clear(): void {
    this.items.clear();
    this.list.replaceChildren();
  }

  get size(): number {
    return this.items.size;
  }

  get all(): Iterable<HTMLLIElement> {
    return this.items.values();
  }
}
