/** The figures at the top, and what somebody should look at. */

import { el } from "../store/dom.js";
import { ago, between, compact, count, decimal, percent } from "./format.js";

const STALE_SECONDS = 120;
const MOST_WAITING = 10_000;
const MOST_DEGRADED = 0.01;
const LONGEST_MS = 250;

/** Decisions a second of the last minute that is over. */
function rateOf(live) {
  const whole = live.minutes.filter((minute) => minute.seconds >= 59);
  return whole.at(-1)?.perSecond ?? live.minutes.at(-1)?.perSecond ?? 0;
}

function ctrOf({ series, totals }) {
  const made = series.reduce((sum, step) => sum + step.made, 0);
  return made ? totals.clicked / made : null;
}

/** Heading, figure, and a line below it. */
export function tiles(live, metrics) {
  const { totals } = metrics;
  const made = metrics.series.reduce((sum, step) => sum + step.made, 0);
  const cold = metrics.paths.cold ?? 0;
  return [
    ["Decisions a second", decimal(rateOf(live)), `${count(live.totals.decisions)} in ten minutes`],
    ["Time of a decision", live.totalMs.p50 === null ? "–" : `${decimal(live.totalMs.p50, live.totalMs.p50 < 100 ? 1 : 0)} ms`, `p99 ${decimal(live.totalMs.p99, 0)} ms, now`],
    ["Click rate", percent(ctrOf(metrics)), `${count(totals.clicked)} of ${count(made)} offers`],
    ["Offers made", compact(made), `${count(totals.redeemed)} redeemed`],
    ["Views", compact(totals.views), `${count(totals.clicks)} clicks, ${count(totals.carts)} baskets`],
    ["Revenue", decimal(totals.revenue, 0), `${count(totals.purchases)} products bought`],
    ["Shoppers", compact(totals.shoppers), "distinct, within 2 %"],
    ["Cold", percent(totals.decisions ? cold / totals.decisions : null), "decisions without the model"],
  ];
}

export function shownTiles(list) {
  return list.map(([heading, figure, below]) => el("div", {}, el("dt", {}, heading), el("dd", {}, figure, el("small", {}, below))));
}

/** One line for each thing that is out of its band. */
export function alerts(live, metrics) {
  const partitions = live.lag.partitions;
  const oldest = partitions.map((each) => each.checked).sort()[0];
  const lost = partitions.reduce((sum, each) => sum + each.missed, 0);
  const degraded = live.totals.decisions ? live.totals.degraded / live.totals.decisions : 0;
  const found = [
    partitions.length ? "" : "Nothing was counted yet: is the aggregation running?",
    oldest && (Date.now() - new Date(oldest)) / 1_000 > STALE_SECONDS ? `Figures stand still since ${ago(oldest)}: the aggregation does not run.` : "",
    live.lag.messages > MOST_WAITING ? `${count(live.lag.messages)} messages wait to be counted.` : "",
    lost ? `${count(lost)} messages left the hub before they were counted: its retention is shorter than the outage was.` : "",
    degraded > MOST_DEGRADED ? `${percent(degraded)} of the decisions of the last minutes went without ${Object.keys(live.degraded).join(", ")}.` : "",
    live.totalMs.p99 > LONGEST_MS ? `One of a hundred decisions takes longer than ${decimal(live.totalMs.p99, 0)} ms.` : "",
    ...live.models.failures.map((each) => `${each.instance} cannot take model ${each.version}: ${each.reason}`),
    live.models.drift?.retrain ? `Train the model again: ${live.models.drift.verdict}` : "",
    strayed(metrics),
  ];
  return found.filter(Boolean);
}

/** The click rate of the last whole step, when its interval lies outside that of all before. */
function strayed({ series }) {
  const known = series.slice(0, -1).filter((step) => step.made);
  const last = known.pop();
  if (!last || known.length < 3) return "";
  const [made, clicked] = ["made", "clicked"].map((what) => known.reduce((sum, step) => sum + step[what], 0));
  const usual = clicked / made;
  if (last.ctrLow <= usual && usual <= last.ctrHigh) return "";
  return `The click rate left its band: ${percent(last.ctr)} (${between(last.ctrLow, last.ctrHigh)}), before ${percent(usual)}.`;
}

export function shownAlerts(list) {
  return list.length ? list.map((text) => el("li", {}, text)) : [el("li", { class: "well" }, "Nothing is out of its band.")];
}

export function freshness(live) {
  const { partitions, messages } = live.lag;
  const newest = partitions.map((each) => each.checked).sort().at(-1);
  return newest ? `counted ${ago(newest)} ago, ${count(messages)} waiting` : "nothing counted yet";
}
