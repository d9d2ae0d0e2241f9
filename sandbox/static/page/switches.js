/** A form made from a server's switches: what is off its resting value stands out. */
import { el } from "../chat/dom.js";
import { call } from "./calls.js";

const CHOICES = { refund_outcome: ["SUCCESS", "CLOSED", "ABNORMAL", "PROCESSING"] };

/** `load()` shows what the server has; `changed(text, isBad)` is told what came of a save. */
export class SwitchForm {
  #path;
  #name;
  #words;
  #changed;
  #elsewhere;
  #choices;
  #resting = null;
  #fields = new Map();

  constructor({ path, name, words, changed, resting = {}, choices = CHOICES }) {
    this.#elsewhere = resting;
    this.#choices = choices;
    this.#path = path;
    this.#name = name;
    this.#words = words;
    this.#changed = changed;
    this.node = el("section", { class: "card", testid: name }, el("h2", {}, words(name)));
  }

  async load() {
    const values = switchesOf(await call("GET", this.#path));
    this.#resting ??= restingOf(values, this.#elsewhere);
    this.#draw(values);
  }

  #draw(values) {
    this.#fields.clear();
    const form = el("form", { class: "switch-form", on: { submit: (event) => this.#submit(event) } });
    for (const [name, value] of Object.entries(values)) form.append(this.#line(name, value));
    form.append(el("div", { class: "row" },
      el("button", { class: "button is-main", testid: `${this.#name}-apply` }, this.#words("apply")),
      el("button", { type: "button", class: "button", testid: `${this.#name}-reset`, on: { click: () => this.#save(this.#resting) } }, this.#words("reset"))));
    this.node.replaceChildren(this.node.firstChild, form);
  }

  #line(name, value) {
    const field = fieldFor(name, value, this.#choices);
    field.dataset.testid = `${this.#name}-${name}`;
    this.#fields.set(name, { field, kind: typeof value });
    const isOn = value !== this.#resting[name];
    return el("label", { class: isOn ? "is-on" : "" }, el("span", {}, this.#words(name)), field);
  }

  #submit(event) {
    event.preventDefault();
    const wanted = {};
    for (const [name, { field, kind }] of this.#fields) {
      if (kind === "boolean") wanted[name] = field.checked;
      else wanted[name] = kind === "number" ? Number(field.value) : field.value;
    }
    this.#save(wanted);
  }

  async #save(wanted) {
    try {
      await call("PUT", this.#path, wanted);
      this.#changed(this.#words("saved"), false);
    } catch (error) {
      this.#changed(this.#words("refused", { text: error.message }), true);
      return;
    }
    await this.load();
  }
}

/** What can be changed: `now` is only told. */
function switchesOf(answer) {
  const kinds = ["boolean", "number", "string"];
  return Object.fromEntries(Object.entries(answer).filter(([name, value]) => name !== "now" && kinds.includes(typeof value)));
}

/** Everything off; the few that rest elsewhere are named. */
function restingOf(values, own) {
  const elsewhere = { retry_after: 1, refund_delay_s: 1, refund_outcome: "SUCCESS", ...own };
  const off = { boolean: false, number: 0, string: "" };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, elsewhere[name] ?? off[typeof value]]));
}

function fieldFor(name, value, choices) {
  if (typeof value === "boolean") return el("input", { type: "checkbox", checked: value });
  if (name in choices) {
    return el("select", { class: "field" }, ...choices[name].map((each) => el("option", { value: each, selected: each === value }, each)));
  }
  if (typeof value === "number") return el("input", { type: "number", class: "field", step: "any", required: true, value });
  return el("input", { class: "field", value });
}
