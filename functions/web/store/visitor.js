/** Who visits: a known shopper or nobody, in a session, with a basket and a wish list; and what the visitor does. */

import { send } from "./api.js";
import { notice } from "./dom.js";

const STORED = "visitor";
const fresh = () => ({ userId: null, sessionId: `v-${crypto.randomUUID()}`, basket: {}, wishes: [], sequence: 0 });
const state = { ...fresh(), ...JSON.parse(sessionStorage.getItem(STORED) ?? "{}") };
const listeners = new Map();

export const visitor = {
  get userId() { return state.userId; },
  get sessionId() { return state.sessionId; },
  get basket() { return Object.entries(state.basket); },
  get wishes() { return [...state.wishes]; },
  get pieces() { return Object.values(state.basket).reduce((sum, count) => sum + count, 0); },
  wants: (id) => state.wishes.includes(id),
};

/** The visitor as query parameters. */
export const who = () => ({ userId: state.userId ?? undefined, sessionId: state.sessionId });

/**
 * Call back after each thing the visitor did, once the shop knows it; the callback's argument is the event's type.
 * With an element: as long as it is on the page.
 */
export function afterwards(callback, element = document.body) {
  listeners.set(callback, { element, shown: false });
}

const save = () => sessionStorage.setItem(STORED, JSON.stringify(state));

function keep(type) {
  save();
  for (const [callback, place] of [...listeners]) {
    if (place.element.isConnected) {
      place.shown = true;
      callback(type);
    } else if (place.shown) listeners.delete(callback);
  }
}

/** Become somebody else: a new session begins, with an empty basket unless it is `kept`. */
export function become(userId, kept = false) {
  const basket = kept ? state.basket : {};
  Object.assign(state, fresh(), { userId: userId || null, basket });
  keep("become");
}

/** Tell the shop; resolves when the event was accepted, and says so when it was not. */
export async function did(type, data) {
  await told(type, data);
  keep(type);
}

async function told(type, data) {
  const event = {
    specversion: "1.0",
    id: crypto.randomUUID(),
    source: "/store",
    type,
    subject: state.userId ?? state.sessionId,
    session: state.sessionId,
    sequence: state.sequence++,
    time: new Date().toISOString(),
    data,
  };
  save(); // before the shop is told: a visitor who leaves meanwhile comes back to the same basket
  try {
    const { results = [] } = await send([event]);
    const refused = results.find((result) => result.status !== "accepted");
    if (refused) throw new Error(refused.detail ?? refused.status);
  } catch (error) {
    notice(`The shop was not told (${type}): ${error.message}`, true);
  }
}

/** A list came into view: what becomes of it can be told apart from what nobody saw. */
export const shown = (items, placement) =>
  told("view_item_list", { items: items.map((each) => ({ item_id: each.id, tracking_id: each.trackingId })), placement });

const touched = (product, placement, quantity = 1) => ({
  items: [{ item_id: product.id, quantity, price: product.price, tracking_id: product.trackingId }],
  placement,
});

export const viewed = (product, placement) => did("view_item", touched(product, placement));

export const selected = (product, placement) => did("select_item", touched(product, placement));

export const searched = (term) => did("search", { search_term: term });

export function put(product, placement) {
  state.basket[product.id] = (state.basket[product.id] ?? 0) + 1;
  notice(`${product.name} is in the basket`);
  return did("add_to_cart", touched(product, placement));
}

export function take(product, placement) {
  const left = (state.basket[product.id] ?? 0) - 1;
  if (left > 0) state.basket[product.id] = left;
  else delete state.basket[product.id];
  return did("remove_from_cart", touched(product, placement));
}

export function wish(product, placement) {
  if (state.wishes.includes(product.id)) {
    state.wishes = state.wishes.filter((id) => id !== product.id);
    keep("wish");
    return Promise.resolve();
  }
  state.wishes.push(product.id);
  notice(`${product.name} is on the wish list`);
  return did("add_to_wishlist", touched(product, placement));
}

export function buy(products, placement) {
  const items = products.map((each) => ({ item_id: each.id, quantity: state.basket[each.id] ?? 1, price: each.price }));
  state.basket = {};
  notice(placement === "till" ? "The transaction is complete" : "Thank you! This was only a demonstration.");
  return did("purchase", { items, placement });
}
