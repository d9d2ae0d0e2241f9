/** A small menu beside a button: arrow keys, Home, End, Escape, focus returned. */
import { el, moveFocus } from "./dom.js";

const GAP = 6;
let current = null;

/**
 * Items: {text, note?, testid?, data?, checked?, danger?, before?, act} or {heading}.
 * `at`: a node to stand beside, or {x, y}.
 */
export function openMenu(at, items, name) {
  current?.close(false);
  const menu = el("div", { class: "menu", testid: "menu", role: "menu", "aria-label": name });
  menu.append(...items.filter(Boolean).map((item) => itemNode(item)));
  document.body.append(menu);
  place(menu, at);
  current = new OpenMenu(menu, at instanceof Element ? at : document.activeElement);
  (menu.querySelector("[aria-checked=true]") ?? menu.querySelector(".menu-item"))?.focus();
}

class OpenMenu {
  constructor(menu, opener) {
    this.menu = menu;
    this.opener = opener;
    this.outside = (event) => this.menu.contains(event.target) || this.close(false);
    menu.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("pointerdown", this.outside, true);
    if (opener?.hasAttribute("aria-haspopup")) opener.setAttribute("aria-expanded", "true");
  }

  #key(event) {
    if (moveFocus(event, () => [...this.menu.querySelectorAll(".menu-item")])) return;
    if (event.key !== "Escape" && event.key !== "Tab") return;
    event.preventDefault();
    event.stopPropagation();
    this.close(true);
  }

  close(returnFocus) {
    document.removeEventListener("pointerdown", this.outside, true);
    this.menu.remove();
    if (this.opener?.hasAttribute("aria-haspopup")) this.opener.setAttribute("aria-expanded", "false");
    if (returnFocus && this.opener?.isConnected) this.opener.focus();
    current = null;
  }
}

function itemNode(item) {
  if (item.heading) return el("div", { class: "menu-heading", role: "presentation" }, item.heading);
  const isChoice = item.checked !== undefined;
  return el(
    "button",
    {
      type: "button",
      class: `menu-item${item.danger ? " danger" : ""}`,
      testid: item.testid,
      data: item.data,
      role: isChoice ? "menuitemradio" : "menuitem",
      "aria-checked": isChoice ? String(item.checked) : null,
      on: {
        click: () => {
          current?.close(true);
          item.act();
        },
      },
    },
    item.before,
    el(
      "span",
      { class: "menu-text" },
      el("span", {}, item.text),
      item.note ? el("span", { class: "menu-note" }, item.note) : null,
    ),
    item.badge ? el("span", { class: "badge" }, String(item.badge)) : null,
  );
}

function place(menu, at) {
  const box = at instanceof Element ? at.getBoundingClientRect() : { left: at.x, right: at.x, top: at.y, bottom: at.y };
  const { width, height } = menu.getBoundingClientRect();
  const left = Math.min(box.left, innerWidth - width - GAP);
  const isRoomBelow = box.bottom + GAP + height <= innerHeight;
  const top = isRoomBelow ? box.bottom + GAP : Math.max(box.top - GAP - height, GAP);
  menu.style.left = `${Math.max(left, GAP)}px`;
  menu.style.top = `${top}px`;
  menu.style.maxHeight = `${innerHeight - top - GAP}px`;
}
