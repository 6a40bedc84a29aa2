/** The store's pages: each function returns what goes into `main`, and the page's title. */

import * as api from "./api.js";
import { el, fault, money, path } from "./dom.js";
import { basketLines } from "./lines.js";
import { offer } from "./offer.js";
import { shelf } from "./shelf.js";
import { art, tile } from "./tiles.js";
import { afterwards, put, searched, viewed, visitor, wish } from "./visitor.js";

export function home() {
  return {
    title: "Home",
    content: [
      el("h1", { class: "hidden" }, "Welcome to the Corner Store"),
      shelf("picks", "Picked for you"),
      shelf("recently-viewed", "Recently viewed", undefined, { empty: "Nothing yet: open a product." }),
      shelf("trending", "Trending now"),
      shelf("new", "New in the store", undefined, { empty: "Nothing new at the moment." }),
    ],
  };
}

export function search(term) {
  searched(term);
  return {
    title: `“${term}”`,
    content: [
      el("h1", {}, `Results for “${term}”`),
      shelf("search", "Products", () => ({ q: term }), { count: 36, grid: true, fixed: true, empty: "Nothing was found. Try fewer words." }),
      shelf("picks", "Picked for you"),
    ],
  };
}

export async function product(id) {
  let found;
  try {
    found = await api.product(id);
  } catch (error) {
    return { title: "No such product", content: [el("h1", {}, "Product"), fault(`Product ${id} cannot be shown`, error)] };
  }
  viewed(found, "product");
  return {
    title: found.name,
    content: [
      details(found),
      shelf("similar", "Similar products", () => ({ seed: id }), { fixed: true, empty: "Nothing like it." }),
      shelf("bought-together", "Bought together", () => ({ seed: id }), { fixed: true, empty: "Bought alone." }),
    ],
  };
}

function details(found) {
  const wishing = el("button", { type: "button", class: "quiet", onclick: () => wish(found, "product") });
  const say = () => {
    wishing.textContent = visitor.wants(found.id) ? "On the wish list" : "Add to the wish list";
    wishing.setAttribute("aria-pressed", String(visitor.wants(found.id)));
  };
  say();
  afterwards(say, wishing);
  const facts = Object.entries(found.attributes ?? {}).map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]);
  return el(
    "article",
    { class: "product" },
    art(found.category),
    el(
      "div",
      {},
      el("p", { class: "crumbs" }, path(found.category).join(" › ")),
      el("h1", {}, found.name),
      el("p", { class: "price" }, money(found.price)),
      found.available ? null : el("p", { class: "fault" }, "Not available at the moment."),
      facts.length ? el("dl", {}, facts) : null,
      el(
        "p",
        { class: "actions" },
        el("button", { type: "button", disabled: !found.available, onclick: () => put(found, "product") }, "Put in the basket"),
        wishing,
      ),
    ),
  );
}

export function basket() {
  const ids = () => visitor.basket.map(([id]) => id);
  return {
    title: "Basket",
    content: [
      el("h1", {}, "Basket"),
      el("div", { class: "checkout" }, el("div", {}, basketLines("basket")), offer("basket")),
      shelf("basket", "Goes with your basket", () => (ids().length ? { seed: ids() } : null)),
      shelf("buy-again", "Buy again", undefined, { empty: "Nothing is due." }),
    ],
  };
}

export async function wishList() {
  const content = [el("h1", {}, "Wish list")];
  try {
    const wished = await Promise.all(visitor.wishes.map(api.product));
    const tiles = wished.map((each) => tile(each, "wish-list"));
    const shown = el("ul", { class: "grid", "aria-label": "On the wish list" }, tiles);
    content.push(tiles.length ? shown : el("p", {}, "Nothing is on the wish list."));
  } catch (error) {
    content.push(fault("The wish list cannot be shown", error));
  }
  const about = () => (visitor.wishes.length ? { items: visitor.wishes } : null);
  return { title: "Wish list", content: [...content, shelf("wish-list", "You may like these, too", about)] };
}
