/** What is in the basket, line by line, and what it costs together. */

import * as api from "./api.js";
import { el, fault, money } from "./dom.js";
import { art } from "./tiles.js";
import { afterwards, buy, put, take, visitor } from "./visitor.js";

/** The elements of the basket, which follow what the visitor does; `placement` is where it is shown. */
export function basketLines(placement) {
  const lines = el("ul", { class: "lines", "aria-label": "In the basket" });
  const sum = el("p", { class: "sum", "aria-live": "polite" });
  const known = new Map();
  let latest = 0;

  async function show() {
    const turn = ++latest;
    const all = visitor.basket;
    try {
      const missing = all.map(([id]) => id).filter((id) => !known.has(id));
      for (const found of await Promise.all(missing.map(api.product))) known.set(found.id, found);
    } catch (error) {
      return sum.replaceChildren(fault("The basket cannot be shown", error));
    }
    if (turn !== latest) return;
    const there = all.map(([id, count]) => [known.get(id), count]);
    lines.replaceChildren(...there.map(([each, count]) => line(each, count, placement)));
    sum.replaceChildren(...(there.length ? checkout(there, placement) : ["The basket is empty."]));
  }

  show();
  afterwards(show, lines);
  return [lines, sum];
}

function checkout(there, placement) {
  const total = there.reduce((value, [each, count]) => value + each.price * count, 0);
  const pay = () => buy(there.map(([each]) => each), placement);
  return [
    el("span", {}, `Together ${money(total)}`),
    el("button", { type: "button", onclick: pay }, placement === "till" ? "Paid" : "Buy"),
  ];
}

function line(each, count, placement) {
  const button = (sign, label, action) =>
    el("button", { type: "button", "aria-label": `${label} ${each.name}`, onclick: action }, sign);
  return el(
    "li",
    {},
    art(each.category),
    el("a", { href: `#/product/${encodeURIComponent(each.id)}` }, each.name),
    el(
      "span",
      { class: "count" },
      button("−", "One less of", () => take(each, placement)),
      el("b", {}, String(count)),
      button("+", "One more of", () => put(each, placement)),
    ),
    el("span", { class: "price" }, money(each.price * count)),
  );
}
