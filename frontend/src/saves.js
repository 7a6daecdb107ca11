// SPDX-License-Identifier: Apache-2.0
// Buttons that save a picture as it stands, with its heading and sources.

const SCALE = 3; // pixels of the PNG to one of the page

/** The picture as a file of its own. */
function fileOf(picture) {
  const copy = picture.cloneNode(true);
  copy.removeAttribute("data-island");
  return new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
}

/** The picture in pixels. */
async function pixelsOf(picture) {
  const { width, height } = picture.viewBox.baseVal;
  const image = new Image();
  image.src = URL.createObjectURL(fileOf(picture));
  await image.decode();
  URL.revokeObjectURL(image.src);
  const canvas = new OffscreenCanvas(width * SCALE, height * SCALE);
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/png" });
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

/** Buttons for one picture; `words` are in the page's language. */
export function savesFor(picture, words) {
  const name = picture.closest("figure")?.id || "picture";
  const row = document.createElement("p");
  row.className = "saves";
  row.append(
    button(words.svg, () => save(fileOf(picture), `${name}.svg`)),
    button(words.png, async () => save(await pixelsOf(picture), `${name}.png`)),
  );
  return row;
}
