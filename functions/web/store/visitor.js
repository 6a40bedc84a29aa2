/** Who visits: a known shopper or nobody, in a session, with a basket and a wish list; and what the visitor does. */

import { send } from "./api.js";
import { notice } from "./dom.js";

const STORED = "visitor";
/** `lists` holds for each product the tracking id of the list that led to it. */
const fresh = () => ({ userId: null, sessionId: `v-${crypto.randomUUID()}`, basket: {}, wishes: [], lists: {}, sequence: 0 });
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
  const before = kept ? { basket: state.basket, lists: state.lists } : {};
  Object.assign(state, fresh(), before, { userId: userId || null });
  keep("become");
}

/** Tell the shop; resolves when the event was accepted, and says so when it was not. */
export async function did(type, data) {
  try {
    await tell(type, data);
  } catch (error) {
    notice(`The shop was not told (${type}): ${error.message}`, true);
  }
  keep(type);
}

async function tell(type, data) {
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
  const { results = [] } = await send([event]);
  const refused = results.find((result) => result.status !== "accepted");
  if (refused) throw new Error(refused.detail ?? refused.status);
}

/** A list was seen. A failure is for the console: the visitor did nothing that could be done again. */
export function shown(products, placement) {
  const items = products.map((each) => ({ item_id: each.id, price: each.price, tracking_id: each.trackingId }));
  return tell("view_item_list", { items, placement }).catch((error) => console.warn("a list that was seen", error));
}

/** The item of an event; what comes of a product is owed to the list from which it was taken or opened last. */
function itemOf(product, quantity = 1) {
  if (product.trackingId) state.lists[product.id] = product.trackingId;
  return { item_id: product.id, quantity, price: product.price, tracking_id: state.lists[product.id] };
}

const touched = (product, placement) => ({ items: [itemOf(product)], placement });

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
  const items = products.map((each) => itemOf(each, state.basket[each.id]));
  state.basket = {};
  for (const each of products) delete state.lists[each.id]; // what is bought another time is owed to nobody
  notice(placement === "till" ? "The transaction is complete" : "Thank you! This was only a demonstration.");
  return did("purchase", { items, placement });
}
