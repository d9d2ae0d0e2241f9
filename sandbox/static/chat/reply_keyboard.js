/** The keyboard a bot puts in place of the letters, and its wish for an answer: derived from the messages. */
import { label } from "../i18n.js";
import { el, moveFocus } from "./dom.js";

/** What the newest markup for this person asks: {keyboard: message|null, force: message|null}. */
export function replyWishes(messages, personId) {
  for (const message of [...messages].reverse()) {
    const markup = message.reply_markup;
    if (!markup || markup.inline_keyboard || !concerns(message, markup, personId)) continue;
    if (markup.remove_keyboard) break;
    if (markup.keyboard) return { keyboard: message, force: null };
    if (markup.force_reply) return { keyboard: null, force: isAnswered(messages, message, personId) ? null : message };
  }
  return { keyboard: null, force: null };
}

function concerns(message, markup, personId) {
  if (!markup.selective || message.chat.type === "private") return true;
  const named = (message.entities ?? []).some((entity) => entity.user?.id === personId);
  return named || message.reply_to_message?.from?.id === personId;
}

function isAnswered(messages, asked, personId) {
  return messages.some((message) => message.message_id > asked.message_id && message.from?.id === personId);
}

/** Node with the rows of `markup.keyboard`. */
export function replyKeyboard(markup, press) {
  const node = el("div", { class: "reply-keyboard", testid: "reply-keyboard", role: "group", "aria-label": label("reply_keyboard") });
  for (const row of markup.keyboard) {
    const keys = row.map((button) => {
      const text = typeof button === "string" ? button : button.text;
      const attributes = { type: "button", class: "reply-key", testid: "reply-key", data: { label: text } };
      return el("button", { ...attributes, on: { click: () => press(text) } }, text);
    });
    node.append(el("div", { class: "keys-row" }, ...keys));
  }
  node.addEventListener("keydown", (event) => {
    moveFocus(event, () => [...node.querySelectorAll(".reply-key")], { horizontal: true });
  });
  return node;
}
