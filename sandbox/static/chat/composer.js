/** Where a person writes: text, commands, files, replies and edits. */
import { label } from "../i18n.js";
import { draft, keepDraft } from "./drafts.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { senderName } from "./names.js";
import { Suggestions } from "./suggestions.js";
import { summary } from "./summary.js";

const HIGHEST = 160;

export class Composer {
  #on;
  #target;
  #context = null;
  #bar = el("div", { class: "context-bar", testid: "context-bar", hidden: true });
  #file = el("input", { type: "file", multiple: true, hidden: true, testid: "file-input" });

  /** `target`: {personId, chatId, commandSuffix}; `on`: {send(text, replyTo), edit(id, text), files(files), keyboard()} */
  constructor(target, on) {
    this.#target = target;
    this.#on = on;
    this.input = el("textarea", {
      class: "composer-input",
      testid: "composer",
      rows: "1",
      maxlength: "4096",
      dir: "auto",
      placeholder: label("message"),
      "aria-label": label("message"),
    });
    this.suggestions = new Suggestions(this.input, (command, options) => this.#pick(command, options));
    this.node = this.#build();
    this.input.value = draft(target.personId, target.chatId);
    this.#listen();
    this.#changed();
  }

  focus() {
    this.input.focus();
  }

  get value() {
    return this.input.value;
  }

  clear() {
    this.input.value = "";
    this.cancelContext();
    this.#changed();
  }

  set placeholder(text) {
    this.input.placeholder = text || label("message");
  }

  set hasKeyboard(hasKeyboard) {
    this.keyboardButton.hidden = !hasKeyboard;
  }

  set hasCommands(hasCommands) {
    this.commandsButton.hidden = !hasCommands;
  }

  reply(message) {
    this.#setContext({ kind: "reply", message });
  }

  edit(message) {
    this.#setContext({ kind: "edit", message });
    this.input.value = message.text;
    this.#changed();
  }

  get replyTo() {
    return this.#context?.kind === "reply" ? this.#context.message.message_id : null;
  }

  /** Returns whether there was something to cancel. */
  cancelContext() {
    if (!this.#context) return false;
    const wasEdit = this.#context.kind === "edit";
    this.#context = null;
    this.#bar.hidden = true;
    if (wasEdit) this.input.value = "";
    this.#changed();
    return true;
  }

  #build() {
    const button = (name, options) => el("button", { type: "button", class: "icon-button", ...options }, icon(name));
    this.commandsButton = button("commands", { testid: "commands-menu", "aria-label": label("commands"), hidden: true });
    this.keyboardButton = button("keyboard", { testid: "keyboard-toggle", "aria-label": label("reply_keyboard"), hidden: true });
    const attach = button("attach", { testid: "attach", "aria-label": label("attach") });
    this.sendButton = el("button", { type: "submit", class: "send-button", testid: "send", "aria-label": label("send") }, icon("send"));
    attach.addEventListener("click", () => this.#file.click());
    this.commandsButton.addEventListener("click", () => this.#toggleCommands());
    this.keyboardButton.addEventListener("click", () => this.#on.keyboard());
    const row = el("div", { class: "composer-row" }, this.commandsButton, attach, this.#file, this.input, this.keyboardButton, this.sendButton);
    return el("form", { class: "composer", testid: "composer-form" }, this.suggestions.node, this.#bar, row);
  }

  #listen() {
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.input.addEventListener("input", () => {
      this.#changed();
      this.suggestions.showFor(this.input.value);
    });
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("blur", () => this.suggestions.close());
    this.input.addEventListener("paste", (event) => {
      if (event.clipboardData.files.length === 0) return;
      event.preventDefault();
      this.#on.files([...event.clipboardData.files]);
    });
    this.#file.addEventListener("change", () => {
      if (this.#file.files.length) this.#on.files([...this.#file.files]);
      this.#file.value = "";
    });
  }

  #key(event) {
    if (event.isComposing || event.keyCode === 229) return; // an input method is still choosing characters
    if (this.suggestions.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#submit();
    }
  }

  #toggleCommands() {
    if (this.suggestions.isOpen) {
      this.suggestions.close();
      return;
    }
    this.input.focus();
    this.suggestions.showFor("/");
  }

  #pick(command, { complete }) {
    const text = `/${command}${this.#target.commandSuffix}`;
    if (complete) {
      this.input.value = `${text} `;
      this.#changed();
      return;
    }
    this.input.value = "";
    this.#changed();
    this.#on.send(text, null);
  }

  #submit() {
    const text = this.input.value.trim();
    if (!text) return;
    if (this.#context?.kind === "edit") this.#on.edit(this.#context.message.message_id, text);
    else this.#on.send(text, this.replyTo);
    this.clear();
    this.input.focus();
  }

  #setContext(context) {
    this.cancelContext();
    this.#context = context;
    const title = context.kind === "edit" ? label("editing") : label("reply_to", { name: senderName(context.message) });
    const cancel = el(
      "button",
      { type: "button", class: "icon-button", testid: "cancel-context", "aria-label": label("cancel") },
      icon("close"),
    );
    cancel.addEventListener("click", () => {
      this.cancelContext();
      this.input.focus();
    });
    const text = el("div", { class: "context-text" }, el("strong", {}, title), el("span", {}, summary(context.message)));
    this.#bar.replaceChildren(icon("reply"), text, cancel);
    this.#bar.hidden = false;
    this.input.focus();
  }

  #changed() {
    const { personId, chatId } = this.#target;
    if (this.#context?.kind !== "edit") keepDraft(personId, chatId, this.input.value);
    this.node.classList.toggle("empty", this.input.value.trim() === "");
    this.input.style.height = "auto";
    if (this.input.scrollHeight) this.input.style.height = `${Math.min(this.input.scrollHeight, HIGHEST)}px`;
  }
}
