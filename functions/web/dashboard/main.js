/** The dashboard: asks for the figures every two seconds while somebody looks, and shows them. */

import * as api from "../store/api.js";
import { el, notice } from "../store/dom.js";
import { whenNamed } from "./names.js";
import { Panel } from "./panel.js";
import { offer, trail } from "./people.js";
import { change, live as liveQuestion, pause, question, RANGES, state } from "./state.js";
import { freshness, shownAlerts, shownTiles, tiles } from "./tiles.js";
import { views } from "./views.js";

const LIVE_MS = 2_000;
const at = (id) => document.getElementById(id);
const filters = at("filters").elements;
const panels = views((row) => change({ offer: row.offer })).map((view) => new Panel(view));
const known = { placement: new Set(), segment: new Set() };
let metrics, charted = 0, asking = false, failed = false, judged = "";

const option = (value, text, chosen) => el("option", { value, selected: value === chosen }, text);

/** What can be chosen grows with what was seen. */
function choices() {
  for (const [part, names] of Object.entries(known)) {
    for (const each of metrics?.breakdown[`${part}s`] ?? []) names.add(each.name);
    if (state[part]) names.add(state[part]);
    if (filters[part].options.length === names.size + 1) continue;
    filters[part].replaceChildren(option("", "all", state[part]), ...[...names].sort().map((each) => option(each, each, state[part])));
  }
}

function show(live, { alerts }, about) {
  choices();
  at("tiles").replaceChildren(...shownTiles(tiles(live, metrics)));
  const told = JSON.stringify(alerts.map(({ kind, says, since }) => [kind, says, since]));
  if (judged !== told) at("alerts").replaceChildren(...shownAlerts(alerts)); // it is read aloud when it changes
  judged = told;
  at("freshness").textContent = freshness(live);
  if (about) for (const panel of panels) panel.show(metrics, about);
}

async function refresh(now = false) {
  if (asking || (document.hidden && !now)) return;
  asking = true;
  try {
    const about = now || !metrics || Date.now() - charted >= 1_000 * pause() ? question() : null;
    const [live, judgement, found] = await Promise.all([api.metrics(liveQuestion()), api.alerts(), about ? api.metrics(about) : metrics]);
    metrics = found;
    if (about) charted = Date.now();
    show(live, judgement, about);
    if (failed) notice("The figures are back.");
    failed = false;
  } catch (error) {
    failed = true;
    notice(`The figures cannot be read: ${error.message}`, true);
  } finally {
    asking = false;
    at("main").setAttribute("data-ready", String(!failed));
  }
}

at("panels").append(...panels.map((panel) => panel.element));
filters.range.replaceChildren(...Object.entries(RANGES).map(([value, [text]]) => option(value, text, state.range)));
at("filters").addEventListener("change", ({ target }) => change({ [target.name]: target.value }));

let shown = {};
function follow() {
  const { offer: id, shopper } = state;
  if (shown.offer !== id) offer(at("offer"));
  if (shown.shopper !== shopper) trail(at("trail"));
  const moved = shown.range !== undefined && (shown.range !== state.range || shown.placement !== state.placement || shown.segment !== state.segment);
  shown = { offer: id, shopper, range: state.range, placement: state.placement, segment: state.segment };
  if (moved) refresh(true);
}

whenNamed(() => panels.find((panel) => panel.table === "products")?.draw());
addEventListener("hashchange", follow);
document.addEventListener("visibilitychange", () => refresh());
follow();
await refresh(true);
setInterval(refresh, LIVE_MS);
