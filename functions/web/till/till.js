/** The till: what an associate asks of the shop while a customer stands there. Three screens, one module. */

import * as api from "../store/api.js";
import { el, fault, money, notice, path } from "../store/dom.js";
import { offer } from "../store/offer.js";
import { shelf } from "../store/shelf.js";
import { art } from "../store/tiles.js";
import { basketLines } from "../store/lines.js";
import { become, put, visitor } from "../store/visitor.js";

const main = document.getElementById("main");
const SCREENS = { product, transaction, customer };
const LISTED = 8;
let turn = 0;

/** A form with one field; `answer(text)` is called when it is sent. */
function ask(label, button, answer, value = "") {
  const input = el("input", { type: "search", maxlength: 200, required: true, value });
  const send = (event) => {
    event.preventDefault();
    if (input.value.trim()) answer(input.value.trim(), input);
  };
  return el("form", { class: "ask", onsubmit: send }, el("label", {}, label, input), el("button", {}, button));
}

/** The product with this id, else the one that a search finds first. */
async function find(text) {
  const { items } = await api.recommendations("search", { q: text, count: 1 });
  if (!items.length) throw new api.ApiError(`nothing is called “${text}”`);
  return api.product(items[0].id);
}

async function product(id) {
  const go = (text) => find(text).then(
    (found) => (location.hash = `#/product/${encodeURIComponent(found.id)}`),
    (error) => notice(`Product: ${error.message}`, true),
  );
  const content = [el("h1", {}, "Product"), ask("Number or words", "Find", go, id ? decodeURIComponent(id) : "")];
  if (!id) return content;
  try {
    const found = await api.product(decodeURIComponent(id));
    return [...content, described(found), ...beside(found)];
  } catch (error) {
    return [...content, fault("This product cannot be shown", error)];
  }
}

function described(found) {
  return el(
    "article",
    { class: "product" },
    art(found.category),
    el(
      "div",
      {},
      el("p", { class: "crumbs" }, path(found.category).join(" › ")),
      el("h2", {}, found.name),
      el("p", { class: "price" }, money(found.price)),
      el("p", {}, found.available ? `Number ${found.id}, available` : `Number ${found.id}, not available now`),
      el("p", { class: "actions" }, el("button", { type: "button", onclick: () => put(found, "till") }, "Add to the transaction")),
    ),
  );
}

/** With a customer on the transaction, that customer's history has its say. */
const beside = (found) => [
  shelf("bought-together", "Likely bought together", () => ({ seed: found.id }), { empty: "Bought alone." }),
  shelf("similar", "Similar products", () => ({ seed: found.id }), { empty: "Nothing like it." }),
];

function transaction() {
  const add = (text, input) => find(text).then(
    (found) => {
      input.value = "";
      return put(found, "till");
    },
    (error) => notice(`Not added: ${error.message}`, true),
  );
  const ids = () => visitor.basket.map(([id]) => id);
  return [
    el("h1", {}, "Transaction"),
    el("p", {}, visitor.userId ? `For customer ${visitor.userId}. ` : "Without a customer. ", el("a", { href: "#/customer" }, "Change")),
    ask("Number or words", "Add", add),
    el("div", { class: "checkout" }, el("div", {}, basketLines("till")), offer("till")),
    shelf("basket", "Goes with this basket", () => (ids().length ? { seed: ids() } : null)),
  ];
}

async function customer() {
  const enter = (text) => {
    become(text, true);
    show();
  };
  const content = [el("h1", {}, "Customer"), ask("Customer's number", "Look up", enter, visitor.userId ?? "")];
  if (!visitor.userId) return content;
  const leave = () => {
    become(null, true);
    show();
  };
  content.push(el("p", {}, el("button", { type: "button", class: "quiet", onclick: leave }, "Go on without a customer")));
  let wishes = visitor.wishes.length;
  try {
    const found = await api.shopper(visitor.userId);
    content.push(profile(found));
    wishes ||= found.recent.some((each) => each.action === "add_to_wishlist");
  } catch (error) {
    content.push(fault("The customer's profile cannot be shown", error));
  }
  return [
    ...content,
    shelf("wish-list", "Goes with the wish list", () => (wishes ? { items: visitor.wishes } : null)), // else it would be the picks
    shelf("picks", "Picked for this customer"),
    shelf("buy-again", "Due again", undefined, { empty: "Nothing is due." }),
  ];
}

function profile(found) {
  const percent = Object.entries(found.affinities ?? {}).map(([name, share]) => [name, Math.round(100 * share)]);
  const shares = percent.filter(([, share]) => share > 0).sort(([, one], [, other]) => other - one).slice(0, LISTED);
  const newest = new Map();
  for (const each of found.recent) if (!newest.has(each.id)) newest.set(each.id, each); // they come newest first
  const recent = [...newest.values()].slice(0, LISTED);
  return el(
    "div",
    { class: "facts" },
    facts("Where most is spent", shares.map(([name, share]) => [name, `${share} %`]), "Nothing is known yet."),
    facts("A moment ago", recent.map((each) => [each.name ?? each.product, each.action.replaceAll("_", " ")]), "Nothing was done lately."),
    facts("Customer", about(found), ""),
  );
}

function about(found) {
  return [
    ["Segment", found.segment],
    ["Personal offers", found.personalize === false ? "declined" : "welcome"],
  ].filter(([, value]) => value !== undefined && value !== null);
}

function facts(heading, rows, empty) {
  const lines = rows.map(([name, value]) => el("li", {}, el("span", {}, name), el("span", {}, String(value))));
  return el("section", {}, el("h2", {}, heading), lines.length ? el("ul", {}, lines) : el("p", {}, empty));
}

async function show() {
  const [name = "product", ...rest] = location.hash.slice(1).split("/").filter(Boolean);
  const screen = Object.hasOwn(SCREENS, name) ? name : "product";
  const mine = ++turn;
  const content = await SCREENS[screen](...rest);
  if (mine !== turn) return;
  for (const link of document.querySelectorAll(".top nav a")) {
    if (link.hash === `#/${screen}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${content[0].textContent} – Till`;
  main.replaceChildren(...content);
  window.scrollTo(0, 0);
  if (mine > 1) main.focus({ preventScroll: true });
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
window.addEventListener("hashchange", show);
show();
