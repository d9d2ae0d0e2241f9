/** One open chat of one person: header, messages, and what stands below them. */
import { label } from "../i18n.js";
import * as api from "./api.js";
import { Answers } from "./answers.js";
import { chatHeader } from "./chat_header.js";
import { Composer } from "./composer.js";
import { el } from "./dom.js";
import { FileDrop } from "./file_drop.js";
import { Footer } from "./footer.js";
import { icon } from "./icons.js";
import { withProgress } from "./inline_keyboard.js";
import { messageMenu } from "./message_menu.js";
import { MessageList } from "./message_list.js";
import { chatTitle, isPrivate, senderName } from "./names.js";
import { copyText, toast } from "./overlays.js";
import { openPhotos } from "./photo_viewer.js";
import { walkMessages } from "./message_keys.js";
import { Scroller } from "./scroller.js";
import { summary } from "./summary.js";
import { openUpload } from "./upload_dialog.js";

export class Conversation {
  #store;
  #world;
  #on;
  #unreadFrom = null;
  #isOpened = false;
  #live = el("div", { class: "visually-hidden", role: "status", testid: "live" });

  /** `on`: {back(), link(href, event), startPressed()}; `startPayload` null unless a deep link waits for START. */
  constructor(chatId, { store, world, startPayload, on }) {
    this.chatId = chatId;
    this.#store = store;
    this.#world = world;
    this.#on = on;
    this.startPayload = startPayload;
    this.#build();
    this.#whenChanged = (event) => this.#changed(event.detail);
    store.addEventListener("change", this.#whenChanged);
    document.addEventListener("visibilitychange", this.#whenLooking);
    this.#loadCommands();
    this.#open();
  }

  #whenChanged;
  #whenLooking = () => this.#readIfSeen();

  get entry() {
    return this.#store.chat(this.chatId);
  }

  close() {
    this.#store.removeEventListener("change", this.#whenChanged);
    document.removeEventListener("visibilitychange", this.#whenLooking);
    this.scroller.close();
    this.node.remove();
  }

  offerStart(payload) {
    this.startPayload = payload;
    this.#draw();
    this.footer.focus();
  }

  focus() {
    this.footer.focus();
  }

  /** The pane has brought this chat into view. */
  shown() {
    if (this.scroller.isAtEnd) this.scroller.toEnd();
    this.#readIfSeen();
  }

  #build() {
    const title = chatTitle(this.entry.chat);
    this.node = el("section", { class: "conversation", testid: "conversation", "aria-label": title, data: { chatId: this.chatId } });
    this.header = chatHeader(this.chatId, { store: this.#store, world: this.#world, on: this.#on, host: this.node });
    this.answers = new Answers(this.node, {
      title: () => chatTitle(this.entry.chat),
      openUrl: (url) => this.#on.link(url, null) || window.open(url, "_blank", "noopener"),
    });
    this.list = new MessageList({ personId: this.#store.id, on: this.#bubbleActions(), retry: (key) => this.#store.outbox.retry(key) });
    const on = { moved: () => this.#moved(), top: () => this.#older() };
    this.scroller = new Scroller(this.list.node, { name: label("messages"), on });
    this.composer = this.#makeComposer();
    this.footer = new Footer(this.composer, {
      start: () => this.#start(),
      unblock: () => this.#unblock(),
      reply: (text, message) => this.#send(text, isPrivate(message.chat) ? null : message.message_id),
    });
    this.drop = new FileDrop(this.node, (files) => this.#upload(files));
    this.jump = el("button", { type: "button", class: "jump", testid: "jump", "aria-label": label("jump"), hidden: true }, icon("down"));
    this.jump.addEventListener("click", () => this.scroller.toEnd({ smooth: true }));
    const middle = el("div", { class: "middle" }, this.scroller.node, this.jump);
    this.node.append(this.header.node, middle, this.footer.node, this.#live);
    this.node.addEventListener("keydown", (event) => this.#key(event));
  }

  #makeComposer() {
    const suffix = isPrivate(this.entry.chat) ? "" : `@${this.#world.bot?.username ?? ""}`;
    const target = { personId: this.#store.id, chatId: this.chatId, commandSuffix: suffix };
    return new Composer(target, {
      send: (text, replyTo) => this.#send(text, replyTo),
      edit: (id, text) => this.#attempt(api.edit(this.#store.id, this.chatId, id, text)),
      files: (files) => this.#upload(files),
      keyboard: () => this.footer.toggleKeyboard(),
    });
  }

  #bubbleActions() {
    return {
      photo: openPhotos,
      command: (text) => this.#send(text, null),
      link: (href, event) => this.#on.link(href, event),
      copy: (text) => copyText(text).then(() => toast(this.node, label("copied", { text }))),
      press: (message, button, node) => this.#press(message, button, node),
      quote: (messageId) => this.#showMessage(messageId),
      menu: (message, node, event) => messageMenu(message, node, event, { store: this.#store, composer: this.composer, host: this.node }),
    };
  }

  async #open() {
    try {
      await this.#store.open(this.chatId);
    } catch {
      return; // drawn when the connection is back
    }
    this.#openedOnce();
    this.#draw();
  }

  /** The first sight of a chat starts at its first unread message. */
  #openedOnce() {
    if (this.#isOpened || !this.#store.log(this.chatId).isLoaded) return;
    const incoming = this.#messages().filter((message) => message.from?.id !== this.#store.id);
    const { unread } = this.entry;
    this.#unreadFrom = unread > 0 ? (incoming.at(-unread)?.message_id ?? null) : null;
    this.#draw();
    this.scroller.toEnd();
    const line = this.list.node.querySelector(".unread-line");
    if (line && this.scroller.node.clientHeight) this.scroller.toTopOf(line);
    this.#isOpened = true;
    this.#moved();
  }

  #messages() {
    return this.#store.log(this.chatId).messages;
  }

  #draw() {
    if (!this.entry) return;
    this.list.show(this.#messages(), this.#store.outbox.of(this.chatId), this.#unreadFrom);
    this.header.draw();
    this.footer.draw(this.entry, { messages: this.#messages(), personId: this.#store.id, startPayload: this.startPayload });
    this.node.classList.toggle("vacant", this.list.node.childElementCount === 0);
    this.list.node.dataset.vacant = label("no_messages");
    if (this.scroller.isAtEnd) this.scroller.toEnd();
    this.#moved();
  }

  #changed({ what, chatId, added, sent, answer }) {
    if (chatId !== undefined && chatId !== this.chatId) return;
    if (what === "answer") this.answers.receive(answer);
    if (what === "commands" || what === "chats") this.#loadCommands();
    if (what === "typing" || what === "online") this.header.draw();
    if (what === "read") this.#moved();
    if (what === "chats" && this.entry) this.#open();
    if (what === "messages") this.#messagesChanged(added, sent);
  }

  #messagesChanged(added, sent) {
    if (sent) {
      this.#unreadFrom = null;
      this.scroller.isAtEnd = true;
    }
    const isFromOther = added && added.from?.id !== this.#store.id;
    if (isFromOther && !this.#isSeen() && this.#unreadFrom === null) this.#unreadFrom = added.message_id;
    this.#draw();
    if (isFromOther) this.#live.textContent = `${senderName(added)}: ${summary(added)}`;
    this.#readIfSeen();
  }

  #isSeen() {
    return this.scroller.isAtEnd && document.visibilityState === "visible" && this.scroller.node.clientHeight > 0;
  }

  #readIfSeen() {
    if (this.#isOpened && this.#isSeen()) this.#store.markRead(this.chatId);
  }

  #moved() {
    this.jump.hidden = this.scroller.isAtEnd;
    const unread = this.entry?.unread ?? 0;
    this.jump.replaceChildren(icon("down"), ...(unread ? [el("span", { class: "badge" }, String(unread))] : []));
    this.#readIfSeen();
  }

  #older() {
    if (!this.list.hasOlder) return;
    this.list.showOlder();
    this.scroller.keepPlace(() => this.#draw());
  }

  async #loadCommands() {
    const answer = await api.commands(this.#store.id, this.chatId).catch(() => null);
    if (!answer) return;
    this.composer.suggestions.commands = answer.commands;
    this.composer.hasCommands = answer.commands.length > 0;
  }

  #send(text, replyTo) {
    this.#store.outbox.send(this.chatId, text, replyTo);
  }

  async #attempt(work) {
    try {
      return await work;
    } catch (error) {
      toast(this.node, error.message);
      return null;
    }
  }

  async #start() {
    const message = await this.#attempt(api.start(this.#store.id, this.startPayload));
    if (!message) return;
    this.startPayload = null;
    this.#on.startPressed();
    if (message.message_id) this.#store.addMessage(this.chatId, message);
    await this.#store.resync();
    this.#draw();
    this.composer.focus();
  }

  async #unblock() {
    await this.#attempt(api.unblock(this.#store.id));
    await this.#store.resync();
    this.#draw();
    this.footer.focus();
  }

  #press(message, button, node) {
    if (!button.callback_data) {
      toast(this.node, label("button_unsupported"));
      return;
    }
    withProgress(node, () => this.answers.press(this.#store.id, message, button.callback_data));
  }

  #upload(files) {
    openUpload(files, {
      text: this.composer.value,
      send: async (parcel) => {
        const messages = await api.upload(this.#store.id, this.chatId, parcel);
        this.scroller.isAtEnd = true;
        for (const message of messages) this.#store.addMessage(this.chatId, message);
        this.composer.clear();
      },
    });
  }

  #showMessage(messageId) {
    const node = this.list.find(messageId);
    if (!node) return;
    node.scrollIntoView({ block: "center", behavior: "smooth" });
    node.classList.remove("flash");
    requestAnimationFrame(() => node.classList.add("flash"));
  }

  #key(event) {
    if (event.key === "Escape" && !event.defaultPrevented) {
      if (!this.composer.cancelContext()) this.#on.back();
      return;
    }
    walkMessages(event, { scroller: this.scroller.node, list: this.list.node, write: () => this.composer.focus() });
  }
}
