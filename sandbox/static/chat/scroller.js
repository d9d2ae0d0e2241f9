/** Keeps the newest message in view while the reader is at the end, and leaves a reader further up alone. */
import { el } from "./dom.js";

const NEAR_PX = 60;

export class Scroller {
  isAtEnd = true;

  /** `on`: {moved(), top()} */
  constructor(content, { name, on }) {
    this.node = el(
      "div",
      { class: "scroller", testid: "scroller", role: "log", "aria-live": "off", "aria-label": name, tabindex: "0" },
      content,
    );
    this.#observer = new ResizeObserver(() => this.isAtEnd && this.toEnd());
    this.#observer.observe(content);
    this.#observer.observe(this.node);
    this.node.addEventListener("scroll", () => {
      if (this.node.clientHeight === 0) return;
      this.isAtEnd = this.#distance() < NEAR_PX;
      if (this.node.scrollTop < NEAR_PX && !this.isAtEnd) on.top();
      on.moved();
    });
  }

  #observer;

  #distance() {
    return this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight;
  }

  toEnd({ smooth = false } = {}) {
    this.isAtEnd = true;
    this.node.scrollTo({ top: this.node.scrollHeight, behavior: smooth ? "smooth" : "instant" });
  }

  /** Shows `node` near the top, unless all below it fits anyway. */
  toTopOf(node) {
    const offset = node.getBoundingClientRect().top - this.node.getBoundingClientRect().top;
    this.node.scrollTop += offset - NEAR_PX;
    this.isAtEnd = this.#distance() < NEAR_PX;
  }

  /** Runs `change`, which adds content above, without moving what the reader sees. */
  keepPlace(change) {
    const before = this.node.scrollHeight - this.node.scrollTop;
    change();
    this.node.scrollTop = this.node.scrollHeight - before;
  }

  close() {
    this.#observer.disconnect();
  }
}
