// SPDX-License-Identifier: Apache-2.0
// Bundles the islands into a folder: `node build.mjs FOLDER`.

import { copyFile, mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";

const [folder = "../src/keruen/web/static/built"] = process.argv.slice(2);
const copied = [
  "node_modules/htmx.org/dist/htmx.min.js",
  "node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs",
];

/** Packages that an island is made of, by folder. */
function packages(inputs) {
  const found = inputs.map((path) => path.match(/.*node_modules\/((@[^/]+\/)?[^/]+)/)?.[0]);
  return [...new Set(found.filter(Boolean))].sort();
}

/** Name, version and licence of a package, and the text of the licence where it ships one. */
async function licence(home) {
  const { name, version, license } = JSON.parse(await readFile(join(home, "package.json"), "utf8"));
  const files = (await readdir(home)).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const texts = await Promise.all(files.map((file) => readFile(join(home, file), "utf8")));
  return [`${name} ${version}: ${license ?? "see below"}`, ...texts].join("\n\n");
}

const made = await build({
  entryPoints: ["src/charts.js", "src/charts.css", "src/flow-map.js", "src/flow-map.css"],
  outdir: folder,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none", // the licences stand together in one file
  loader: { ".svg": "dataurl" },
  metafile: true,
  logLevel: "warning",
});
await mkdir(folder, { recursive: true });
await Promise.all(copied.map((file) => copyFile(file, join(folder, basename(file)))));
const used = packages([...Object.keys(made.metafile.inputs), ...copied]);
const licences = await Promise.all(used.map(licence));
await writeFile(join(folder, "LICENCES.txt"), `${licences.join(`\n\n${"-".repeat(72)}\n\n`)}\n`);
for (const file of (await readdir(folder)).sort()) {
  const { size } = await stat(join(folder, file));
  console.log(`${String(Math.round(size / 1000)).padStart(6)} kB  ${file}`);
}
