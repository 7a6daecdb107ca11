// SPDX-License-Identifier: Apache-2.0
// Small parts of a page.

/** An element with properties and children; strings are text, never markup. */
export function part(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** A number as the page's language groups its digits. */
export function written(number, separator) {
  return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, separator);
}
