/** Toasts, alerts and the frame of every dialog. */
import { label } from "../i18n.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";

const TOAST_MS = 3500;

/** A short notice over `host`, gone by itself. */
export function toast(host, text) {
  const node = el("div", { class: "toast", testid: "toast", role: "status" }, text);
  for (const old of host.querySelectorAll(":scope > .toast")) old.remove();
  host.append(node);
  setTimeout(() => node.remove(), TOAST_MS);
}

/** Opens a modal dialog around `content`; Escape and the scrim close it; the focus goes back afterwards. */
export function openDialog({ testid, name, role = "dialog", className = "" }, ...content) {
  const dialog = el("dialog", { class: `dialog ${className}`, testid, role, "aria-label": name }, ...content);
  const before = document.activeElement;
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before?.isConnected) before.focus({ preventScroll: true });
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function closeButton(close) {
  return el(
    "button",
    { type: "button", class: "icon-button", testid: "close", "aria-label": label("close"), on: { click: close } },
    icon("close"),
  );
}

/** The answer to a pressed button that must be read. */
export function alertDialog(title, text) {
  const ok = el("button", { type: "button", class: "plain-button", testid: "alert-ok", autofocus: true }, label("ok"));
  const dialog = openDialog(
    { testid: "alert", name: text, role: "alertdialog", className: "alert" },
    el("h2", {}, title),
    el("p", { testid: "alert-text" }, text),
    el("div", { class: "dialog-actions" }, ok),
  );
  ok.addEventListener("click", () => dialog.close());
}

/** Puts `text` on the clipboard, also where the page has no right to the modern way. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyBySelection(text);
  }
}

function copyBySelection(text) {
  const area = el("textarea", { class: "visually-hidden", "aria-hidden": "true" });
  const before = document.activeElement;
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  before?.focus({ preventScroll: true });
}
