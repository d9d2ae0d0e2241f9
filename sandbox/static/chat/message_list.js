/** The scrolling list of one chat: days, groups of bubbles, albums, the unread line; redraws only what changed. */
import { label } from "../i18n.js";
import { bubbleNode, pendingNode } from "./bubble.js";
import { arrange, el } from "./dom.js";
import { dayName, dayOf } from "./times.js";
import { serviceText } from "./summary.js";

const GROUP_GAP_S = 300;
const PAGE = 120;

export class MessageList {
  node = el("div", { class: "messages", testid: "messages" });
  #view;
  #drawn = new Map();
  #shown = PAGE;

  /** `view` as for bubbles, plus `retry(key)`. */
  constructor(view) {
    this.#view = view;
  }

  /** Shows the newest messages; `unreadFrom` is the first message below the unread line, or null. */
  show(messages, pending, unreadFrom) {
    const units = albums(messages.slice(-this.#shown));
    const focus = this.#focusedKey();
    const next = new Map();
    const nodes = [];
    units.forEach((unit, index) => this.#add(unit, units[index - 1], units[index + 1], { next, nodes, unreadFrom }));
    for (const item of pending) nodes.push(this.#keep(next, item.key, item, () => pendingNode(item, this.#view.retry)));
    this.#drawn = next;
    arrange(this.node, nodes);
    this.#refocus(focus);
    this.hasOlder = messages.length > this.#shown;
  }

  showOlder() {
    this.#shown += PAGE;
  }

  find(messageId) {
    return this.node.querySelector(`[data-message-id="${messageId}"]`);
  }

  #add(unit, before, after, { next, nodes, unreadFrom }) {
    const [first] = unit;
    if (!before || dayOf(before[0].date) !== dayOf(first.date)) {
      const name = dayName(first.date);
      const key = `day-${dayOf(first.date)}`;
      nodes.push(this.#keep(next, key, name, () => el("div", { class: "day", testid: "day" }, el("span", {}, name))));
    }
    if (unit.some((message) => message.message_id === unreadFrom)) nodes.push(this.#unreadLine(next));
    const key = `message-${first.message_id}`;
    const node = this.#keep(next, key, unit, () => bubbleNode(unit, this.#view));
    node.classList.toggle("first", !belongTogether(before, unit));
    node.classList.toggle("last", !belongTogether(unit, after));
    nodes.push(node);
  }

  #unreadLine(next) {
    const make = () => el("div", { class: "unread-line", testid: "unread-divider" }, el("span", {}, label("unread_messages")));
    return this.#keep(next, "unread", "unread", make);
  }

  #keep(next, key, content, make) {
    const old = this.#drawn.get(key);
    const entry = old && isSame(old.content, content) ? old : { content, node: make() };
    next.set(key, entry);
    return entry.node;
  }

  /** Where the focus is, so that a redrawn message gets it back. */
  #focusedKey() {
    const focused = document.activeElement;
    if (!this.node.contains(focused)) return null;
    const messageId = focused.closest("[data-message-id]")?.closest(".message")?.dataset.messageId;
    return messageId ? { messageId, focused, row: focused.dataset.row, column: focused.dataset.column } : null;
  }

  #refocus(focus) {
    if (!focus || this.node.contains(focus.focused)) return;
    const message = this.find(focus.messageId);
    const sameKey = message?.querySelector(`[data-row="${focus.row}"][data-column="${focus.column}"]`);
    (sameKey ?? message?.querySelector(".key") ?? message)?.focus({ preventScroll: true });
  }
}

/** Neighbouring messages of one media group become one unit. */
function albums(messages) {
  const units = [];
  for (const message of messages) {
    const group = message.media_group_id;
    if (group && units.at(-1)?.[0].media_group_id === group) units.at(-1).push(message);
    else units.push([message]);
  }
  return units;
}

function belongTogether(before, after) {
  if (!before || !after) return false;
  const [last, first] = [before.at(-1), after[0]];
  if (serviceText(last) || serviceText(first)) return false;
  return (
    last.from?.id === first.from?.id &&
    first.date - last.date < GROUP_GAP_S &&
    dayOf(last.date) === dayOf(first.date)
  );
}

function isSame(a, b) {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((message, index) => message === b[index]);
}
