/** The messages of one chat as one person sees them, in reading order. */

export class MessageLog {
  #byId = new Map();
  #texts = new Map();
  #sorted = null;
  #loads = new Set();
  #gone = new Set();
  isLoaded = false;

  get messages() {
    this.#sorted ??= [...this.#byId.values()].sort((a, b) => a.message_id - b.message_id);
    return this.#sorted;
  }

  get(messageId) {
    return this.#byId.get(messageId);
  }

  /** Keeps the old object while nothing changed, so that the page redraws only what did. */
  put(message) {
    this.#note(message.message_id);
    const known = this.#byId.get(message.message_id);
    if (known && known.revision > message.revision) return false; // an older sight of it came later
    const text = JSON.stringify(message);
    if (this.#texts.get(message.message_id) === text) return false;
    this.#texts.set(message.message_id, text);
    this.#byId.set(message.message_id, message);
    this.#sorted = null;
    return !known;
  }

  /** For good: an answer that was under way must not bring it back. */
  delete(messageId) {
    this.#gone.add(messageId);
    this.#remove(messageId);
  }

  isGone(messageId) {
    return this.#gone.has(messageId);
  }

  #remove(messageId) {
    this.#note(messageId);
    this.#byId.delete(messageId);
    this.#texts.delete(messageId);
    this.#sorted = null;
  }

  /** Takes over what `read` gives; what events changed while it was under way stays as they left it. */
  async load(read) {
    const changed = new Set();
    this.#loads.add(changed);
    try {
      this.#replace(await read(), changed);
    } finally {
      this.#loads.delete(changed);
    }
  }

  #note(messageId) {
    for (const changed of this.#loads) changed.add(messageId);
  }

  #replace(messages, changed) {
    const given = new Set(messages.map((message) => message.message_id));
    for (const id of [...this.#byId.keys()]) if (!given.has(id) && !changed.has(id)) this.#remove(id);
    for (const message of messages) if (!changed.has(message.message_id)) this.put(message);
    this.isLoaded = true;
  }
}
