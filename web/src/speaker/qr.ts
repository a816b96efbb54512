/** A QR code as a drawing. */

import { encode } from "uqr";

const SVG = "http://www.w3.org/2000/svg";

/** Black on white whatever the page's colours: many readers know nothing else. */
export function qrCode(text: string): SVGSVGElement {
  // Two modules of border here and the white card around it make the four that the standard asks for.
  const { data, size } = encode(text, { ecc: "M", border: 2 });
  const dark = data.flatMap((row, y) => row.map((on, x) => (on ? `M${x} ${y}h1v1h-1z` : "")));
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  // What it is for stands beside it.
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("shape-rendering", "crispEdges");
  const ground = document.createElementNS(SVG, "rect");
  ground.setAttribute("width", String(size));
  ground.setAttribute("height", String(size));
  ground.setAttribute("fill", "#fff");
  const modules = document.createElementNS(SVG, "path");
  modules.setAttribute("d", dark.join(""));
  modules.setAttribute("fill", "#000");
  svg.append(ground, modules);
  return svg;
}
