/** The chat page: top bar and one or two panes, as the address says. */
import { label, pageLanguage, setPageLanguage } from "../i18n.js";
import { toggleTheme } from "../theme.js";
import { readAddress, writeAddress } from "./address.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { World } from "./world.js";

import { Pane } from "./pane.js";

const world = new World();
const root = document.getElementById("app");
const shown = { left: null, right: null, start: null };
let panes = [];

function known(id) {
  return world.person(id) ? id : null;
}

function placePeople() {
  const asked = readAddress();
  shown.left = known(asked.left) ?? world.people[0].id;
  shown.right = known(asked.right);
  shown.start = asked.start;
}

function mount() {
  for (const pane of panes) pane.close();
  document.title = label("page_title");
  panes = ["left", "right"].filter((side) => shown[side]).map(newPane);
  const main = el("main", { class: "panes", data: { count: panes.length } }, ...panes.map((pane) => pane.node));
  root.replaceChildren(topBar(), main);
}

function newPane(side) {
  return new Pane(shown[side], {
    side,
    world,
    startPayload: side === "left" ? shown.start : null,
    on: { person: (id) => changePerson(side, id), startPressed: () => side === "left" && forgetStart() },
  });
}

function forgetStart() {
  shown.start = null;
  writeAddress(shown);
}

function changePerson(side, id) {
  if (side === "left") shown.start = null;
  shown[side] = id;
  show(side);
}

function show(focusSide) {
  writeAddress(shown);
  mount();
  panes.find((pane) => pane.node.dataset.side === focusSide)?.focus();
}

function toggleSides() {
  const other = world.people.find((person) => person.id !== shown.left);
  shown.right = shown.right ? null : (other ?? world.people[0]).id;
  show("left");
}

function toggleLanguage() {
  setPageLanguage(pageLanguage() === "zh" ? "en" : "zh");
  mount();
  root.querySelector("[data-testid=page-language]").focus();
}

function topBar() {
  const isDouble = Boolean(shown.right);
  const sides = barButton("side-by-side", isDouble ? "single" : "columns", label(isDouble ? "one_person" : "two_people"), toggleSides);
  sides.setAttribute("aria-pressed", String(isDouble));
  return el(
    "header",
    { class: "top-bar" },
    el("h1", { class: "top-title" }, label("page_title")),
    el(
      "nav",
      { class: "top-links", "aria-label": label("pages") },
      el("a", { href: "/", "aria-current": "page" }, label("page_chat")),
      el("a", { href: "/console" }, label("page_console")),
      el("a", { href: "/switchboard" }, label("page_switchboard")),
      el("a", { href: "/wechat/phone" }, label("page_phone")),
    ),
    sides,
    barButton("theme", "sun", label("theme"), toggleTheme),
    el(
      "button",
      { type: "button", class: "text-button", testid: "page-language", lang: pageLanguage() === "zh" ? "en" : "zh-CN", on: { click: toggleLanguage } },
      pageLanguage() === "zh" ? "English" : "中文",
    ),
  );
}

function barButton(testid, iconName, name, act) {
  return el(
    "button",
    { type: "button", class: "icon-button", testid, "aria-label": name, title: name, on: { click: act } },
    icon(iconName),
  );
}

async function begin() {
  try {
    await world.refresh();
  } catch {
    root.replaceChildren(el("p", { class: "page-note", role: "alert" }, label("no_server")));
    setTimeout(begin, 1500);
    return;
  }
  if (world.people.length === 0) {
    root.replaceChildren(el("p", { class: "page-note" }, label("no_people")));
    setTimeout(begin, 1500);
    return;
  }
  placePeople();
  mount();
  world.lookAround();
}

begin();
