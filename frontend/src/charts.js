// SPDX-License-Identifier: Apache-2.0
// Draws the charts of a page anew, in place, so that they answer the pointer.
// The page is whole without this: whatever fails here leaves the server's picture as it is.

import embed from "vega-embed";
import { expressionInterpreter } from "vega-interpreter";
import { savesFor } from "./saves.js";

const own = document.querySelector("script[data-charts]").dataset;
const known = new Set(own.charts.split(" "));

/** How Vega draws here: no code made from text, no menu, no link to an outside address. */
const manner = {
  mode: "vega-lite",
  renderer: "svg",
  actions: false,
  ast: true,
  expr: expressionInterpreter,
};

/** Name of a drawing of the server: the first part of its ids. */
function nameOf(picture) {
  return picture.querySelector("title")?.id.split("-")[0];
}

/** Put Vega's drawing where the server's stood, under the same heading and over the same note. */
async function enliven(picture) {
  const answer = await fetch(`${own.address}${nameOf(picture)}.json?${own.query}`);
  if (!answer.ok) throw new Error(`${answer.status}`);
  const { spec, format } = await answer.json();
  const box = document.createElement("div");
  await embed(box, spec, { ...manner, formatLocale: format });
  const marks = box.querySelector("svg");
  marks.setAttribute("aria-hidden", "true"); // the picture speaks for its parts
  picture.querySelector(':scope > g[transform^="translate(0,"]').replaceChildren(marks);
  picture.dataset.island = "chart";
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { target } of entries.filter((entry) => entry.isIntersecting)) {
      near.unobserve(target);
      enliven(target).catch(() => (target.dataset.island = "picture"));
    }
  },
  { rootMargin: "400px" },
);

for (const picture of document.querySelectorAll(".picture > svg")) {
  if (!known.has(nameOf(picture))) continue;
  picture.parentElement.append(savesFor(picture, own));
  near.observe(picture);
}
