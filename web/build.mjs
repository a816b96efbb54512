// Builds the two pages, the presenters' pictures and layers, and the API's documentation page into the Python package.

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, copyFile, cp, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { fileURLToPath } from "node:url";
import path from "node:path";
import * as avataaars from "@dicebear/avataaars";
import { createAvatar } from "@dicebear/core";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const source = path.join(here, "../src/dragoman");
const out = path.join(source, "server/static");
const layersOut = path.join(source, "avatar/data");
const modules = path.join(here, "node_modules");

/** What every browser with AudioWorklet and Socket.IO's binary events in use today can read. */
const TARGET = ["es2020", "chrome90", "firefox90", "safari15"];

/** Bundles the scripts; answers with the names of the packages that went into them. */
async function scripts() {
  const { metafile } = await build({
    absWorkingDir: here,
    entryPoints: {
      speaker: "src/speaker/main.ts",
      listener: "src/listener/main.ts",
      worklet: "src/speaker/worklet.ts",
      "docs/docs": "src/docs.ts",
    },
    outdir: out,
    bundle: true,
    minify: true,
    sourcemap: true,
    format: "esm",
    target: TARGET,
    metafile: true,
    logLevel: "warning",
  });
  const packages = Object.keys(metafile.inputs).map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]);
  return [...new Set(packages.filter(Boolean))];
}

/** One picture per presenter for the pages, and the layers that the server moves, out of the data that it reads too. */
async function presenters() {
  const characters = JSON.parse(await readFile(path.join(source, "avatar/characters.json"), "utf-8"));
  await mkdir(path.join(out, "avatars"), { recursive: true });
  for (const { character, dicebear, hairBehind } of characters) {
    const svg = createAvatar(avataaars, { ...dicebear.options, seed: character }).toString();
    await writeFile(path.join(out, "avatars", `${character}.svg`), svg);
    await writeFile(path.join(out, "avatars", `${character}-moving.svg`), moving(svg, dicebear.options, hairBehind));
    await mkdir(path.join(layersOut, character), { recursive: true });
    for (const [name, layer] of Object.entries(layers(svg, dicebear.options, hairBehind))) {
      await writeFile(path.join(layersOut, character, `${name}.svg`), layer);
    }
  }
}

// avataaars draws head, neck and shoulders as one shape. These are its parts: the neck is longer at the top, so that the
// head can move without baring what is behind it, and of the shoulders there is what no collar hides, for skin would
// shine around the clothes.
const HEAD =
  "M132 36a56 56 0 0 0-56 56v6.17A12 12 0 0 0 66 110v14a12 12 0 0 0 10.3 11.88 56 56 0 0 0 111.4 0A12 12 0 0 0 198 124" +
  "v-14a12 12 0 0 0-10-11.83V92a56 56 0 0 0-56-56Z";
const NECK_AND_BREAST = "M108 166h48v33h12v60H96v-60h12Z";
const UNDER_THE_CHIN = "M108 166v22.6a55.8 55.8 0 0 0 48 0V166Z";
const BEHIND_THE_NECK = "M98 166h68v22a9 9 0 0 1-9 9h-50a9 9 0 0 1-9-9Z";
const BESIDE_THE_NECK = "M99 166h9v32q-9 0-9-9ZM156 166h9v23q0 9-9 9Z";

/**
 * A presenter's layers from the back to the front, as SVG texts. Mouth, nose, eyes and brows are left out: the server
 * draws its own between `head` and `front`.
 */
function layers(svg, options, hairBehind) {
  const [, , clothing, , , , , ...front] = parts(svg);
  const path = (d, fill) => `<path d="${d}" ${fill}/>`;
  const skin = `fill="#${options.skinColor[0]}"`;
  // hair that hangs to the shoulders is there too when the head moves: behind the neck, and before the collar's tips
  const [behind, beside] = [BEHIND_THE_NECK, BESIDE_THE_NECK].map((d) =>
    hairBehind ? path(d, `fill="#${options.hairColor[0]}"`) : "",
  );
  const shade = path(UNDER_THE_CHIN, 'fill="#000" fill-opacity=".1"');
  return {
    body: document([behind, path(NECK_AND_BREAST, skin), shade, clothing, beside]),
    head: document([path(HEAD, skin)]),
    front: document(front),
  };
}

/** avataaars' ten elements in its order: body, shade, clothing, mouth, nose, eyes, brows, hair, beard, glasses. */
function parts(svg) {
  const found = [];
  const inside = svg.slice(svg.indexOf("<g transform=\"translate(8)\">") + 28);
  let depth = 0;
  let start = 0;
  for (const tag of inside.matchAll(/<(\/?)[a-z]+[^>]*?(\/?)>/gi)) {
    if (depth === 0) start = tag.index;
    depth += tag[1] ? -1 : tag[2] ? 0 : 1;
    if (depth < 0) break;
    if (depth === 0) found.push(inside.slice(start, tag.index + tag[0].length));
  }
  if (found.length !== 10) throw new Error(`avataaars is drawn of ${found.length} elements now: look which is which`);
  return found;
}

/**
 * A presenter who is alive: breathes, sways, blinks and says something now and then. By SMIL, which moves in an <img>
 * too; whoever wants no movement is shown the still picture.
 */
function moving(svg, options, hairBehind) {
  const { body } = layers(svg, options, hairBehind);
  const [, , , mouth, nose, eyes, brows, ...front] = parts(svg);
  const skin = `fill="#${options.skinColor[0]}"`;
  const inside = body.slice(body.indexOf("<g"), body.lastIndexOf("</svg>"));
  const ground = `<rect width="280" height="280" fill="#${options.backgroundColor[0]}"/>`;
  const animate = (kind, values, seconds, more = "") =>
    `<animateTransform attributeName="transform" type="${kind}" values="${values}" dur="${seconds}s" repeatCount="indefinite" ${more}/>`;
  const splines = (count) => `calcMode="spline" keySplines="${Array(count).fill(".4 0 .6 1").join(";")}"`;
  // Scaled about the eyes' own line, and the mouth's.
  const about = (x, y, drawn, animation) =>
    `<g transform="translate(${x} ${y})"><g>${animation}<g transform="translate(${-x} ${-y})">${drawn}</g></g></g>`;
  const blink = animate("scale", "1 1;1 1;1 .1;1 1;1 1", 4.3, 'keyTimes="0;.92;.95;.98;1"');
  const speak = animate("scale", "1 1;1 .55;1 1.1;1 .7;1 1.15;1 .8;1 1;1 1", 2.6, 'keyTimes="0;.08;.18;.27;.38;.48;.58;1"');
  const sway = animate("rotate", "-1.2 132 190;1.4 132 190;-1.2 132 190", 5.2, splines(2));
  const breathe = animate("translate", "0 0;0 1.6;0 0", 3.7, splines(2));
  const face = [nose, about(132, 112, eyes, blink), brows, about(132, 150, mouth, speak)].join("");
  const head = `<g><g>${sway}<g transform="translate(8)"><path d="${HEAD}" ${skin}/>${face}${front.join("")}</g></g>${breathe}</g>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 280 280" fill="none">${ground}${inside}${head}</svg>\n`;
}

function document(elements) {
  const drawn = elements.join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 280 280" fill="none"><g transform="translate(8)">${drawn}</g></svg>\n`;
}

/** The OpenAPI reader: FastAPI's own page would load it from another host. */
async function documentation() {
  const reader = path.join(modules, "swagger-ui-dist");
  for (const file of ["swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE"]) {
    await copyFile(path.join(reader, file), path.join(out, "docs", file));
  }
  await copyFile(path.join(here, "pages/docs.html"), path.join(out, "docs/index.html"));
}

/** The licence texts of what was bundled, as those licences ask. */
async function licences(packages) {
  const texts = [];
  for (const name of [...packages, "@dicebear/core", "@dicebear/avataaars"].sort()) {
    const { version } = JSON.parse(await readFile(path.join(modules, name, "package.json"), "utf-8"));
    texts.push(`${name} ${version}\n\n${await licence(path.join(modules, name))}`);
  }
  await writeFile(path.join(out, "LICENCES.txt"), texts.join(`\n${"-".repeat(80)}\n\n`));
}

async function licence(folder) {
  for (const file of ["LICENSE", "LICENSE.md", "LICENCE"]) {
    const text = await readFile(path.join(folder, file), "utf-8").catch(() => undefined);
    if (text !== undefined) return text;
  }
  throw new Error(`${folder} carries no licence text: it cannot be bundled`);
}

/** Words that only one page has, by the first part of their key. */
const ONLY = {
  listener: ["listener", "door", "state", "balance"],
  speaker: ["speaker", "microphone", "level", "targets", "terms", "mark"],
};

/** The words of each page in each language, one file each; answers with the listener's, and with what there is to say
 * without any script. */
async function words() {
  const folder = path.join(here, "src/words");
  await mkdir(path.join(out, "words"), { recursive: true });
  const without = [];
  const listener = {};
  for (const file of (await readdir(folder)).sort()) {
    const language = path.basename(file, ".json");
    const all = Object.entries(JSON.parse(await readFile(path.join(folder, file), "utf-8")));
    for (const [page, others] of [["listener", ONLY.speaker], ["speaker", ONLY.listener]]) {
      const own = all.filter(([key]) => key !== "noscript" && !others.includes(key.split(".")[0]));
      const text = JSON.stringify(Object.fromEntries(own));
      await writeFile(path.join(out, "words", `${page}-${language}.json`), text);
      if (page === "listener") listener[language] = Object.fromEntries(own);
    }
    without.push(`<p lang="${language}" dir="auto">${Object.fromEntries(all).noscript}</p>`);
  }
  return { without: without.join(""), listener };
}

const FRAME = /<!-- coming -->[^]*?<!-- \/coming -->/;

/**
 * The listener's page once for each language, with its words in it, so that it is seen before its script is there: as
 * `LANGUAGE.html` with the frame of the talk, and as `LANGUAGE-door.html` with the door that stands before it.
 */
async function firstSeen(page, words) {
  await mkdir(path.join(out, "listener"), { recursive: true });
  for (const [language, texts] of Object.entries(words)) {
    const carried = JSON.stringify(texts).replace(/</g, "\\u003c");
    const spoken = told(page, texts)
      .replace('<html lang="en">', `<html lang="${language}"${language === "ar" ? ' dir="rtl"' : ""}>`)
      .replace("<!-- words -->", () => `<script type="application/json" id="words" lang="${language}">${carried}</script>`);
    await writeFile(path.join(out, `listener/${language}.html`), spoken);
    await writeFile(path.join(out, `listener/${language}-door.html`), atTheDoor(spoken));
  }
}

function atTheDoor(page) {
  return page.replace(FRAME, "").replace('class="door" hidden', 'class="door"');
}

/** The page with the texts in the elements that ask for them. */
function told(page, texts) {
  const safe = (key) => texts[key].replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
  const attributes = { label: "aria-label", title: "title", placeholder: "placeholder" };
  return page
    .replace(/data-words="([\w.]+)"([^>]*)>/g, (all, key) => all + safe(key))
    .replace(/data-words-(label|title|placeholder)="([\w.]+)"/g, (all, kind, key) => `${all} ${attributes[kind]}="${safe(key)}"`);
}

/** The looks of each page in one file: what they share is imported. */
async function looks() {
  const entryPoints = ["pages/speaker.css", "pages/listener.css"];
  await build({ absWorkingDir: here, entryPoints, outdir: out, bundle: true, minify: true, target: TARGET, logLevel: "warning" });
}

/**
 * The pages and their icons. The addresses of what they load name this build, so that a browser may keep it for good;
 * scripts pass that on to what they load themselves (version.ts).
 */
async function pages({ without, listener }) {
  for (const file of ["icon.svg", "silhouette-female.svg", "silhouette-male.svg", "icon-192.png", "icon-512.png", "listener.webmanifest"]) {
    await cp(path.join(here, "pages", file), path.join(out, file));
  }
  const hash = createHash("sha256");
  for (const file of await made(/\.(js|css|json|svg|png|webmanifest)$/)) hash.update(await readFile(file));
  const version = hash.digest("hex").slice(0, 12);
  for (const file of ["speaker.html", "listener.html"]) {
    const page = await readFile(path.join(here, "pages", file), "utf-8");
    // In the page itself: one thing less to wait for before it is seen. The server's policy names it by its hash.
    const looks = await readFile(path.join(out, file.replace(".html", ".css")), "utf-8");
    const styled = page.replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${looks.trim()}</style>`);
    const versioned = styled.replace(/((?:src|href)="\/static\/[^"?#]+)"/g, `$1?v=${version}"`);
    const whole = versioned.replace("<!-- noscript -->", without);
    await writeFile(path.join(out, file), file === "listener.html" ? atTheDoor(whole) : whole);
    if (file === "listener.html") await firstSeen(whole, listener);
  }
}

/** What was built so far and has such a name, always in the same order. */
async function made(name) {
  const entries = await readdir(out, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && name.test(entry.name));
  return files.map((entry) => path.join(entry.parentPath ?? entry.path, entry.name)).sort();
}

/** A compressed copy beside every text, of which the server sends the one that the browser understands. */
async function compress() {
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  for (const file of await made(/\.(js|css|html|svg|json|webmanifest)$/)) {
    const text = await readFile(file);
    await writeFile(`${file}.br`, await promisify(brotliCompress)(text, brotli));
    await writeFile(`${file}.gz`, await promisify(gzip)(text, { level: 9 }));
  }
}

await rm(out, { recursive: true, force: true });
await rm(layersOut, { recursive: true, force: true });
await mkdir(path.join(out, "docs"), { recursive: true });
const bundled = await scripts();
await looks();
await pages(await words());
await presenters();
await documentation();
await compress();
await licences(bundled);
