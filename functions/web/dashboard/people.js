/** An offer with its audience, and the trail of one shopper. */

import * as api from "../store/api.js";
import { el, fault } from "../store/dom.js";
import { count, decimal, moment, percent } from "./format.js";
import { Panel } from "./panel.js";
import { change, state } from "./state.js";

const SHOWN = 12;

function ask(label, button, value, answer) {
  const input = el("input", { type: "search", maxlength: 128, required: true, value });
  const send = (event) => {
    event.preventDefault();
    if (input.value.trim()) answer(input.value.trim());
  };
  return el("form", { class: "ask", onsubmit: send }, el("label", {}, label, input), el("button", {}, button));
}

const listed = (heading, lines, empty) => el("section", {}, el("h3", {}, heading), lines.length ? el("ul", { tabindex: "0" }, lines.map((line) => el("li", {}, line))) : el("p", { class: "status" }, empty));
const groups = (counts) => Object.entries(counts).map(([name, found]) => `${name}: ${count(found)}`);

const miles = (far) => (far === null ? undefined : `On average ${decimal(far)} miles from their store.`);

/** Counts as shares of their sum. */
function parts(counts) {
  const sum = Object.values(counts).reduce((all, each) => all + each, 0);
  return Object.fromEntries(Object.entries(counts).map(([name, found]) => [name, found / sum]));
}

/** Bars of shares by name, largest first. */
function shares(id, title, heading, found, note) {
  return new Panel({
    id,
    title,
    note,
    nothing: "Not known, or of fewer than five.",
    rows: () => Object.entries(found).slice(0, SHOWN).map(([name, share]) => ({ name, share })),
    columns: [[heading, (row) => row.name], ["Share", (row) => percent(row.share)]],
    option: (rows) => ({
      xAxis: { type: "value", axisLabel: { formatter: (value) => `${Math.round(100 * value)} %` } },
      yAxis: { type: "category", inverse: true, data: rows.map((row) => row.name) },
      legend: { show: false },
      series: [{ type: "bar", name: "share", data: rows.map((row) => row.share), barMaxWidth: 16 }],
      tooltip: { valueFormatter: (value) => percent(value) },
    }),
  });
}

/** The section of an offer. */
export async function offer(section) {
  const form = ask("Offer", "Show", state.offer, (id) => change({ offer: id }));
  const head = [el("h2", {}, "An offer and its audience"), form];
  if (!state.offer) return section.replaceChildren(...head, el("p", { class: "status" }, "Choose a point in the chart of click rates, or give an offer's number."));
  try {
    const found = await api.offerDetails(state.offer);
    const { audience } = found;
    const taste = shares("affinity", "Where its shoppers spend, on average", "Department", audience.affinities);
    const where = shares("regions", "Where its shoppers live", "Region", parts(audience.regions), miles(audience.distanceMiles));
    const covered = found.products.map((each) => each.name);
    const products = listed(`Products (${count(found.covers)})`, covered, "Any product.");
    section.replaceChildren(
      ...head,
      el("p", {}, el("b", {}, found.name), ` in its last ${count(audience.decisions)} decisions went to ${count(audience.shoppers)} shoppers with a profile. What follows is of them.`),
      el("div", { class: "split" }, taste.element, where.element, products, listed("Segments", groups(audience.segments), "Fewer than five shoppers.")),
    );
    for (const panel of [taste, where]) panel.show({}, {});
  } catch (error) {
    section.replaceChildren(...head, fault("The offer cannot be shown", error));
  }
}

/** The section of a shopper's trail. */
export async function trail(section) {
  const form = ask("Shopper or session", "Show", state.shopper, (id) => change({ shopper: id }));
  const head = [el("h2", {}, "The trail of a shopper"), form];
  if (!state.shopper) return section.replaceChildren(...head, el("p", { class: "status" }, "Every decision for somebody, with its reasons."));
  try {
    const { decisions } = await api.decisions(state.shopper);
    const lines = decisions.map(told);
    section.replaceChildren(...head, lines.length ? el("ol", { class: "trail" }, lines) : el("p", { class: "status" }, "No decision is kept."));
  } catch (error) {
    section.replaceChildren(...head, fault("The trail cannot be shown", error));
  }
}

function told(each) {
  const rivals = each.considered.map((one) => `${one.name} ${decimal(one.score, 4)}${one.refused.length ? ` (${one.refused.join("; ")})` : ""}`);
  const likely = each.products.slice(0, SHOWN).map((one) => `${one.name} ${decimal(one.score, 3)}`);
  return el(
    "li",
    {},
    el("p", {}, el("b", {}, each.name), ` · ${moment(each.time)} · ${each.placement} · ${each.level}, ${each.arm}, ${percent(each.probability)} · ${each.path}, ${each.model}${each.degraded.length ? `, without ${each.degraded.join(", ")}` : ""}`),
    el("ul", { class: "reasons" }, each.reasons.map((reason) => el("li", {}, reason))),
    el("details", {}, el("summary", {}, "What was considered"), el("div", { class: "split" }, listed("Offers", rivals, "None."), listed("Likely products", likely, "None."))),
  );
}
