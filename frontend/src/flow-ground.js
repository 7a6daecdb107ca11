// SPDX-License-Identifier: Apache-2.0
// The map itself: outlines by MapLibre, flows by flowmap.gl, names in the page's language.

import { MapboxOverlay } from "@deck.gl/mapbox";
import { FlowmapLayer, PickingType } from "@flowmap.gl/layers";
import { Map, NavigationControl, setWorkerUrl } from "maplibre-gl";
import { namesOver } from "./flow-names.js";
import { written } from "./parts.js";

setWorkerUrl(new URL("maplibre-gl-worker.mjs", import.meta.url).href);

const INTO = ["#8fc1e3", "#0072b2"]; // as in the pictures of the reports
const OUT = ["#f0bd85", "#b86e00"];

/** Land and borders; no tiles, no letters from a server. */
function style(outlines) {
  const land = { type: "geojson", data: outlines, tolerance: 0.2 };
  return {
    version: 8,
    sources: { land },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": "#f7f9fa" } },
      { id: "land", type: "fill", source: "land", paint: { "fill-color": "#e6e8ea" } },
      {
        id: "borders",
        type: "line",
        source: "land",
        paint: { "line-color": "#b5b5b5", "line-width": 0.6 },
      },
    ],
  };
}

/** One layer of flows; its widths mean the same in every period.
 * (Under deck.gl 9.4 the flows of flowmap.gl 9.4 cannot be picked, so deck.gl stays at 9.3.) */
function layer(id, flows, places, most, colours, acts) {
  return new FlowmapLayer({
    id,
    data: { locations: places, flows },
    darkMode: false,
    pickable: true,
    getLocationId: (place) => place.index,
    getLocationName: (place) => place.name,
    getLocationLat: (place) => place.lat,
    getLocationLon: (place) => place.lon,
    getFlowOriginId: (flow) => flow[0],
    getFlowDestId: (flow) => flow[1],
    getFlowMagnitude: (flow) => flow[2],
    colorScheme: colours,
    clusteringEnabled: false,
    locationTotalsEnabled: false,
    fadeEnabled: false,
    flowLinesRenderingMode: "curved",
    flowLineThicknessScale: 2.5,
    maxTopFlowsDisplayNum: 10_000,
    scaleLock: { enabled: true, domains: { flowMagnitude: [0, most] } },
    onHover: acts.hover,
    onClick: acts.click,
  });
}

/** The part of the world that holds most of what is drawn first. */
function look(map, places, flows, focus) {
  if (focus === null) return;
  const near = [...flows].sort((one, other) => other[2] - one[2]).slice(0, 12);
  const seen = new Set([focus, ...near.flatMap(([from, to]) => [from, to])]);
  const points = places.filter(({ index }) => seen.has(index));
  const lon = points.map((place) => place.lon);
  const lat = points.map((place) => place.lat);
  const corners = [
    [Math.min(...lon), Math.min(...lat)],
    [Math.max(...lon), Math.max(...lat)],
  ];
  map.fitBounds(corners, { animate: false, padding: 60, maxZoom: 4 });
}

/** A map in a box; fails where there is no WebGL. `acts` hear of the pointer. */
export async function ground(box, data, outlines, acts) {
  const { words, separator } = data;
  const places = data.places
    .map(([code, name, lon, lat], index) => ({ code, name, lon, lat, index }))
    .filter((place) => place.lon !== undefined);
  const placed = new Set(places.map(({ index }) => index));
  const map = new Map({
    container: box,
    style: style(outlines),
    center: [15, 22],
    zoom: 0.6,
    minZoom: 0,
    maxZoom: 6,
    renderWorldCopies: false,
    attributionControl: false,
    dragRotate: false,
    touchPitch: false,
    pitchWithRotate: false,
    scrollZoom: false, // the page scrolls; buttons and keys zoom
    locale: {
      "Map.Title": words.map,
      "NavigationControl.ZoomIn": words.nearer,
      "NavigationControl.ZoomOut": words.farther,
    },
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  const overlay = new MapboxOverlay({
    layers: [],
    onLoad: () => leaveKeys(box), // the map beneath has the keys
  });
  await new Promise((done, fail) => {
    map.once("load", done);
    map.once("error", ({ error }) => fail(error));
  });
  map.addControl(overlay);
  const names = namesOver(map, places);

  const heard = {
    hover(info) {
      const text = info && pointed(info, words, separator);
      map.getCanvas().style.cursor = text ? "pointer" : "";
      acts.hover(text, info?.x ?? 0, info?.y ?? 0);
    },
    click(info) {
      if (info?.object?.type === PickingType.LOCATION) acts.choose(info.object.id);
    },
  };
  let looked = false;
  return {
    draw(now, all, { chosen }) {
      const flows = all.filter(([from, to]) => placed.has(from) && placed.has(to));
      const most = Math.max(1, ...now.periods.flatMap((one) => one.flows.map((flow) => flow[2])));
      const [into, out] =
        chosen === null
          ? [flows, []]
          : [flows.filter((flow) => flow[1] === chosen), flows.filter((flow) => flow[0] === chosen)];
      overlay.setProps({
        layers: [
          layer("out", out, places, most, OUT, heard),
          layer("into", into, places, most, INTO, heard),
        ],
      });
      if (!looked) look(map, places, flows, chosen);
      looked = true;
      names.draw(flows);
    },
  };
}

/** Keep the layer of flows out of the way of the Tab key. */
function leaveKeys(container) {
  for (const one of container.querySelectorAll("#deckgl-overlay")) one.tabIndex = -1;
}

/** What the pointer is on, as a sentence. */
function pointed({ object }, words, separator) {
  if (object?.type === PickingType.FLOW) {
    return `${object.origin.name} → ${object.dest.name}: ${written(object.count, separator)}`;
  }
  return object?.type === PickingType.LOCATION ? object.name : "";
}
