/** Numbers, shares and times as people read them. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

export const count = (value) => (value === null || value === undefined ? "–" : whole.format(value));
export const compact = (value) => (value < 10_000 ? count(value) : short.format(value));
export const decimal = (value, digits = 1) => (value === null || value === undefined ? "–" : value.toFixed(digits));
export const percent = (share, digits = 1) => (share === null || share === undefined ? "–" : `${(100 * share).toFixed(digits)} %`);
export const between = (low, high) => (low === null || low === undefined ? "" : `${percent(low)} to ${percent(high)}`);
export const time = (moment) => clock.format(new Date(moment));
export const moment = (text) => day.format(new Date(text));

/** How long ago, in the unit that fits. */
export function ago(text) {
  const seconds = Math.max(0, (Date.now() - new Date(text)) / 1_000);
  return seconds < 90 ? `${Math.round(seconds)} s` : seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
