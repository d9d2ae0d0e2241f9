/** The list of commands over the composer: opened by the menu button or by typing a slash. */
import { label } from "../i18n.js";
import { el } from "./dom.js";

let count = 0;

export class Suggestions {
  node = el("ul", { class: "suggestions", testid: "commands", role: "listbox", hidden: true });
  #input;
  #pick;
  #commands = [];
  #shown = [];
  #active = 0;

  /** `pick(command, {complete})` is called with the chosen command; `complete` only writes it. */
  constructor(input, pick) {
    this.#input = input;
    this.#pick = pick;
    this.node.id = `commands-${(count += 1)}`;
    this.node.setAttribute("aria-label", label("commands"));
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", this.node.id);
    this.close();
  }

  set commands(commands) {
    this.#commands = commands;
    if (this.isOpen) this.showFor(this.#input.value || "/");
  }

  get isOpen() {
    return !this.node.hidden;
  }

  get hasCommands() {
    return this.#commands.length > 0;
  }

  /** Opens for a text that begins a command, closes for any other. */
  showFor(text) {
    const typed = /^\/([\w@]*)$/.exec(text)?.[1];
    this.#shown = typed === undefined ? [] : this.#commands.filter(({ command }) => command.startsWith(typed.toLowerCase()));
    this.#active = 0;
    this.node.hidden = this.#shown.length === 0;
    this.#draw();
  }

  close() {
    this.node.hidden = true;
    this.#draw();
  }

  /** Returns whether the key was used here. */
  key(event) {
    if (!this.isOpen) return false;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      this.#active = (this.#active + steps[event.key] + this.#shown.length) % this.#shown.length;
      this.#draw();
    } else if (event.key === "Enter" || event.key === "Tab") this.#choose(this.#shown[this.#active], event.key === "Tab");
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  #choose(command, complete = false) {
    this.close();
    this.#pick(command.command, { complete });
  }

  #draw() {
    const isOpen = this.isOpen;
    this.node.replaceChildren(...(isOpen ? this.#shown.map((command, index) => this.#option(command, index)) : []));
    this.#input.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.#input.setAttribute("aria-activedescendant", `${this.node.id}-${this.#active}`);
    else this.#input.removeAttribute("aria-activedescendant");
    this.node.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  #option(command, index) {
    const option = el(
      "li",
      {
        id: `${this.node.id}-${index}`,
        class: "suggestion",
        testid: "command-option",
        data: { command: command.command },
        role: "option",
        "aria-selected": String(index === this.#active),
      },
      el("span", { class: "suggestion-name" }, `/${command.command}`),
      el("span", { class: "suggestion-about" }, command.description),
    );
    option.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays in the text field
    option.addEventListener("click", () => this.#choose(command));
    return option;
  }
}
