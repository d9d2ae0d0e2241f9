/** Files dragged over a chat: shows where they may fall. */
import { label } from "../i18n.js";
import { el } from "./dom.js";

const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

export class FileDrop {
  #depth = 0;
  #sign = el("div", { class: "drop-sign", testid: "drop-zone", hidden: true }, el("span", {}, label("drop_here")));

  constructor(host, take) {
    host.append(this.#sign);
    host.addEventListener("dragenter", (event) => this.#count(event, 1));
    host.addEventListener("dragleave", (event) => this.#count(event, -1));
    host.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
    host.addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.#depth = 0;
      this.#sign.hidden = true;
      if (event.dataTransfer.files.length) take([...event.dataTransfer.files]);
    });
  }

  #count(event, step) {
    if (!hasFiles(event)) return;
    event.preventDefault();
    this.#depth += step;
    this.#sign.hidden = this.#depth <= 0;
  }
}
