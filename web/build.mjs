// Builds the two pages, the presenters' pictures and the API's documentation page into the Python package.

import { mkdir, readFile, rm, copyFile, cp, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";
import * as avataaars from "@dicebear/avataaars";
import { createAvatar } from "@dicebear/core";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const source = path.join(here, "../src/dragoman");
const out = path.join(source, "server/static");
const modules = path.join(here, "node_modules");

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
    // What every browser with AudioWorklet and Socket.IO's binary events in use today can read.
    target: ["es2020", "chrome90", "firefox90", "safari15"],
    metafile: true,
    logLevel: "warning",
  });
  const packages = Object.keys(metafile.inputs).map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]);
  return [...new Set(packages.filter(Boolean))];
}

/** One picture per presenter, out of the data that the server reads too. */
async function presenters() {
  const characters = JSON.parse(await readFile(path.join(source, "avatar/characters.json"), "utf-8"));
  await mkdir(path.join(out, "avatars"), { recursive: true });
  for (const { character, dicebear } of characters) {
    const svg = createAvatar(avataaars, { ...dicebear.options, seed: character }).toString();
    await writeFile(path.join(out, "avatars", `${character}.svg`), svg);
  }
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

await rm(out, { recursive: true, force: true });
await mkdir(path.join(out, "docs"), { recursive: true });
const bundled = await scripts();
for (const file of ["speaker.html", "listener.html", "style.css", "icon.svg"]) {
  await cp(path.join(here, "pages", file), path.join(out, file));
}
await presenters();
await documentation();
await licences(bundled);
