/** The storefront API, one function a call. A failure is an `ApiError` whose message fits in one line. */

const site = new URL(".", document.baseURI);
const base = new URL(site.pathname.includes("/api/") ? "../v1/" : "../api/v1/", site);
const TIME_LIMIT = 10_000;

/** Keys given once, `?key=` for browsers and `?code=` for an associate, are sent as long as the window is open. */
const KEYS = { key: "x-api-key", code: "x-functions-key" };
const keys = {};
for (const [name, header] of Object.entries(KEYS)) {
  const value = new URLSearchParams(location.search).get(name) ?? sessionStorage.getItem(name);
  if (!value) continue;
  sessionStorage.setItem(name, value);
  keys[header] = value;
}

export class ApiError extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

async function call(path, options = {}) {
  const headers = { accept: "application/json", ...keys, ...options.headers };
  let answer;
  try {
    answer = await fetch(new URL(path, base), { signal: AbortSignal.timeout(TIME_LIMIT), ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error; // nobody wants the answer any more
    throw new ApiError(error.name === "TimeoutError" ? "no answer within 10 seconds" : "the server cannot be reached");
  }
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw new ApiError(explain(answer, body), answer.status);
  if (body === null) throw new ApiError("the answer is not JSON", answer.status);
  return body;
}

function explain(answer, problem) {
  const faults = (problem?.errors ?? []).map((fault) => `${fault.field}: ${fault.detail}`).join("; ");
  return [`${answer.status} ${problem?.detail ?? problem?.title ?? answer.statusText}`, faults].filter(Boolean).join(" ");
}

function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}

function post(path, body) {
  return call(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}

/** A list of products; `about` holds query parameters, arrays of ids travel in a body. */
export function recommendations(list, about) {
  const path = `recommendations/${encodeURIComponent(list)}`;
  const long = Object.values(about).some(Array.isArray);
  const given = Object.fromEntries(Object.entries(about).filter(([, value]) => value !== undefined && value !== null));
  return long ? post(path, given) : call(`${path}?${query(about)}`);
}

/** The address of an API query, for a link: the key that this window was given goes with it. */
export function address(path, about) {
  const code = keys["x-functions-key"];
  return new URL(`${path}?${query({ ...about, code })}`, base).href;
}

export const metrics = (about) => call(`metrics?${query(about)}`);

export const alerts = () => call("metrics/alerts");

export const offerDetails = (id) => call(`offers/${encodeURIComponent(id)}`);

export const decisions = (id) => call(`shoppers/${encodeURIComponent(id)}/decisions?count=50`);

export const product = (id) => call(`products/${encodeURIComponent(id)}`);

export const suggestions = (q, signal) => call(`suggestions?${query({ q, count: 8 })}`, { signal });

export const send = (events) => post("events", events);

export const decide = (about) => post("offers/decide", about);

export const shopper = (id) => call(`shoppers/${encodeURIComponent(id)}`);

export const sampleShoppers = () => call(new URL("../store/shoppers.json", site));
