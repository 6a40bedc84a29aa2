/** A chart with its title, its table, its CSV file and the API query behind it. */

import { address } from "../store/api.js";
import { el } from "../store/dom.js";

const dark = matchMedia("(prefers-color-scheme: dark)");
const panels = new Set();

/** The page's colours, as charts need them. */
export function colours() {
  const style = getComputedStyle(document.body);
  const night = dark.matches;
  return {
    ink: style.color,
    soft: night ? "#a4a9b2" : "#5b6067",
    line: night ? "#31353d" : "#e2e0d9",
    sheet: night ? "#1d2026" : "#ffffff",
    series: night ? ["#57c7a3", "#8fb4ff", "#f2b56b", "#e58fb1", "#b9a3ff"] : ["#0f6b52", "#2f5fc4", "#a85a00", "#a3265c", "#6a45c9"],
    band: night ? "#57c7a333" : "#0f6b5222",
  };
}

/** What all charts have in common. Tooltips are drawn, not written as HTML: the page allows no inline styles. */
function dressed(option, colour) {
  const label = { color: colour.soft, hideOverlap: true };
  const axis = { axisLine: { lineStyle: { color: colour.line } }, splitLine: { lineStyle: { color: colour.line } } };
  const each = (axes) => (axes ? [axes].flat().map((one) => ({ ...axis, nameTextStyle: { color: colour.soft }, ...one, axisLabel: { ...label, ...one.axisLabel } })) : undefined);
  return {
    animation: false,
    color: colour.series,
    textStyle: { color: colour.ink, fontFamily: "system-ui, sans-serif" },
    grid: { left: 8, right: 16, top: 30, bottom: 8, containLabel: true },
    legend: { top: 0, textStyle: { color: colour.soft }, icon: "roundRect" },
    aria: { enabled: true },
    ...option,
    tooltip: { renderMode: "richText", trigger: "axis", backgroundColor: colour.sheet, borderColor: colour.line, textStyle: { color: colour.ink, fontSize: 12 }, ...option.tooltip },
    xAxis: each(option.xAxis),
    yAxis: each(option.yAxis),
  };
}

/**
 * `columns` are [heading, row => text]; `rows(metrics)` what table and chart are made of; `option(rows, colours)` the
 * chart; `table` the name of the API's CSV table, `clicked(row)` what a click on a mark does.
 */
export class Panel {
  constructor({ id, title, columns, rows, option, table, clicked, note, nothing }) {
    Object.assign(this, { columns, rows, option, table });
    this.status = el("p", {}, note ?? "");
    this.links = table ? el("p", {}, (this.csv = el("a", { download: `${id}.csv` }, "CSV")), " · ", (this.query = el("a", { target: "_blank", rel: "noopener" }, "API"))) : null;
    this.canvas = el("div", { class: "canvas", role: "img", "aria-label": title });
    this.empty = el("p", { class: "status empty" }, nothing ?? "Nothing in this range yet.");
    this.body = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${title}, as a table` });
    this.details = el("details", { ontoggle: () => this.tell() }, el("summary", {}, "As a table"), this.body);
    this.element = el("figure", { class: "panel", "data-chart": id }, el("figcaption", {}, el("h2", {}, title), this.links ?? this.status), this.links && note ? this.status : null, this.empty, this.canvas, this.details);
    this.clicked = clicked;
    panels.add(this);
  }

  /** Show other figures; `about` is the question that they answer. */
  show(metrics, about) {
    this.last = metrics;
    this.found = this.rows(metrics);
    this.element.classList.toggle("nothing", !this.found.length);
    if (this.table) {
      this.csv.href = address("metrics", { ...about, format: "csv", table: this.table });
      this.query.href = address("metrics", about);
    }
    this.draw();
    this.tell();
  }

  draw() {
    if (!this.found) return;
    this.chart ??= this.made();
    this.chart.setOption(dressed(this.option(this.found, colours(), this.last), colours()), { notMerge: true, lazyUpdate: true });
  }

  made() {
    const chart = window.echarts.init(this.canvas);
    new ResizeObserver(() => chart.resize()).observe(this.canvas);
    if (this.clicked) chart.on("click", (mark) => this.clicked(this.found[mark.dataIndex]));
    return chart;
  }

  tell() {
    if (!this.details.open || !this.found) return;
    const head = el("tr", {}, this.columns.map(([heading]) => el("th", { scope: "col" }, heading)));
    const lines = this.found.map((row) => el("tr", {}, this.columns.map(([, text]) => el("td", {}, String(text(row))))));
    this.body.replaceChildren(el("table", {}, el("thead", {}, head), el("tbody", {}, lines)));
  }
}

dark.addEventListener("change", () => panels.forEach((each) => each.draw()));
