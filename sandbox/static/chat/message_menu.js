/** What can be done with one message: reply, copy, edit, delete. */
import { label } from "../i18n.js";
import * as api from "./api.js";
import { isPrivate } from "./names.js";
import { copyText, toast } from "./overlays.js";
import { openMenu } from "./popup_menu.js";

export function messageMenu(message, node, event, { store, composer, host }) {
  if (event.target.closest("a") || String(getSelection())) return; // the browser's own menu is wanted there
  event.preventDefault();
  const isOwn = message.from?.id === store.id;
  const text = message.text ?? message.caption;
  const attempt = (work) => work.catch((error) => toast(host, error.message));
  const items = [
    { text: label("reply"), testid: "menu-reply", act: () => composer.reply(message) },
    text && {
      text: label("copy_text"),
      testid: "menu-copy",
      act: () => copyText(text).then(() => toast(host, label("copied_text"))),
    },
    isOwn && message.text && { text: label("edit"), testid: "menu-edit", act: () => composer.edit(message) },
    (isOwn || isPrivate(message.chat)) && {
      text: label("delete"),
      testid: "menu-delete",
      danger: true,
      act: () => attempt(api.remove(store.id, message.chat.id, message.message_id)),
    },
  ];
  const isPointer = event.type === "contextmenu" && event.clientX > 0;
  openMenu(isPointer ? { x: event.clientX, y: event.clientY } : node, items, label("message_actions"));
}
