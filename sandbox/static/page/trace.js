/** The live record of what the bot was asked and answered, with its filters. */
import { el } from "../chat/dom.js";
import { pageLocale } from "../i18n.js";
import { call } from "./calls.js";

const SIDES = ["telegram", "updates", "wechat", "platform"];
const MOST_SHOWN = 300;

export class TraceView {
  #words;
  #items = [];
  #last = 0;
  #side = "all";
  #text = "";
  #onlyErrors = false;
  #isPaused = false;
  #list = el("div", { class: "trace", testid: "trace" });

  constructor(words) {
    this.#words = words;
    this.node = el("section", { class: "card wide" });
    this.relabel();
  }

  relabel() {
    const words = this.#words;
    const search = el("input", { class: "field", type: "search", placeholder: words("filter_hint"), "aria-label": words("filter"), testid: "trace-filter", value: this.#text });
    search.addEventListener("input", () => {
      this.#text = search.value;
      this.#draw();
    });
    const sides = ["all", ...SIDES].map((side) => this.#tool(side === "all" ? words("all") : words(`side_${side}`), `side-${side}`, () => this.#side === side, () => (this.#side = side)));
    const errors = this.#tool(words("only_errors"), "only-errors", () => this.#onlyErrors, () => (this.#onlyErrors = !this.#onlyErrors));
    const pause = this.#tool(words("pause"), "pause", () => this.#isPaused, () => (this.#isPaused = !this.#isPaused));
    this.node.replaceChildren(el("h2", {}, words("trace")), el("div", { class: "row tools" }, ...sides, errors, pause, search), this.#list);
    this.#draw();
  }

  async load() {
    if (this.#isPaused) return;
    const { items, last } = await call("GET", `/sandbox/trace?after=${this.#last}`);
    if (last < this.#last) this.#items = []; // the server started anew
    const fresh = last < this.#last ? items : items.filter((item) => item.n > this.#last);
    this.#last = last;
    if (fresh.length === 0) return;
    this.#items = [...this.#items, ...fresh].slice(-2000);
    this.#draw();
  }

  #tool(name, testid, isOn, press) {
    const button = el("button", { type: "button", class: "tool", testid }, name);
    const mark = () => {
      for (const each of this.node.querySelectorAll(".tool")) each.refresh?.();
    };
    button.refresh = () => button.setAttribute("aria-pressed", String(isOn()));
    button.refresh();
    button.addEventListener("click", () => {
      press();
      mark();
      this.#draw();
    });
    return button;
  }

  #draw() {
    const open = new Set([...this.#list.querySelectorAll("details[open]")].map((each) => each.dataset.n));
    const fitting = this.#items.filter((item) => this.#fits(item)).reverse();
    const rows = fitting.slice(0, MOST_SHOWN).map((item) => this.#row(item, open.has(String(item.n))));
    if (rows.length === 0) rows.push(el("p", { class: "soft" }, this.#words("no_trace")));
    if (fitting.length > MOST_SHOWN) rows.push(el("p", { class: "soft" }, this.#words("earlier", { count: MOST_SHOWN })));
    this.#list.replaceChildren(...rows);
  }

  #fits(item) {
    if (this.#side !== "all" && item.side !== this.#side) return false;
    if (this.#onlyErrors && !isBad(item)) return false;
    return !this.#text || JSON.stringify(item).toLowerCase().includes(this.#text.toLowerCase());
  }

  #row(item, isOpen) {
    const time = new Date(item.at * 1000).toLocaleTimeString(pageLocale(), { hour12: false });
    const status = el("span", { class: isBad(item) ? "chip is-bad" : "chip is-good" }, item.status || this.#words("no_answer"));
    const summary = el("summary", {},
      el("span", { class: "soft number" }, time),
      el("span", { class: "chip" }, this.#words(`side_${item.side}`)),
      el("span", { class: "grow" }, item.title), status);
    const details = el("details", { data: { n: item.n }, open: isOpen }, summary);
    const unfold = () => {
      if (!details.open || details.childElementCount > 1) return;
      for (const part of ["request", "response"]) {
        details.append(el("div", { class: "soft" }, this.#words(part)), el("pre", {}, pretty(item[part])));
      }
    };
    details.addEventListener("toggle", unfold);
    unfold();
    return details;
  }
}

function isBad(item) {
  return item.status === 0 || item.status >= 400;
}

function pretty(value) {
  if (value === null || value === undefined || value === "") return "∅";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
