/** Below the messages: the composer with the bot's keyboard, or START, or UNBLOCK. */
import { label } from "../i18n.js";
import { el } from "./dom.js";
import { isPrivate } from "./names.js";
import { replyKeyboard, replyWishes } from "./reply_keyboard.js";

export class Footer {
  #composer;
  #on;
  #keyboardHost = el("div", { class: "keyboard-host" });
  #keyboardOf = null;
  #forced = null;

  /** `on`: {start(), unblock(), reply(text, message)} */
  constructor(composer, on) {
    this.#composer = composer;
    this.#on = on;
    this.start = bigButton("start", on.start);
    this.unblock = bigButton("unblock", on.unblock);
    this.node = el("footer", { class: "footer" }, composer.node, this.#keyboardHost, this.start, this.unblock);
  }

  focus() {
    if (!this.start.hidden) this.start.focus();
    else if (!this.unblock.hidden) this.unblock.focus();
    else this.#composer.focus();
  }

  draw(entry, { messages, personId, startPayload }) {
    const isBot = isPrivate(entry.chat);
    this.unblock.hidden = !(isBot && entry.blocked);
    this.start.hidden = !this.unblock.hidden || !(isBot && (!entry.started || startPayload !== null));
    this.#composer.node.hidden = !this.unblock.hidden || !this.start.hidden;
    this.#drawWishes(replyWishes(messages, personId));
  }

  toggleKeyboard() {
    this.#keyboardHost.hidden = !this.#keyboardHost.hidden;
  }

  #drawWishes({ keyboard, force }) {
    if (keyboard !== this.#keyboardOf) this.#setKeyboard(keyboard);
    this.#composer.hasKeyboard = keyboard !== null;
    const isUnavailable = this.#composer.node.hidden;
    this.#keyboardHost.classList.toggle("away", isUnavailable);
    if (force && force.message_id !== this.#forced && !isUnavailable) {
      this.#forced = force.message_id;
      this.#composer.reply(force);
    }
    this.#composer.placeholder = (keyboard ?? force)?.reply_markup.input_field_placeholder;
  }

  #setKeyboard(message) {
    this.#keyboardOf = message;
    this.#keyboardHost.hidden = message === null;
    if (!message) {
      this.#keyboardHost.replaceChildren();
      return;
    }
    const node = replyKeyboard(message.reply_markup, (text) => {
      if (message.reply_markup.one_time_keyboard) this.#keyboardHost.hidden = true;
      this.#on.reply(text, message);
    });
    this.#keyboardHost.replaceChildren(node);
  }
}

function bigButton(name, act) {
  return el("button", { type: "button", class: "big-button", testid: name, hidden: true, on: { click: act } }, label(name));
}
