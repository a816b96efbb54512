/** The document: finding what the page brings, making what it does not. Text becomes text, never markup. */

/** The element with this id, which the page is built with. */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} #${id}`);
}

interface Looks {
  readonly text?: string;
  readonly className?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A new element. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { text, className, attributes }: Looks = {},
  ...children: readonly Node[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className !== undefined) element.className = className;
  for (const [name, value] of Object.entries(attributes ?? {})) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Sets the text, only where it differs: a live region would say it again. */
export function say(element: HTMLElement, sentence: string): void {
  if (element.textContent !== sentence) element.textContent = sentence;
  element.hidden = sentence === "";
}

/** Shows one of several views. */
export function showOnly(view: HTMLElement, views: readonly HTMLElement[]): void {
  for (const one of views) one.hidden = one !== view;
}
