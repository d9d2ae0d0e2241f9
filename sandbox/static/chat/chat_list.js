/** The chats of one person: newest word, time and unread count. */
import { label } from "../i18n.js";
import { avatar } from "./avatar.js";
import { draft } from "./drafts.js";
import { arrange, el, moveFocus } from "./dom.js";
import { BOT_HUE_ID, chatTitle, fullName, isPrivate } from "./names.js";
import { serviceText, summary } from "./summary.js";
import { listTime } from "./times.js";

export class ChatList {
  node = el("nav", { class: "chat-list", testid: "chat-list", "aria-label": label("chats") });
  #items = new Map();
  #store;
  #open;

  constructor({ store, open }) {
    this.#store = store;
    this.#open = open;
    this.node.addEventListener("keydown", (event) => moveFocus(event, () => [...this.node.querySelectorAll(".chat-item")]));
  }

  draw(currentId) {
    const entries = [...this.#store.chats].sort((a, b) => (b.last?.date ?? 0) - (a.last?.date ?? 0));
    arrange(this.node, entries.length ? entries.map((entry) => this.#item(entry, currentId)) : [this.#vacant()]);
  }

  #vacant() {
    this.vacant ??= el("p", { class: "list-vacant", testid: "no-bot" });
    this.vacant.textContent = label(this.#store.hasChats ? "no_bot_yet" : "loading");
    return this.vacant;
  }

  #item(entry, currentId) {
    const { chat } = entry;
    const isCurrent = chat.id === currentId;
    const unread = isCurrent && !entry.unread ? 0 : entry.unread;
    const key = JSON.stringify([entry, isCurrent, this.#line(entry), this.#store.typing(chat.id)]);
    const old = this.#items.get(chat.id);
    if (old?.key === key) return old.node;
    const node = old?.node ?? this.#newItem(chat.id);
    if (isCurrent) node.setAttribute("aria-current", "true");
    else node.removeAttribute("aria-current");
    node.replaceChildren(...this.#content(entry, unread));
    this.#items.set(chat.id, { key, node });
    return node;
  }

  #newItem(chatId) {
    const options = { type: "button", class: "chat-item", testid: "chat", data: { chatId } };
    return el("button", { ...options, on: { click: () => this.#open(chatId) } });
  }

  #content(entry, unread) {
    const title = chatTitle(entry.chat);
    const isTyping = this.#store.typing(entry.chat.id) !== null;
    const line = isTyping ? label("action_typing") : this.#line(entry);
    return [
      avatar(isPrivate(entry.chat) ? BOT_HUE_ID : entry.chat.id, title),
      el(
        "span",
        { class: "chat-item-text" },
        el(
          "span",
          { class: "chat-item-head" },
          el("span", { class: "chat-item-title" }, title),
          entry.last ? el("time", { class: "chat-item-time" }, listTime(entry.last.date)) : null,
        ),
        el(
          "span",
          { class: "chat-item-foot" },
          el("span", { class: `chat-item-line${isTyping ? " typing" : ""}` }, line),
          unread ? unreadBadge(unread) : null,
        ),
      ),
    ];
  }

  #line(entry) {
    const text = draft(this.#store.id, entry.chat.id);
    if (text) return label("draft", { text: text.slice(0, 80) });
    const { last } = entry;
    if (!last) return label(isPrivate(entry.chat) && !entry.started ? "not_started" : "no_messages");
    if (serviceText(last)) return summary(last);
    if (last.from?.id === this.#store.id) return `${label("you")}: ${summary(last)}`;
    return isPrivate(entry.chat) ? summary(last) : `${fullName(last.from)}: ${summary(last)}`;
  }
}

export function unreadBadge(count) {
  return el(
    "span",
    { class: "badge", testid: "unread", "aria-label": label("unread_count", { count }) },
    count > 99 ? "99+" : String(count),
  );
}
