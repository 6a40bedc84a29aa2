/** Products as tiles: a colour and a shape for each category, and the department's initials instead of pictures. */

import { el, money, path } from "./dom.js";
import { put, selected } from "./visitor.js";

const HUES = 24;

function number(text) {
  let hash = 2166136261;
  for (const letter of text) hash = Math.imul(hash ^ letter.codePointAt(0), 16777619) >>> 0;
  return hash;
}

function initials(department) {
  const words = department.match(/[\p{L}\p{N}]+/gu) ?? ["?"];
  return (words.length > 1 ? words[0][0] + words[1][0] : words[0].slice(0, 2)).toUpperCase();
}

/** The picture of a product, of its category alone. */
export function art(category) {
  const levels = path(category);
  const kind = number(levels.slice(0, 2).join("/"));
  const picture = el("span", { class: `art shape${kind % 4}`, "aria-hidden": "true" }, el("span", {}, initials(levels[0] ?? "")));
  picture.style.setProperty("--hue", String(((kind >>> 16) % HUES) * (360 / HUES)));
  picture.style.setProperty("--turn", `${((kind >>> 4) % 60) - 30}deg`);
  picture.style.setProperty("--at", `${20 + ((kind >>> 10) % 60)}%`);
  return picture;
}

export function tile(product, list) {
  const [name, ...size] = product.name.split(", ");
  return el(
    "li",
    { class: "tile", "data-id": product.id },
    el(
      "a",
      { href: `#/product/${encodeURIComponent(product.id)}`, onclick: () => selected(product, list) },
      art(product.category),
      el("span", { class: "name" }, name),
      size.length ? el("span", { class: "size" }, size.join(", ")) : null,
    ),
    el(
      "p",
      { class: "buy" },
      el("span", { class: "price" }, money(product.price)),
      el("button", { type: "button", "aria-label": `Put ${product.name} in the basket`, onclick: () => put(product, list) }, "+"),
    ),
    product.reason ? el("p", { class: "reason" }, product.reason) : null,
  );
}
