/** Message text with its entities as a tree of nodes. */
import { label } from "../i18n.js";
import { el } from "./dom.js";

const PLAIN_TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code" };
const SAFE_SCHEMES = new Set(["http:", "https:", "mailto:", "tel:", "tg:"]);

/** The address if it is one a page may open, else null; a bare host is taken as a web address. */
export function safeUrl(text) {
  for (const candidate of [text, `https://${text}`]) {
    if (!URL.canParse(candidate)) continue;
    const url = new URL(candidate);
    if (SAFE_SCHEMES.has(url.protocol)) return url.href;
  }
  return null;
}

/** Nodes for `text`; offsets are UTF-16 units, as JavaScript counts. `on`: {command(text), link(url, event)} */
export function textNodes(text, entities, on) {
  const sorted = [...(entities ?? [])].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return build(text, sorted, 0, text.length, on);
}

function build(text, entities, from, to, on) {
  const nodes = [];
  let at = from;
  let index = 0;
  while (index < entities.length) {
    const entity = entities[index];
    const end = Math.min(entity.offset + entity.length, to);
    const inner = [];
    for (index += 1; index < entities.length && entities[index].offset < end; index += 1) inner.push(entities[index]);
    if (entity.offset > at) nodes.push(text.slice(at, entity.offset));
    const start = Math.max(entity.offset, at);
    nodes.push(wrap(entity, text.slice(start, end), build(text, inner, start, end, on), on));
    at = Math.max(at, end);
  }
  if (at < to) nodes.push(text.slice(at, to));
  return nodes;
}

function wrap(entity, text, children, on) {
  const plain = PLAIN_TAGS[entity.type];
  if (plain) return el(plain, {}, ...children);
  return (SPECIAL[entity.type] ?? (() => el("span", {}, ...children)))(entity, text, children, on);
}

const SPECIAL = {
  pre: (entity, text) => el("pre", {}, el("code", { data: { language: entity.language ?? "" } }, text)),
  blockquote: (_, __, children) => el("blockquote", {}, ...children),
  expandable_blockquote: (_, __, children) => el("blockquote", {}, ...children),
  spoiler: (_, __, children) => spoiler(children),
  bot_command: (_, text, __, on) => actionText(text, "command", () => on.command(text)),
  text_link: (entity, _, children, on) => link(entity.url, children, on),
  url: (_, text, children, on) => link(text, children, on),
  email: (_, text, children, on) => link(`mailto:${text}`, children, on),
  phone_number: (_, text, children, on) => link(`tel:${text}`, children, on),
  mention: (_, text) => el("span", { class: "mention" }, text),
  text_mention: (_, text) => el("span", { class: "mention" }, text),
  hashtag: (_, text) => el("span", { class: "mention" }, text),
};

function actionText(text, testid, act) {
  return el("button", { type: "button", class: "inline-action", testid, on: { click: act } }, text);
}

function link(address, children, on) {
  const href = safeUrl(address);
  if (!href) return el("span", {}, ...children);
  const attributes = { href, target: "_blank", rel: "noopener noreferrer", testid: "link" };
  return el("a", { ...attributes, on: { click: (event) => on.link(href, event) } }, ...children);
}

function spoiler(children) {
  const node = el("span", { class: "spoiler", testid: "spoiler", role: "button", tabindex: "0" });
  const inner = el("span", { "aria-hidden": "true" }, ...children);
  const reveal = () => {
    node.classList.add("revealed");
    inner.removeAttribute("aria-hidden");
    for (const name of ["role", "tabindex", "aria-label"]) node.removeAttribute(name);
  };
  node.setAttribute("aria-label", label("spoiler"));
  node.append(inner);
  node.addEventListener("click", reveal);
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") reveal();
  });
  return node;
}
