/** The inline keyboard under a bubble: rows of buttons that press, open or copy. */
import { label } from "../i18n.js";
import { el, moveFocus } from "./dom.js";
import { safeUrl } from "./entities.js";
import { icon } from "./icons.js";

/** Node for `markup` or null. `on`: {press(button, node), copy(text), link(url, event)} */
export function inlineKeyboard(markup, on) {
  const rows = markup?.inline_keyboard ?? [];
  if (rows.every((row) => row.length === 0)) return null;
  const node = el("div", { class: "keys", testid: "keyboard", role: "group", "aria-label": label("buttons") });
  rows.forEach((row, rowIndex) => {
    const keys = row.map((button, column) => keyNode(button, { row: rowIndex, column }, on));
    node.append(el("div", { class: "keys-row", testid: "keyboard-row" }, ...keys));
  });
  node.addEventListener("keydown", (event) => {
    moveFocus(event, () => [...node.querySelectorAll(".key")], { horizontal: true });
  });
  return node;
}

function keyNode(button, place, on) {
  const options = {
    class: ["key", styleOf(button)].filter(Boolean).join(" "),
    testid: "button",
    data: { label: button.text, row: place.row, column: place.column, kind: kindOf(button) },
  };
  const url = button.url ?? button.login_url?.url ?? button.web_app?.url;
  if (url) return urlKey(button, safeUrl(url), options, on);
  const node = el("button", { ...options, type: "button" }, el("span", { class: "key-text" }, button.text));
  if (button.copy_text) node.append(icon("copy"));
  node.addEventListener("click", () => {
    if (button.copy_text) on.copy(button.copy_text.text);
    else on.press(button, node);
  });
  return node;
}

function urlKey(button, href, options, on) {
  const attributes = { href, target: "_blank", rel: "noopener", on: { click: (event) => on.link(href, event) } };
  return el("a", { ...options, ...attributes }, el("span", { class: "key-text" }, button.text), icon("open"));
}

function kindOf(button) {
  return ["url", "copy_text", "callback_data"].find((kind) => kind in button) ?? "other";
}

function styleOf(button) {
  return ["primary", "success", "danger"].includes(button.style) ? `key-${button.style}` : "";
}

/** Shows progress on the button while `work` runs; a second press meanwhile does nothing. */
export async function withProgress(node, work) {
  if (node.classList.contains("busy")) return;
  node.classList.add("busy");
  node.setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    node.classList.remove("busy");
    node.removeAttribute("aria-busy");
  }
}
