// SPDX-License-Identifier: Apache-2.0
// Names of countries over the map, those with the largest flows first, none over another.

import { part } from "./parts.js";

const MOST = 40;
const GAP = 7; // pixels between a place and its name

/** Whether two boxes share any part. */
function touch(one, other) {
  return (
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom
  );
}

/** Names over a map; they follow it, and stand in the table beside it for those who cannot see. */
export function namesOver(map, places) {
  const layer = part("div", { className: "names" });
  layer.setAttribute("aria-hidden", "true");
  map.getContainer().append(layer);
  let named = [];

  function set() {
    const taken = [];
    for (const { place, text, width, height } of named) {
      const { x, y } = map.project([place.lon, place.lat]);
      const left = x - width / 2;
      const box = { left, top: y + GAP, right: left + width, bottom: y + GAP + height };
      const free = !taken.some((other) => touch(box, other));
      if (free) taken.push(box);
      text.style.visibility = free ? "visible" : "hidden";
      text.style.transform = `translate(${Math.round(box.left)}px, ${Math.round(box.top)}px)`;
    }
  }
  map.on("move", set);
  map.on("resize", set);

  return {
    draw(flows) {
      const persons = new Map();
      for (const [from, to, number] of flows) {
        persons.set(from, (persons.get(from) ?? 0) + number);
        persons.set(to, (persons.get(to) ?? 0) + number);
      }
      named = places
        .filter(({ index }) => persons.has(index))
        .sort((one, other) => persons.get(other.index) - persons.get(one.index))
        .slice(0, MOST)
        .map((place) => ({ place, text: part("span", {}, place.name) }));
      layer.replaceChildren(...named.map(({ text }) => text));
      for (const one of named) {
        one.width = one.text.offsetWidth;
        one.height = one.text.offsetHeight;
      }
      set();
    },
  };
}
