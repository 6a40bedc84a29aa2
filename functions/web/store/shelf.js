/** A list of products that is asked for, shown, and asked for again when the visitor did something. */

import { recommendations } from "./api.js";
import { el, fault } from "./dom.js";
import { onceSeen } from "./sight.js";
import { tile } from "./tiles.js";
import { afterwards, shown, who } from "./visitor.js";

const CHANGES = new Set(["view_item", "add_to_cart", "remove_from_cart", "add_to_wishlist", "purchase", "search", "become"]);
const OF_TASTE = new Set(["picks", "basket", "wish-list"]);
const HOW = { warm: "by the model", cold: "as everyone likes it" };

/** The section of a list. `about()` gives the parameters, null when there is nothing to ask for now. */
export function shelf(list, heading, about = () => ({}), { count = 12, grid = false, fixed = false, empty = "" } = {}) {
  const status = el("p", { class: "status" });
  const title = el("h2", {}, heading);
  const tiles = el("ul", { class: grid ? "grid" : "row", "aria-label": heading, tabindex: grid ? null : "0" });
  const section = el("section", { class: "shelf", "data-list": list }, el("div", { class: "title" }, title, status), tiles);
  let latest = 0;
  const reported = new Set();
  let unwatch = () => {};

  async function load() {
    const turn = ++latest;
    unwatch(); // who is shown the next answer may be somebody else
    const asked = about();
    section.hidden = asked === null;
    if (asked === null) return;
    section.setAttribute("aria-busy", "true");
    try {
      const answer = await recommendations(list, { count, ...who(), ...asked });
      if (turn === latest) show(answer);
    } catch (error) {
      if (turn === latest) fail(error);
    } finally {
      if (turn === latest) section.removeAttribute("aria-busy");
    }
  }

  function show(answer) {
    const before = new Set([...tiles.children].map((each) => each.dataset.id));
    section.querySelector(".fault")?.remove();
    tiles.replaceChildren(...answer.items.map((item) => tile(item, list)));
    if (before.size) for (const each of tiles.children) each.classList.toggle("new", !before.has(each.dataset.id));
    status.textContent = described(answer);
    section.classList.toggle("nothing", !answer.items.length);
    tiles.hidden = !answer.items.length;
    if (!answer.items.length) status.textContent = empty || "Nothing here yet.";
    watch(answer.items);
  }

  /** The first tracking id stands for the answer: one that comes again is not reported again. */
  function watch(items) {
    const answer = items[0]?.trackingId;
    if (!answer || reported.has(answer)) return;
    unwatch = onceSeen(tiles.children, () => {
      reported.add(answer);
      shown(items, list);
    });
  }

  function fail(error) {
    section.querySelector(".fault")?.remove();
    section.append(fault(`${heading} cannot be shown`, error));
  }

  load();
  if (!fixed) afterwards((type) => CHANGES.has(type) && load(), section);
  return section;
}

function described(answer) {
  const how = OF_TASTE.has(answer.list) ? HOW[answer.path] : "";
  return [
    how,
    answer.fallback ? `filled up with ${answer.fallback}` : "",
    answer.degraded?.length ? `without ${answer.degraded.join(", ")}` : "",
  ].filter(Boolean).join(", ");
}
