/** Everything one person sees: chats, messages, who is typing; kept true by events and re-reading. */
import * as api from "./api.js";
import { LiveEvents } from "./live.js";
import { MessageLog } from "./message_log.js";
import { Outbox } from "./outbox.js";

const TYPING_MS = 5000;

export class PersonStore extends EventTarget {
  chats = [];
  isOnline = true;
  hasChats = false;
  #logs = new Map();
  #typing = new Map();
  #missed = null;
  #isStale = false;
  #syncing = null;
  #watchers = 0;

  constructor(person) {
    super();
    this.person = person;
    this.id = person.id;
    this.outbox = new Outbox(this);
    this.live = new LiveEvents(person.id, {
      open: () => this.resync(),
      event: (event) => this.#receive(event),
      online: (isOnline) => this.#setOnline(isOnline),
    });
  }

  chat(chatId) {
    return this.chats.find((entry) => entry.chat.id === chatId);
  }

  log(chatId) {
    if (!this.#logs.has(chatId)) this.#logs.set(chatId, new MessageLog());
    return this.#logs.get(chatId);
  }

  typing(chatId) {
    return this.#typing.get(chatId)?.action ?? null;
  }

  /** While somebody looks at this person, events stream in. */
  watch() {
    this.#watchers += 1;
    if (this.#watchers === 1) this.live.start();
  }

  unwatch() {
    this.#watchers -= 1;
    if (this.#watchers > 0) return;
    this.live.stop();
    for (const log of this.#logs.values()) log.isLoaded = false;
  }

  /** Without a stream: only the chats and their unread counts. */
  async glance() {
    if (this.#watchers > 0) return;
    const answer = await api.chats(this.id).catch(() => null);
    if (!answer || this.#watchers > 0) return;
    this.chats = answer.chats;
    this.changed("chats");
  }

  get unread() {
    return this.chats.reduce((sum, entry) => sum + entry.unread, 0);
  }

  changed(what, detail = {}) {
    this.dispatchEvent(new CustomEvent("change", { detail: { what, ...detail } }));
  }

  /** Reads all anew, once more if asked meanwhile; done when what was asked for is here. */
  resync() {
    this.#isStale = true;
    this.#syncing ??= this.#sync().finally(() => {
      this.#syncing = null;
    });
    return this.#syncing;
  }

  async #sync() {
    while (this.#isStale) {
      this.#isStale = false;
      await this.#readAll();
    }
  }

  /** Events that come while reading are applied again on top of what was read. */
  async #readAll() {
    this.#missed = [];
    try {
      this.chats = (await api.chats(this.id)).chats;
      this.hasChats = true;
      const loaded = [...this.#logs].filter(([, log]) => log.isLoaded).map(([chatId]) => chatId);
      await Promise.all(loaded.map((chatId) => this.#load(chatId)));
    } catch {
      return; // the connection is gone again; its return reads anew
    } finally {
      const missed = this.#missed ?? [];
      this.#missed = null;
      for (const event of missed) this.#apply(event);
    }
    this.changed("chats");
  }

  async open(chatId) {
    if (this.log(chatId).isLoaded) return;
    await this.#load(chatId);
    this.changed("messages", { chatId });
  }

  async #load(chatId) {
    await this.log(chatId).load(async () => (await api.messages(this.id, chatId)).messages);
  }

  async markRead(chatId) {
    const entry = this.chat(chatId);
    if (!entry || entry.unread === 0) return;
    entry.unread = 0;
    this.changed("read", { chatId });
    await api.read(this.id, chatId).catch(() => null); // the next resync tells the truth
  }

  #setOnline(isOnline) {
    this.isOnline = isOnline;
    this.changed("online");
  }

  #receive(event) {
    this.#missed?.push(event);
    this.#apply(event);
  }

  #apply(event) {
    const chatId = event.chat;
    const handlers = {
      message: () => this.addMessage(chatId, event.message),
      edited: () => this.#edit(chatId, event.message),
      deleted: () => this.#delete(chatId, event.message_id),
      typing: () => this.#setTyping(chatId, event.action),
      answer: () => this.changed("answer", { chatId, answer: event }),
      commands: () => this.changed("commands", { chatId }),
      chat: () => this.resync(),
    };
    handlers[event.type]?.();
  }

  addMessage(chatId, message) {
    const isOwn = message.from?.id === this.id;
    const log = this.log(chatId);
    if (log.isGone(message.message_id)) return;
    const isNew = log.put(message);
    if (isNew && isOwn) this.outbox.arrived(chatId, message);
    if (isNew && !isOwn) this.#setTyping(chatId, null);
    const entry = this.chat(chatId);
    if (!entry) {
      this.resync();
      return;
    }
    const isNewest = !entry.last || entry.last.message_id < message.message_id;
    if (!isOwn && (isNew || isNewest)) entry.unread += 1;
    if (isOwn) entry.started = true;
    if (isNewest) entry.last = message;
    this.changed("messages", { chatId, ...(isNew && { added: message }) });
  }

  #edit(chatId, message) {
    this.log(chatId).put(message);
    const entry = this.chat(chatId);
    if (entry?.last?.message_id === message.message_id) entry.last = message;
    this.changed("messages", { chatId });
  }

  #delete(chatId, messageId) {
    const log = this.log(chatId);
    log.delete(messageId);
    const entry = this.chat(chatId);
    if (entry?.last?.message_id === messageId) entry.last = log.messages.at(-1) ?? null;
    this.changed("messages", { chatId });
  }

  #setTyping(chatId, action) {
    const before = this.#typing.get(chatId);
    if (!before && !action) return;
    clearTimeout(before?.timer);
    this.#typing.delete(chatId);
    if (action) {
      const timer = setTimeout(() => this.#setTyping(chatId, null), TYPING_MS);
      this.#typing.set(chatId, { action, timer });
    }
    this.changed("typing", { chatId });
  }
}
