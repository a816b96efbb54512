/** The document: finding what the page brings, making what it does not. Text becomes text, never markup. */

import { type Key, tell, type Values } from "./words";

/** The element with this id, which the page is built with. */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} #${id}`);
}

interface Looks {
  /** Text that is the same in every language: names, numbers, what somebody said. */
  readonly text?: string;
  /** Words of the page. */
  readonly words?: Key;
  readonly values?: Values;
  readonly className?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A new element. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { text, words, values, className, attributes }: Looks = {},
  ...children: readonly Node[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (words !== undefined) tell(element, words, values);
  if (className !== undefined) element.className = className;
  for (const [name, value] of Object.entries(attributes ?? {})) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** One of the drawings that the page brings as symbols. */
export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** Whether an input method has this key. Safari ends the composition before the Enter that ends it, with this code alone. */
export function composing({ isComposing, keyCode }: KeyboardEvent): boolean {
  return isComposing || keyCode === 229;
}

/** Sets the text, only where it differs: a live region would say it again. */
export function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
  element.hidden = text === "";
}

/** Shows one of several views. */
export function showOnly(view: HTMLElement, views: readonly HTMLElement[]): void {
  for (const one of views) one.hidden = one !== view;
}
