/** The store: finds the page of an address, and keeps the head of every page up to date. */

import { sampleShoppers } from "./api.js";
import { notice } from "./dom.js";
import * as pages from "./pages.js";
import { searchField } from "./search.js";
import { afterwards, become, visitor } from "./visitor.js";

const ROUTES = [
  [/^\/?$/, pages.home],
  [/^\/search\/(.+)$/, pages.search],
  [/^\/product\/(.+)$/, pages.product],
  [/^\/basket$/, pages.basket],
  [/^\/wish-list$/, pages.wishList],
];
const OTHER = "another shopper …";
const main = document.getElementById("main");
let turn = 0;

async function show() {
  const address = location.hash.slice(1);
  const [pattern, page] = ROUTES.find(([each]) => each.test(address)) ?? ROUTES[0];
  const mine = ++turn;
  const { title, content } = await page(...(pattern.exec(address) ?? []).slice(1).map(decodeURIComponent));
  if (mine !== turn) return;
  document.title = `${title} – Corner Store`;
  document.getElementById("q").value = page === pages.search ? title.slice(1, -1) : "";
  main.replaceChildren(...content);
  window.scrollTo(0, 0);
  if (mine > 1) main.focus({ preventScroll: true });
}

function count(id, number) {
  const badge = document.getElementById(id);
  badge.textContent = number;
  badge.hidden = !number;
}

function head() {
  count("basket", visitor.pieces);
  count("wishes", visitor.wishes.length);
}

function chooser() {
  const select = document.getElementById("shopper");
  const other = document.getElementById("other");
  const option = (value, text) => select.append(new Option(text, value, false, value === (visitor.userId ?? "")));

  const described = ({ id, departments, baskets }) =>
    `household ${id}, ${baskets ? `${baskets} baskets, mostly ${departments.join(" and ")}` : "nothing known yet"}`;

  async function fill() {
    let shoppers = [];
    try {
      ({ shoppers } = await sampleShoppers());
    } catch (error) {
      notice(`The sample shoppers cannot be listed: ${error.message}`, true);
    }
    shoppers.forEach((each) => option(each.id, described(each)));
    if (visitor.userId && !shoppers.some((each) => each.id === visitor.userId)) option(visitor.userId, `shopper ${visitor.userId}`);
    option(OTHER, OTHER);
  }

  select.addEventListener("change", () => {
    other.hidden = select.value !== OTHER;
    if (other.hidden) change(select.value);
    else other.querySelector("input").focus();
  });
  other.addEventListener("submit", (event) => {
    event.preventDefault();
    const id = other.querySelector("input").value.trim();
    if (!id) return;
    select.add(new Option(`shopper ${id}`, id, false, true), select.options.length - 1);
    select.value = id;
    other.hidden = true;
    change(id);
  });
  fill();
}

function change(userId) {
  become(userId);
  if (/^\/(basket|wish-list)/.test(location.hash.slice(1))) show();
}

searchField(document.querySelector("form.search"), (text) => (location.hash = `#/search/${encodeURIComponent(text)}`));
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the fragment is the address of the page
  main.focus();
});
afterwards(head);
window.addEventListener("hashchange", show);
head();
chooser();
show();
