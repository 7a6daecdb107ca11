// SPDX-License-Identifier: Apache-2.0
// What a reader chooses: the period, its film, the method, the smallest flow, a country.

import { part, written } from "./parts.js";

const PACE = 1500; // milliseconds a period is shown for

/** A choice with its label. */
function choice(label, options, value, act) {
  const select = part(
    "select",
    {},
    ...options.map(([key, text]) => part("option", { value: key }, text)),
  );
  select.value = value;
  select.addEventListener("change", () => act(select.value));
  return [part("label", {}, label, select), select];
}

/** The form over the map; `acts` are told what was chosen. */
export function controls(data, state, acts) {
  const { words, periods, places, steps, separator } = data;
  const slider = part("input", { type: "range", min: 0, max: periods.length - 1, step: 1 });
  const name = part("output");
  slider.addEventListener("input", () => acts.change({ period: Number(slider.value) }));

  let film;
  const play = part("button", { type: "button" }, words.play);
  const stop = () => {
    clearInterval(film);
    film = undefined;
    play.textContent = words.play;
  };
  const next = () => {
    const period = (state.period + 1) % periods.length;
    acts.change({ period });
    if (period === periods.length - 1) stop();
  };
  play.addEventListener("click", () => {
    if (film) return stop();
    film = setInterval(next, PACE);
    play.textContent = words.pause;
    next();
  });
  slider.addEventListener("pointerdown", stop);

  const [method, methods] = choice(words.method, data.methods, data.method, acts.method);
  const sizes = steps.map((step, place) => [place, written(step, separator)]);
  const [least] = choice(words.least, sizes, state.step, (place) =>
    acts.change({ step: Number(place) }),
  );
  const order = new Intl.Collator(document.documentElement.lang).compare;
  const countries = places
    .map((place, index) => [index, place[1]])
    .sort((one, other) => order(one[1], other[1]));
  const [country, select] = choice(words.country, [["", words.all], ...countries], "", (place) =>
    acts.change({ chosen: place === "" ? null : Number(place) }),
  );

  const still = part("button", { type: "button", className: "still" }, words.picture);
  still.setAttribute("aria-pressed", "false");
  still.addEventListener("click", () => {
    const open = acts.picture.classList.toggle("open");
    still.setAttribute("aria-pressed", String(open));
  });

  const period = part("label", { className: "period" }, words.period, slider, name);
  const form = part("form", {}, play, period, method, least);
  if (data.focus === null) form.append(country);
  form.append(still);
  form.addEventListener("submit", (event) => event.preventDefault());

  return {
    form,
    draw(now, { period: at, chosen }) {
      slider.value = at;
      slider.setAttribute("aria-valuetext", now.periods[at].name);
      name.textContent = now.periods[at].name;
      methods.value = now.method;
      select.value = chosen === null ? "" : String(chosen);
    },
  };
}
