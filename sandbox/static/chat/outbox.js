/** Texts on their way to the server: shown at once, replaced by the real message, kept with a retry when refused. */
import * as api from "./api.js";

export class Outbox {
  #store;
  #waiting = [];
  #next = 1;

  constructor(store) {
    this.#store = store;
  }

  of(chatId) {
    return this.#waiting.filter((item) => item.chatId === chatId);
  }

  send(chatId, text, replyTo = null) {
    const item = { key: `pending-${this.#next++}`, chatId, text, replyTo, at: Date.now() / 1000, error: null };
    this.#waiting.push(item);
    this.#store.changed("messages", { chatId, sent: true });
    return this.#post(item);
  }

  retry(key) {
    const item = this.#waiting.find((waiting) => waiting.key === key);
    if (!item?.error) return;
    this.#replace(item, null);
    this.#post(this.#waiting.find((waiting) => waiting.key === key));
  }

  /** The real message came as an event before the answer to our call did. */
  arrived(chatId, message) {
    const item = this.of(chatId).find((waiting) => !waiting.error && waiting.text === message.text);
    if (item) this.#drop(item.key);
  }

  async #post(item) {
    try {
      const message = await api.say(this.#store.id, item.chatId, item.text, item.replyTo);
      this.#store.addMessage(item.chatId, message);
      this.#drop(item.key);
    } catch (error) {
      this.#replace(item, error.message);
    }
    this.#store.changed("messages", { chatId: item.chatId });
  }

  #drop(key) {
    this.#waiting = this.#waiting.filter((item) => item.key !== key);
  }

  #replace(item, error) {
    this.#waiting = this.#waiting.map((waiting) => (waiting.key === item.key ? { ...item, error } : waiting));
    this.#store.changed("messages", { chatId: item.chatId });
  }
}
