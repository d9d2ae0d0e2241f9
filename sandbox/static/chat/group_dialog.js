/** Makes a group of people and, usually, the bot. */
import { label } from "../i18n.js";
import * as api from "./api.js";
import { el } from "./dom.js";
import { fullName, roleOf } from "./names.js";
import { closeButton, openDialog } from "./overlays.js";

export function openGroupDialog(world) {
  const title = el("input", { type: "text", required: true, maxlength: "128", testid: "group-title", autofocus: true, class: "field" });
  const supergroup = el("input", { type: "checkbox", testid: "group-super" });
  const withBot = el("input", { type: "checkbox", checked: true, testid: "group-bot" });
  const people = world.people.map((person) => ({ person, box: el("input", { type: "checkbox", checked: true, data: { personId: person.id } }) }));
  const note = el("p", { class: "dialog-note", role: "status" });
  const form = el(
    "form",
    { method: "dialog" },
    el("header", { class: "dialog-head" }, el("h2", {}, label("new_group")), closeButton(() => dialog.close())),
    el("label", { class: "field-label" }, label("group_title"), title),
    el(
      "fieldset",
      {},
      el("legend", {}, label("members")),
      ...people.map(({ person, box }) => check(box, `${fullName(person)} · ${roleOf(person)}`)),
      world.bot ? check(withBot, `${fullName(world.bot)} · ${label("bot")}`) : null,
    ),
    check(supergroup, label("supergroup")),
    note,
    el("div", { class: "dialog-actions" }, el("button", { type: "submit", class: "solid-button", testid: "group-create" }, label("create"))),
  );
  const dialog = openDialog({ testid: "group-dialog", name: label("new_group") }, form);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const members = people.filter(({ box }) => box.checked).map(({ person }) => person.id);
    try {
      await create({ title: title.value.trim(), members, isSuper: supergroup.checked, hasBot: world.bot && withBot.checked });
      dialog.close();
      await world.refresh();
    } catch (error) {
      note.textContent = error.message;
    }
  });
}

async function create({ title, members, isSuper, hasBot }) {
  const made = await api.createGroup(title, members, isSuper);
  const chat = made.chat ?? made;
  if (hasBot) await api.changeMembers(chat.id, { bot: true, join: true });
}

function check(box, text) {
  return el("label", { class: "check" }, box, el("span", {}, text));
}
