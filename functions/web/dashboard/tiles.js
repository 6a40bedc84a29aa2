/** The figures at the top, and what somebody should look at. */

import { el } from "../store/dom.js";
import { ago, compact, count, decimal, moment, percent } from "./format.js";

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

/** One entry for each thing that is out of its band, as the API judges it. */
export function shownAlerts(list) {
  if (!list.length) return [el("li", { class: "well" }, "Nothing is out of its band.")];
  return list.map((alert) =>
    el("li", { class: alert.severity, "data-alert": alert.kind }, el("p", {}, el("b", {}, alert.says), alert.since ? ` Since ${moment(alert.since)}.` : ""), el("p", { class: "status" }, alert.advice)),
  );
}

export function freshness(live) {
  const { partitions, messages } = live.lag;
  const newest = partitions.map((each) => each.checked).sort().at(-1);
  return newest ? `counted ${ago(newest)} ago, ${count(messages)} waiting` : "nothing counted yet";
}
