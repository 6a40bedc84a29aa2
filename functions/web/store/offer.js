/** The offer that is made to the visitor, with its reasons. */

import { decide } from "./api.js";
import { el, fault } from "./dom.js";
import { afterwards, did, who } from "./visitor.js";

const LEVELS = {
  affinity: "chosen for this shopper",
  rule: "by the shop's rules",
  priority: "by the shop's priorities",
  fallback: "for everyone",
};
const CHANGES = new Set(["add_to_cart", "remove_from_cart", "become"]);

/** A panel that asks for an offer now, and again when the basket changed. */
export function offer(placement, about = who) {
  const body = el("div", { class: "body" });
  const panel = el("aside", { class: "offer", "aria-label": "Offer" }, el("h2", {}, "An offer for you"), body);
  let latest = 0;

  async function ask() {
    const turn = ++latest;
    panel.setAttribute("aria-busy", "true");
    try {
      const decision = await decide({ ...about(), placement });
      if (turn === latest) body.replaceChildren(...described(decision, placement));
    } catch (error) {
      if (turn === latest) body.replaceChildren(fault("No offer can be made", error));
    } finally {
      if (turn === latest) panel.removeAttribute("aria-busy");
    }
  }

  ask();
  afterwards((type) => CHANGES.has(type) && ask(), panel);
  return panel;
}

function described(decision, placement) {
  const made = typeof decision.offer === "object" ? decision.offer : { id: decision.offer, name: decision.offer };
  const { decisionId: decision_id, trackingId: tracking_id } = decision;
  const about = { promotion_id: made.id, decision_id, tracking_id, placement };
  const take = el("button", { type: "button" }, "Take it");
  take.addEventListener("click", async () => {
    take.disabled = true;
    take.textContent = "Taken";
    await did("select_promotion", about);
  });
  did("view_promotion", about);
  return [
    el("p", { class: "name" }, made.name || made.id),
    el("ul", { class: "reasons" }, (decision.reasons ?? []).map((reason) => el("li", {}, reason))),
    el("p", { class: "how" }, how(decision)),
    take,
  ];
}

function how(decision) {
  const chance = typeof decision.probability === "number" ? `made with a probability of ${decision.probability.toFixed(2)}` : "";
  return [LEVELS[decision.level] ?? decision.level, chance].filter(Boolean).join(", ");
}
