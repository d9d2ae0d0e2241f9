/** The button that says who is acting here, and the menu that changes it. */
import { label } from "../i18n.js";
import * as api from "./api.js";
import { avatar } from "./avatar.js";
import { el } from "./dom.js";
import { openGroupDialog } from "./group_dialog.js";
import { icon } from "./icons.js";
import { fullName, roleOf } from "./names.js";
import { openMenu } from "./popup_menu.js";

const LANGUAGES = [
  { code: "zh-hans", name: "中文" },
  { code: "en", name: "English" },
];

export class PersonSwitch {
  node = el("button", { type: "button", class: "person-switch", testid: "person-switch", "aria-haspopup": "menu", "aria-expanded": "false" });
  #world;
  #store;
  #change;

  constructor({ world, store, change }) {
    this.#world = world;
    this.#store = store;
    this.#change = change;
    this.node.addEventListener("click", () => openMenu(this.node, this.#items(), label("people")));
    this.draw();
  }

  draw() {
    const { person } = this.#store;
    const others = this.#world.people.filter((other) => other.id !== person.id);
    const unread = others.reduce((sum, other) => sum + this.#world.store(other.id).unread, 0);
    const key = JSON.stringify([person, unread > 0]);
    if (this.key === key) return;
    this.key = key;
    this.node.dataset.personId = person.id;
    this.node.setAttribute("aria-label", label("acting_as", { name: fullName(person), role: roleOf(person) }));
    this.node.replaceChildren(
      avatar(person.id, fullName(person)),
      el(
        "span",
        { class: "person-about" },
        el("span", { class: "person-name", testid: "person-name" }, fullName(person)),
        el("span", { class: "person-role", testid: "person-role" }, roleOf(person)),
      ),
      unread ? el("span", { class: "dot", title: label("others_unread"), testid: "others-unread" }) : "",
      icon("down"),
    );
  }

  #items() {
    const { person } = this.#store;
    return [
      { heading: label("act_as") },
      ...this.#world.people.map((other) => ({
        text: fullName(other),
        note: roleOf(other),
        testid: "person",
        data: { personId: other.id },
        checked: other.id === person.id,
        before: avatar(other.id, fullName(other)),
        badge: this.#world.store(other.id).unread,
        act: () => this.#change(other.id),
      })),
      { heading: label("telegram_language", { name: fullName(person) }) },
      ...LANGUAGES.map(({ code, name }) => ({
        text: name,
        testid: "telegram-language",
        data: { code },
        checked: isSpoken(person.language_code, code),
        act: () => api.setLanguage(person.id, code).then(() => this.#world.refresh()),
      })),
      { heading: label("more") },
      { text: label("new_group"), testid: "new-group", act: () => openGroupDialog(this.#world) },
    ];
  }
}

function isSpoken(languageCode, code) {
  return (languageCode ?? "").slice(0, 2) === code.slice(0, 2);
}
