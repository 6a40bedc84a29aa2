/** What is looked at: kept in the address, so that a view can be sent to somebody. */

export const RANGES = {
  "1h": ["Last hour", 3_600],
  "6h": ["Last 6 hours", 6 * 3_600],
  "1d": ["Last day", 86_400],
  "7d": ["Last 7 days", 7 * 86_400],
  "30d": ["Last 30 days", 30 * 86_400],
};
const LIVE_SECONDS = 600;
const BY_THE_SECOND = 6 * 3_600;

const read = () => new URLSearchParams(location.hash.slice(1));

export const state = {
  get range() { return RANGES[read().get("range")] ? read().get("range") : "1h"; },
  get placement() { return read().get("placement") ?? ""; },
  get segment() { return read().get("segment") ?? ""; },
  get offer() { return read().get("offer") ?? ""; },
  get shopper() { return read().get("shopper") ?? ""; },
};

/** Change some of it; whoever listens to `hashchange` is told. */
export function change(values) {
  const next = read();
  for (const [name, value] of Object.entries(values)) value ? next.set(name, value) : next.delete(name);
  location.hash = next.toString();
}

const since = (seconds) => ({ from: new Date(Date.now() - seconds * 1_000).toISOString(), to: new Date(Date.now() + 60_000).toISOString() });

/** The question behind the charts. */
export function question() {
  const { placement, segment } = state;
  return { ...since(RANGES[state.range][1]), placement, segment, top: 100 };
}

/** The question behind what is going on now. */
export const live = () => ({ ...since(LIVE_SECONDS), top: 1 });

/** Seconds until the charts are asked for again: long ranges hardly move. */
export const pause = () => (RANGES[state.range][1] <= BY_THE_SECOND ? 2 : 15);
