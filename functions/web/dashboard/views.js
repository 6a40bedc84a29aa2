/** The charts: of each what it shows, of which figures, and how it is drawn. */

import { between, count, decimal, moment, percent, time } from "./format.js";
import { name as nameOf } from "./names.js";

const TOP = 12;
const stepped = (metrics) => (metrics.step === "minute" ? time : moment);
const times = (rows, metrics) => ({ type: "category", data: rows.map((row) => stepped(metrics)(row.start)), boundaryGap: false });
const line = (name, data, more = {}) => ({ type: "line", name, data, showSymbol: data.length < 40, symbolSize: 4, ...more });
const bars = (names, series) => ({
  grid: { left: 8, right: 24, top: 30, bottom: 8, containLabel: true },
  xAxis: { type: "value", minInterval: 1 },
  yAxis: { type: "category", inverse: true, data: names.map((each) => (each.length > 38 ? `${each.slice(0, 37)}…` : each)) },
  series: series.map(([name, data]) => ({ type: "bar", name, data, barMaxWidth: 16 })),
  tooltip: { axisPointer: { type: "shadow" } },
});
const outcome = [
  ["Made", (row) => count(row.made)],
  ["Clicked", (row) => count(row.clicked)],
  ["CTR", (row) => percent(row.ctr)],
  ["95 %", (row) => between(row.ctrLow, row.ctrHigh)],
  ["Redeemed", (row) => count(row.redeemed)],
  ["Revenue", (row) => decimal(row.revenue, 2)],
];
const share = { type: "value", axisLabel: { formatter: (value) => `${Math.round(1_000 * value) / 10} %` } };

/** Bars of click rates with their intervals as whiskers. */
function whiskers(rows, label, colour) {
  const known = rows.filter((row) => row.ctr !== null);
  const intervals = known.map((row, at) => [{ coord: [row.ctrLow, at] }, { coord: [row.ctrHigh, at] }]);
  const markLine = { silent: true, symbol: ["rect", "rect"], symbolSize: [2, 9], label: { show: false }, lineStyle: { color: colour.ink, type: "solid", width: 1.5 }, data: intervals };
  return {
    ...bars(known.map(label), []),
    xAxis: { ...share, min: 0, max: ({ max }) => Math.max(max, ...known.map((row) => row.ctrHigh)) },
    legend: { show: false },
    tooltip: { formatter: ([{ dataIndex }]) => `${label(known[dataIndex])}\nCTR ${percent(known[dataIndex].ctr)}\n95 %: ${between(known[dataIndex].ctrLow, known[dataIndex].ctrHigh)}` },
    series: [{ type: "bar", name: "CTR", data: known.map((row) => row.ctr), barMaxWidth: 16, markLine }],
  };
}

const rate = {
  id: "rate",
  title: "Decisions a second",
  table: "series",
  rows: (metrics) => metrics.series,
  columns: [["Time", (row) => moment(row.start)], ["Decisions", (row) => count(row.decisions)], ["A second", (row) => decimal(row.decisions / row.seconds, 2)], ["Degraded", (row) => count(row.degraded)]],
  option: (rows, _, metrics) => ({
    xAxis: times(rows, metrics),
    yAxis: { type: "value", min: 0 },
    series: [line("decisions/s", rows.map((row) => row.decisions / row.seconds), { areaStyle: { opacity: 0.12 } }), line("degraded/s", rows.map((row) => row.degraded / row.seconds))],
    tooltip: { valueFormatter: (value) => decimal(value, 2) },
  }),
};

const latency = {
  id: "latency",
  title: "Time a decision takes",
  table: "series",
  rows: (metrics) => metrics.series,
  columns: [["Time", (row) => moment(row.start)], ["p50, ms", (row) => decimal(row.p50)], ["p99, ms", (row) => decimal(row.p99)]],
  option: (rows, _, metrics) => ({
    xAxis: times(rows, metrics),
    yAxis: { type: "value", name: "ms", min: 0 },
    series: [line("p50", rows.map((row) => row.p50)), line("p99", rows.map((row) => row.p99))],
    tooltip: { valueFormatter: (value) => (value === null ? "–" : `${decimal(value)} ms`) },
  }),
};

const ctr = {
  id: "ctr",
  title: "Click rate of offers, with its 95 % interval",
  table: "series",
  rows: (metrics) => metrics.series,
  columns: [["Time", (row) => moment(row.start)], ...outcome],
  option: (rows, colour, metrics) => ({
    xAxis: times(rows, metrics),
    yAxis: { ...share, min: 0 },
    legend: { show: false },
    series: [
      line("from", rows.map((row) => row.ctrLow), { stack: "band", lineStyle: { opacity: 0 }, showSymbol: false }),
      line("to", rows.map((row) => (row.ctr === null ? null : row.ctrHigh - row.ctrLow)), { stack: "band", lineStyle: { opacity: 0 }, showSymbol: false, areaStyle: { color: colour.band, opacity: 1 } }),
      line("CTR", rows.map((row) => row.ctr), { itemStyle: { color: colour.series[0] } }),
    ],
    tooltip: {
      formatter: ([{ dataIndex }]) => `${stepped(metrics)(rows[dataIndex].start)}\nCTR ${percent(rows[dataIndex].ctr)}\n95 %: ${between(rows[dataIndex].ctrLow, rows[dataIndex].ctrHigh)}\n${count(rows[dataIndex].made)} made, ${count(rows[dataIndex].clicked)} clicked`,
    },
  }),
};

const offers = (clicked) => ({
  id: "offers",
  title: "Click rate against times presented",
  note: "A point is an offer: choose one to see whom it is made to.",
  table: "offers",
  rows: (metrics) => metrics.offers.filter((row) => row.made),
  columns: [["Offer", (row) => row.offer], ...outcome],
  clicked,
  option: (rows) => ({
    xAxis: { type: "log", name: "times", nameLocation: "middle", nameGap: 24, min: 1 },
    yAxis: { ...share, min: 0 },
    legend: { show: false },
    grid: { left: 8, right: 16, top: 12, bottom: 24, containLabel: true },
    series: [{ type: "scatter", data: rows.map((row) => [row.made, row.ctr]), symbolSize: 11, itemStyle: { opacity: 0.75 } }],
    tooltip: { trigger: "item", formatter: ({ dataIndex }) => `${rows[dataIndex].offer}\nCTR ${percent(rows[dataIndex].ctr)} (${between(rows[dataIndex].ctrLow, rows[dataIndex].ctrHigh)})\nmade ${count(rows[dataIndex].made)} times` },
  }),
});

const goods = [["Views", (row) => count(row.views)], ["Clicks", (row) => count(row.clicks)], ["Baskets", (row) => count(row.carts)], ["Purchases", (row) => count(row.purchases)], ["Revenue", (row) => decimal(row.revenue, 2)]];

const products = {
  id: "products",
  title: "Products most clicked and viewed",
  table: "products",
  rows: (metrics) => metrics.products.toSorted((one, other) => other.clicks - one.clicks || other.views - one.views).slice(0, TOP),
  columns: [["Product", (row) => nameOf(row.name)], ...goods],
  option: (rows) => bars(rows.map((row) => nameOf(row.name)), [["clicks", rows.map((row) => row.clicks)], ["views", rows.map((row) => row.views)]]),
};

const departments = {
  id: "departments",
  title: "Departments",
  table: "departments",
  rows: (metrics) => metrics.departments.slice(0, TOP),
  columns: [["Department", (row) => row.name], ...goods],
  option: (rows) => bars(rows.map((row) => row.name), [["views", rows.map((row) => row.views)], ["baskets", rows.map((row) => row.carts)], ["purchases", rows.map((row) => row.purchases)]]),
};

const models = {
  id: "models",
  title: "Models side by side",
  table: "models",
  rows: (metrics) => metrics.breakdown.models,
  columns: [["Model", (row) => row.name], ...outcome],
  option: (rows, colour) => whiskers(rows, (row) => row.name, colour),
};

const segments = {
  id: "segments",
  title: "Click rate by segment",
  table: "segments",
  rows: (metrics) => metrics.breakdown.segments.slice(0, TOP),
  columns: [["Segment", (row) => row.name], ...outcome],
  option: (rows, colour) => whiskers(rows, (row) => row.name, colour),
};

const lists = {
  id: "lists",
  title: "Lists: seen and clicked",
  table: "lists",
  rows: (metrics) => metrics.lists.slice(0, TOP),
  columns: [["List", (row) => row.list], ["Model", (row) => row.model], ["Seen", (row) => count(row.impressions)], ["Clicks", (row) => count(row.clicks)], ["CTR", (row) => percent(row.ctr)], ["95 %", (row) => between(row.ctrLow, row.ctrHigh)], ["Purchases", (row) => count(row.purchases)], ["Revenue", (row) => decimal(row.revenue, 2)]],
  option: (rows, colour) => whiskers(rows, (row) => row.list, colour),
};

const PARTS = [["paths", "warm or cold"], ["levels", "step that found the offer"], ["arms", "arm"], ["degraded", "without"]];

const ways = {
  id: "ways",
  title: "How offers were found",
  rows: (metrics) => PARTS.flatMap(([part, meaning]) => Object.entries(metrics[part]).map(([name, found]) => ({ meaning, name, found, share: found / Math.max(1, metrics.totals.decisions) }))),
  columns: [["What", (row) => `${row.meaning}: ${row.name}`], ["Decisions", (row) => count(row.found)], ["Share", (row) => percent(row.share)]],
  option: (rows) => ({ ...bars(rows.map((row) => `${row.meaning}: ${row.name}`), [["share", rows.map((row) => row.share)]]), xAxis: { ...share, max: 1 }, legend: { show: false }, tooltip: { valueFormatter: (value) => percent(value) } }),
};

const partitions = {
  id: "partitions",
  title: "The stream: what is not counted yet",
  rows: (metrics) => metrics.lag.partitions,
  columns: [["Partition", (row) => row.partition], ["Waiting", (row) => count(row.lag)], ["Counted", (row) => count(row.counted)], ["Repeated", (row) => count(row.duplicates)], ["Too late", (row) => count(row.late)], ["Invalid", (row) => count(row.invalid)], ["Missed", (row) => count(row.missed)], ["Looked", (row) => moment(row.checked)]],
  option: (rows) => bars(rows.map((row) => row.partition), [["waiting", rows.map((row) => row.lag)], ["invalid", rows.map((row) => row.invalid)], ["too late", rows.map((row) => row.late)]]),
};

/** All of them, in the order of the page; `chosen(row)` is told which offer was clicked. */
export const views = (chosen) => [ctr, rate, latency, offers(chosen), products, departments, lists, segments, models, ways, partitions];
