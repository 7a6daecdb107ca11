// SPDX-License-Identifier: Apache-2.0
// The numbers beside the map: the period's finding, and its largest flows in a table.

import { part, written } from "./parts.js";

const ROWS = 10;

/** The texts around the map, and the page's own finding; `point` tells what the pointer is on. */
export function board({ words, separator, focus }, finding) {
  finding.setAttribute("aria-live", "polite");
  const told = part("p", { className: "told", hidden: true });
  const rows = part("tbody");
  const head = part(
    "tr",
    {},
    part("th", { scope: "col" }, words.from_to),
    part("th", { scope: "col", className: "n" }, words.persons),
  );
  const table = part(
    "table",
    {},
    part("caption", {}, words.largest),
    part("thead", {}, head),
    rows,
  );
  const more = part("p", { hidden: true });
  const key = part("p", { className: "key", hidden: focus === null });
  key.append(part("span", { className: "into" }), `${words.into} `);
  key.append(part("span", { className: "out" }), words.out);
  const note = part("p", { className: "from" }, `${words.estimates} ${words.credit}`);

  function row([from, to, persons], places) {
    const pair = `${places[from][1]} → ${places[to][1]}`;
    const number = part("td", { className: "n" }, `${written(persons, separator)} `, part("sup", {}, "e"));
    return part("tr", {}, part("th", { scope: "row" }, pair), number);
  }

  return {
    told,
    below: part("div", { className: "numbers" }, key, table, more, note),
    /** What is under the pointer, beside it; no text takes it away. */
    point(text, x, y) {
      told.hidden = !text;
      told.textContent = text;
      told.style.left = `${x}px`;
      told.style.top = `${y}px`;
    },
    draw({ periods, places }, flows, { period, chosen }) {
      finding.textContent = periods[period].finding;
      const largest = [...flows].sort((one, other) => other[2] - one[2]).slice(0, ROWS);
      rows.replaceChildren(...largest.map((flow) => row(flow, places)));
      if (!largest.length) {
        rows.append(part("tr", {}, part("td", { colSpan: 2 }, words.none)));
      }
      more.hidden = focus !== null || chosen === null;
      if (!more.hidden) {
        const address = `/flows/${places[chosen][0]}?year=${periods[period].last}`;
        more.replaceChildren(part("a", { href: address }, `${words.page}: ${places[chosen][1]}`));
      }
    },
  };
}
