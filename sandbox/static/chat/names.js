/** What people and chats are called on the page. */
import { label, pageLanguage } from "../i18n.js";

const HUES = [178, 38, 145, 12, 205, 250, 285, 330];
export const BOT_HUE_ID = 0;

export function fullName(user) {
  return [user?.first_name, user?.last_name].filter(Boolean).join(" ") || label("someone");
}

export function roleOf(person) {
  return (pageLanguage() === "zh" ? person.title : person.title_en) ?? person.title ?? "";
}

export const isPrivate = (chat) => chat.type === "private";

export function chatTitle(chat) {
  return isPrivate(chat) ? fullName(chat) : (chat.title ?? String(chat.id));
}

export function senderName(message) {
  return message.sender_chat?.title ?? fullName(message.from);
}

export function initials(name) {
  const words = name.trim().split(/\s+/);
  const hasHan = /\p{Script=Han}/u.test(name);
  if (hasHan) return [...words[0]].slice(0, 1).join("");
  return words
    .slice(0, 2)
    .map((word) => [...word][0] ?? "")
    .join("")
    .toUpperCase();
}

export function hueOf(id) {
  return HUES[Math.abs(Number(id)) % HUES.length];
}
