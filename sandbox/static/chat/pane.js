/** One person at work: who they are, their chats, and the open one. */
import { label } from "../i18n.js";
import { ChatList } from "./chat_list.js";
import { Conversation } from "./conversation.js";
import { botLink } from "./deep_links.js";
import { el } from "./dom.js";
import { fullName, isPrivate, roleOf } from "./names.js";
import { PersonSwitch } from "./person_switch.js";

export class Pane {
  #world;
  #store;
  #startPayload;
  #on;
  #conversation = null;

  /** `on`: {person(id), startPressed()}; `startPayload` is null unless the address carries a deep link. */
  constructor(personId, { side, world, startPayload, on }) {
    this.personId = personId;
    this.#world = world;
    this.#store = world.store(personId);
    this.#startPayload = startPayload;
    this.#on = on;
    this.#build(side);
    this.#store.addEventListener("change", this.#draw);
    this.#store.watch();
    world.addEventListener("unread", this.#drawSwitch);
    world.addEventListener("change", this.#draw);
    this.#draw();
  }

  close() {
    this.#store.removeEventListener("change", this.#draw);
    this.#store.unwatch();
    this.#world.removeEventListener("unread", this.#drawSwitch);
    this.#world.removeEventListener("change", this.#draw);
    this.#conversation?.close();
    this.node.remove();
  }

  focus() {
    this.#conversation?.focus();
  }

  #build(side) {
    const { person } = this.#store;
    this.switch = new PersonSwitch({ world: this.#world, store: this.#store, change: this.#on.person });
    this.list = new ChatList({ store: this.#store, open: (chatId) => this.#openChat(chatId) });
    this.stage = el("div", { class: "stage" }, el("p", { class: "stage-vacant" }, label("choose_chat")));
    this.node = el(
      "section",
      {
        class: "pane",
        testid: "pane",
        data: { side, personId: this.personId, view: "list" },
        "aria-label": `${fullName(person)} · ${roleOf(person)}`,
      },
      el("div", { class: "pane-grid" }, el("div", { class: "who" }, this.switch.node), this.list.node, this.stage),
    );
  }

  #drawSwitch = () => this.switch.draw();

  #draw = () => {
    this.switch.draw();
    const openId = this.#conversation?.chatId;
    const isGone = openId !== undefined && this.#store.hasChats && !this.#store.chat(openId);
    if (isGone) this.#leaveChat();
    if (!this.#conversation && this.#store.hasChats) this.#openFirst();
    this.list.draw(this.#conversation?.chatId);
  };

  /** At the start the bot's chat is open, as a deep link would have it. */
  #openFirst() {
    const entry = this.#store.chats.find(({ chat }) => isPrivate(chat)) ?? this.#store.chats[0];
    if (entry) this.#openChat(entry.chat.id, { isFirst: true });
  }

  /** A group that became a supergroup goes on under another id. */
  #leaveChat() {
    const messages = this.#store.log(this.#conversation.chatId).messages;
    const movedTo = messages.findLast((message) => message.migrate_to_chat_id)?.migrate_to_chat_id;
    this.#conversation.close();
    this.#conversation = null;
    this.node.dataset.view = "list";
    if (this.#store.chat(movedTo)) this.#openChat(movedTo);
  }

  #openChat(chatId, { isFirst = false } = {}) {
    this.node.dataset.view = "chat";
    if (this.#conversation?.chatId !== chatId) {
      this.#conversation?.close();
      this.#conversation = this.#newConversation(chatId);
      this.stage.append(this.#conversation.node);
    }
    this.#conversation.shown();
    this.list.draw(chatId);
    if (!isFirst) this.#conversation.focus();
  }

  #newConversation(chatId) {
    const isWithBot = isPrivate(this.#store.chat(chatId).chat);
    return new Conversation(chatId, {
      store: this.#store,
      world: this.#world,
      startPayload: isWithBot ? this.#startPayload : null,
      on: {
        back: () => this.#back(),
        link: (href, event) => this.#openLink(href, event),
        startPressed: () => {
          this.#startPayload = null;
          this.#on.startPressed();
        },
      },
    });
  }

  #back() {
    this.node.dataset.view = "list";
    this.list.node.querySelector("[aria-current]")?.focus();
  }

  /** Opens a link to our bot here; returns whether it was one. */
  #openLink(href, event) {
    const entry = this.#store.chats.find(({ chat }) => isPrivate(chat));
    const link = botLink(href, entry?.chat);
    if (!link) return false;
    event?.preventDefault();
    this.#openChat(entry.chat.id);
    if (link.payload) {
      this.#startPayload = link.payload;
      this.#conversation.offerStart(link.payload);
    }
    return true;
  }
}
