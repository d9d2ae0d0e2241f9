/** One message, or one album, as a bubble. */
import { label } from "../i18n.js";
import { avatar } from "./avatar.js";
import { el } from "./dom.js";
import { textNodes } from "./entities.js";
import { inlineKeyboard } from "./inline_keyboard.js";
import { fileOf, mediaNodes, photoOf } from "./media.js";
import { hueOf, isPrivate, senderName } from "./names.js";
import { serviceText, summary } from "./summary.js";
import { clockTime, fullTime } from "./times.js";

/** `view`: {personId, on: {photo, press, copy, link, command, quote, menu}} */
export function bubbleNode(messages, view) {
  const [first] = messages;
  const service = serviceText(first);
  if (service) return serviceNode(first, service);
  const isOut = first.from?.id === view.personId;
  const isGroup = !isPrivate(first.chat);
  const node = el(
    "article",
    {
      class: `message ${isOut ? "out" : "in"}${isGroup ? " grouped" : ""}`,
      testid: "message",
      data: { messageId: first.message_id, out: isOut, ...(first.media_group_id && { album: "true" }) },
      tabindex: "-1",
      "aria-label": `${isOut ? label("you") : senderName(first)}, ${clockTime(first.date)}`,
    },
    isGroup && !isOut ? avatar(first.from?.id ?? 0, senderName(first)) : null,
    el("div", { class: "stack" }, body(messages, view, { isOut, isGroup }), keyboardOf(messages, view)),
  );
  node.addEventListener("contextmenu", (event) => view.on.menu(first, node, event));
  node.addEventListener("keydown", (event) => {
    if (event.target === node && (event.key === "Enter" || event.key === "ContextMenu")) view.on.menu(first, node, event);
  });
  return node;
}

function serviceNode(message, text) {
  return el(
    "div",
    { class: "service", testid: "service", data: { messageId: message.message_id }, tabindex: "-1" },
    el("span", {}, text),
  );
}

function keyboardOf(messages, view) {
  const message = messages.find((one) => one.reply_markup?.inline_keyboard);
  if (!message) return null;
  return inlineKeyboard(message.reply_markup, {
    ...view.on,
    press: (button, node) => view.on.press(message, button, node),
  });
}

function body(messages, view, { isOut, isGroup }) {
  const [first] = messages;
  const told = messages.find((message) => message.text || message.caption);
  const media = mediaNodes(messages, view.on);
  const shape = ["bubble", media.length && photoOf(first) && "with-photo", !told && media.length && "bare"];
  return el(
    "div",
    { class: shape.filter(Boolean).join(" "), testid: "bubble" },
    isGroup && !isOut ? sender(first) : null,
    first.reply_to_message ? quote(first.reply_to_message, view.on) : null,
    ...media,
    textBlock(messages, told, view),
  );
}

function sender(message) {
  const node = el("div", { class: "sender", testid: "sender" }, senderName(message));
  node.style.setProperty("--hue", hueOf(message.from?.id ?? 0));
  return node;
}

function quote(message, on) {
  return el(
    "button",
    { type: "button", class: "quote", testid: "quote", on: { click: () => on.quote(message.message_id) } },
    el("span", { class: "quote-name" }, senderName(message)),
    el("span", { class: "quote-text" }, summary(message)),
  );
}

function textBlock(messages, told, view) {
  const last = messages.at(-1);
  const text = told?.text ?? told?.caption ?? fallback(messages[0]);
  const entities = told?.entities ?? told?.caption_entities;
  const meta = metaNode(last, messages);
  if (!text) return meta;
  return el("div", { class: "text", testid: "text", dir: "auto" }, ...textNodes(text, entities, view.on), meta);
}

/** Kinds of message this page does not draw say so instead of looking empty. */
function fallback(message) {
  return photoOf(message) || fileOf(message) ? "" : summary(message);
}

function metaNode(message, messages) {
  const edited = messages.some((one) => one.edit_date);
  return el(
    "span",
    { class: "meta", testid: "meta" },
    edited ? el("span", { class: "edited", testid: "edited" }, label("edited")) : null,
    el("time", { title: fullTime(message.date), datetime: new Date(message.date * 1000).toISOString() }, clockTime(message.date)),
  );
}

/** A text on its way, or refused with a way to send it again. */
export function pendingNode(item, retry) {
  const state = item.error
    ? el(
        "button",
        { type: "button", class: "retry", testid: "retry", title: item.error, on: { click: () => retry(item.key) } },
        label("send_again"),
      )
    : el("span", { class: "sending", role: "img", "aria-label": label("sending") });
  const meta = el("span", { class: "meta" }, clockTime(item.at), state);
  return el(
    "article",
    { class: `message out pending${item.error ? " refused" : ""}`, testid: "pending", tabindex: "-1" },
    el("div", { class: "stack" }, el("div", { class: "bubble" }, el("div", { class: "text", dir: "auto" }, item.text, meta))),
  );
}
