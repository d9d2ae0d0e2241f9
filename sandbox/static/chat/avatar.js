/** A round sign with initials, coloured by id. */
import { el } from "./dom.js";
import { hueOf, initials } from "./names.js";

export function avatar(id, name) {
  const node = el("span", { class: "avatar", "aria-hidden": "true" }, initials(name));
  node.style.setProperty("--hue", hueOf(id));
  return node;
}
