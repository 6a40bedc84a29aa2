/** The search field: a combobox whose list completes what is being typed (WAI-ARIA Authoring Practices). */

import { suggestions } from "./api.js";
import { el, notice } from "./dom.js";

const PAUSE = 120;

/** Wire the form; `find(text)` is called with what is to be searched for. */
export function searchField(form, find) {
  const input = form.querySelector("input");
  const list = form.querySelector("[role=listbox]");
  let active = -1;
  let typed = "";
  let waiting;
  let asking = new AbortController();

  const options = () => [...list.children];

  function open(texts) {
    active = -1;
    list.replaceChildren(...texts.map((text, place) => option(text, place)));
    list.hidden = !texts.length;
    input.setAttribute("aria-expanded", String(texts.length > 0));
    input.removeAttribute("aria-activedescendant");
  }

  function option(text, place) {
    const choose = (event) => {
      event.preventDefault(); // the field keeps the focus
      submit(text);
    };
    return el("li", { role: "option", id: `suggestion-${place}`, "aria-selected": "false", onmousedown: choose }, text);
  }

  function close() {
    clearTimeout(waiting);
    asking.abort();
    open([]);
  }

  function move(step) {
    const all = options();
    if (!all.length) return;
    active = ((active + 1 + step + all.length + 1) % (all.length + 1)) - 1; // -1 is the field itself
    all.forEach((each, place) => each.setAttribute("aria-selected", String(place === active)));
    input.value = active < 0 ? typed : all[active].textContent;
    if (active < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", all[active].id);
    all[active]?.scrollIntoView({ block: "nearest" });
  }

  async function complete() {
    asking.abort();
    asking = new AbortController();
    const text = (typed = input.value).trim();
    if (!text) return open([]);
    try {
      open((await suggestions(text, asking.signal)).suggestions);
    } catch (error) {
      if (error.name !== "AbortError") notice(`No suggestions: ${error.message}`, true);
    }
  }

  function submit(text) {
    input.value = text;
    close();
    if (text.trim()) find(text.trim());
  }

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(complete, PAUSE);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      input.value = typed;
      close();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(input.value);
  });
}
