// SPDX-License-Identifier: Apache-2.0
// The flow map: estimated flows by period on a map without tiles, beside their numbers.
// The page is whole without this: where WebGL is missing, the server's picture stays.

import { controls } from "./flow-controls.js";
import { ground } from "./flow-ground.js";
import { board } from "./flow-numbers.js";

const own = document.querySelector("script[data-map]").dataset;
const figure = document.querySelector("#table-flows_in, #table-flows_world");

async function told(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

/** What is on the map now: flows of a period that are large enough, of one country or all. */
function shown(data, state) {
  const least = data.steps[state.step];
  return data.periods[state.period].flows.filter(
    ([from, to, persons]) =>
      persons >= least && (state.chosen === null || from === state.chosen || to === state.chosen),
  );
}

/** Keep the address of what is seen, so that it can be sent to somebody. */
function keep(data, state) {
  const address = new URL(location.href);
  address.searchParams.set("year", data.periods[state.period].last);
  history.replaceState(null, "", address);
}

async function start() {
  let [data, outlines] = await Promise.all([told(own.map), told(own.ground)]);
  const last = data.periods.findIndex((period) => String(period.last) === own.year);
  const state = {
    period: last < 0 ? data.periods.length - 1 : last,
    step: data.steps.indexOf(data.focus === null ? 100_000 : 1_000),
    chosen: data.focus,
  };
  const box = document.createElement("div");
  box.className = "flow-map";
  const picture = figure.querySelector(".picture");
  picture.before(box);

  const panel = controls(data, state, { change, method, picture });
  const numbers = board(data, figure.closest("section").querySelector(".findings li"));
  const canvas = document.createElement("div");
  canvas.className = "ground";
  box.append(panel.form, canvas, numbers.below);
  const map = await ground(canvas, data, outlines, { hover: numbers.point, choose }).catch(
    (fault) => {
      box.remove(); // the picture stays
      throw fault;
    },
  );
  canvas.append(numbers.told);
  picture.classList.add("aside");

  function change(part) {
    Object.assign(state, part);
    draw();
  }
  function choose(place) {
    if (data.focus === null) change({ chosen: state.chosen === place ? null : place });
  }
  async function method(name) {
    data = await told(`${own.map}&method=${name}`).catch(() => data); // the old one stays
    draw();
  }
  function draw() {
    const flows = shown(data, state);
    map.draw(data, flows, state);
    numbers.draw(data, flows, state);
    panel.draw(data, state);
    keep(data, state);
    box.dataset.period = data.periods[state.period].name;
    box.dataset.flows = flows.length;
  }
  draw();
  box.dataset.ready = "yes";
}

start().catch((fault) => console.info(`the flow map stays a picture: ${fault.message}`));
