/** Elements, made of what they consist of. Text is always text: nothing is parsed as HTML. */

export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export function fault(what, error) {
  return el("p", { class: "fault", role: "alert" }, `${what}: ${error.message}`);
}

let clearing;

/** One line for what just happened; a failure stays until the next line. */
export function notice(text, failed = false) {
  const line = document.getElementById("notice");
  line.textContent = text;
  line.classList.toggle("failed", failed);
  clearTimeout(clearing);
  if (!failed) clearing = setTimeout(() => (line.textContent = ""), 4_000);
}

const currency = document.querySelector("meta[name=currency]")?.content ?? "USD";
const amount = new Intl.NumberFormat("en", { style: "currency", currency });

export const money = (value) => amount.format(value);

export const path = (category) => (Array.isArray(category) ? category : String(category ?? "").split("/")).filter(Boolean);
