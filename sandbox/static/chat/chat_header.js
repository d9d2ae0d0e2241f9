/** The head of an open chat: who it is with, what they do, and the chat's menu. */
import { label } from "../i18n.js";
import * as api from "./api.js";
import { avatar } from "./avatar.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { BOT_HUE_ID, chatTitle, fullName, isPrivate } from "./names.js";
import { toast } from "./overlays.js";
import { openMenu } from "./popup_menu.js";

const ACTIONS = new Set(["typing", "upload_photo", "upload_document"]);

export function chatHeader(chatId, { store, world, on, host }) {
  const entry = () => store.chat(chatId);
  const title = el("h2", { class: "chat-title", testid: "chat-title" });
  const status = el("p", { class: "chat-status", testid: "chat-status", "aria-live": "polite" });
  const back = iconButton("back", { class: "icon-button back", testid: "back", "aria-label": label("back") }, on.back);
  const menu = iconButton("more", { testid: "chat-menu", "aria-label": label("chat_menu"), "aria-haspopup": "menu" }, () =>
    openMenu(menu, menuItems(entry(), { store, world, host }), label("chat_menu")),
  );
  const sign = avatar(isPrivate(entry().chat) ? BOT_HUE_ID : chatId, chatTitle(entry().chat));
  const node = el("header", { class: "chat-header" }, back, sign, el("div", { class: "chat-about" }, title, status), menu);

  const draw = () => {
    title.textContent = entry() ? chatTitle(entry().chat) : "";
    const text = statusText(entry(), store);
    if (status.textContent !== text) status.textContent = text;
    status.classList.toggle("typing", store.isOnline && store.typing(chatId) !== null);
    status.classList.toggle("offline", !store.isOnline);
  };
  return { node, draw };
}

function iconButton(name, options, act) {
  return el("button", { class: "icon-button", type: "button", ...options, on: { click: act } }, icon(name));
}

function statusText(entry, store) {
  if (!store.isOnline) return label("reconnecting");
  const action = entry && store.typing(entry.chat.id);
  if (action) return label(ACTIONS.has(action) ? `action_${action}` : "action_typing");
  if (!entry || isPrivate(entry.chat)) return label("bot");
  const count = entry.chat.members?.length;
  return count ? label("member_count", { count }) : label("group");
}

function menuItems(entry, { store, world, host }) {
  const attempt = async (work) => {
    try {
      await work;
      await Promise.all([world.refresh(), store.resync()]);
    } catch (error) {
      toast(host, error.message);
    }
  };
  if (isPrivate(entry.chat)) return [blockItem(entry, store, attempt)];
  const { chat } = entry;
  const others = world.people.filter((person) => !chat.members?.includes(person.id));
  return [
    chat.type === "group" && {
      text: label("make_supergroup"),
      testid: "menu-migrate",
      act: () => attempt(api.migrateGroup(chat.id)),
    },
    ...others.map((person) => ({
      text: label("add_member", { name: fullName(person) }),
      act: () => attempt(api.changeMembers(chat.id, { person: person.id, join: true })),
    })),
    {
      text: label("leave_group"),
      testid: "menu-leave",
      danger: true,
      act: () => attempt(api.changeMembers(chat.id, { person: store.id, leave: true })),
    },
  ];
}

function blockItem(entry, store, attempt) {
  if (entry.blocked) return { text: label("unblock"), testid: "menu-unblock", act: () => attempt(api.unblock(store.id)) };
  return { text: label("block"), testid: "menu-block", danger: true, act: () => attempt(api.block(store.id)) };
}
