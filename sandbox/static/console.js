/** The cloud console: two accounts, who may use them, and what happened to their money. */
import { el } from "./chat/dom.js";
import { pageLanguage, pageLocale } from "./i18n.js";
import { call, repeat } from "./page/calls.js";
import { Shop } from "./page/console_shop.js";
import { frame, labelsOf } from "./page/frame.js";
import { CONSOLE } from "./page/labels_console.js";
import { yuan } from "./page/money.js";

const label = labelsOf(CONSOLE);
const ROLE_BY_TITLE = { Creator: "creator", "Finance collaborator": "finance", Viewer: "viewer", "No finance rights": "member" };
const INSUFFICIENT = 402;
const chosenRoles = new Map();
const shop = new Shop({ label, send });
let people = [];
let overview = null;
let problem = null;
let note = null;
let main = null;
let drawn = "";
let boxes = [];

async function refresh() {
  try {
    if (people.length === 0) people = (await call("GET", "/sandbox/state")).people;
    overview = await call("GET", "/console/api/accounts");
    shop.products = overview.products;
    problem = null;
  } catch (error) {
    problem = error;
  }
  draw();
}

/** Forms are made anew only when they change shape: an open list must not close under the pointer. */
function draw() {
  const accounts = overview?.accounts ?? [];
  const shape = JSON.stringify([accounts.map((each) => each.exists), people, pageLanguage()]);
  if (shape !== drawn) {
    drawn = shape;
    boxes = [box("banner", banner)];
    main.replaceChildren(
      el("p", { class: "soft" }, label("lead")),
      boxes[0].node,
      el("div", { class: "cards" }, ...accounts.map(accountCard)),
    );
  }
  for (const each of boxes) each.fill();
}

/** A part of the page that is redrawn by itself, when what it shows has changed. */
function box(name, make) {
  const node = el("div", { data: { box: name } });
  let shown = null;
  const fill = () => {
    const next = make();
    if (next.outerHTML === shown) return;
    shown = next.outerHTML;
    node.replaceChildren(next);
  };
  return { node, fill };
}

function problemText() {
  if (!problem) return overview ? null : label("loading");
  if (problem.status === 0) return label("no_server");
  if (problem.code === "api_unreachable" || problem.code === "not_json") return label("api_down");
  return label("refused", { text: problem.message });
}

function banner() {
  const text = problemText();
  if (text) return el("p", { class: problem ? "banner is-bad" : "banner", role: "status", testid: "problem" }, text);
  return note ? el("p", { class: "banner is-good", role: "status", testid: "note" }, note) : el("span");
}

function accountName(account) {
  return pageLanguage() === "zh" ? account.name : account.name_en;
}

function accountCard(account) {
  const head = [
    el("h2", {}, accountName(account)),
    el("div", { class: "soft mono" }, label("account_id", { id: account.account_id })),
  ];
  if (!account.exists) {
    const create = () => act(() => call("PUT", `/console/api/accounts/${account.account_id}`));
    return el("section", { class: "card", testid: `account-${account.account_id}` }, ...head,
      el("p", {}, label("missing")),
      el("button", { type: "button", class: "button is-main", on: { click: create } }, label("create")));
  }
  const now = () => overview.accounts.find((each) => each.account_id === account.account_id);
  const makers = {
    balances, memberList, entryList,
    counter: (each) => shop.counter(each),
    purchases: (each) => shop.purchases(each),
  };
  const part = Object.fromEntries(Object.entries(makers).map(([name, make]) => [name, box(name, () => make(now()))]));
  boxes.push(...Object.values(part));
  return el("section", { class: "card", testid: `account-${account.account_id}` }, ...head,
    part.balances.node,
    el("h3", {}, label("link")), linkList(account),
    el("h3", {}, label("shop")), part.counter.node,
    el("h3", {}, label("purchases")), part.purchases.node,
    el("h3", {}, label("members")), part.memberList.node,
    el("h3", {}, label("entries")), part.entryList.node);
}

function balances(account) {
  const part = (name, fen, small) =>
    el("div", { class: small ? "is-small" : "" }, el("dt", {}, label(name)),
      el("dd", { class: "number", testid: `${name}-${account.account_id}` }, yuan(fen)));
  return el("dl", { class: "balances" },
    part("available", account.balance.available_fen, false),
    part("frozen", account.balance.frozen_fen, true));
}

function linkList(account) {
  const usual = people.filter((person) => person.title_en in ROLE_BY_TITLE);
  const others = people.filter((person) => !(person.title_en in ROLE_BY_TITLE));
  const list = (each) => el("ul", { class: "rows people" }, ...each.map((person) => linkRow(account, person)));
  const more = el("details", { testid: `others-${account.account_id}` }, el("summary", { class: "soft" }, label("others")), list(others));
  return el("div", {}, list(usual), others.length ? more : null);
}

function linkRow(account, person) {
  const key = `${account.account_id}-${person.id}`;
  const role = chosenRoles.get(key) ?? ROLE_BY_TITLE[person.title_en] ?? "finance";
  const options = overview.roles.map((each) => el("option", { value: each, selected: each === role }, label(each)));
  const choose = (event) => chosenRoles.set(key, event.target.value);
  const select = el("select", { class: "field", testid: `role-${key}`, "aria-label": label("role_of", { name: person.first_name }), on: { change: choose } }, ...options);
  const button = el("button", {
    type: "button", class: "button is-main", testid: `link-${key}`, title: label("link_title"),
    "aria-label": label("link_for", { name: person.first_name, account: accountName(account) }),
    on: { click: () => openLink(account, person, select.value) },
  }, label("link"));
  const title = pageLanguage() === "zh" ? person.title : person.title_en;
  return el("li", { class: "row" },
    el("span", { class: "grow" }, el("strong", {}, person.first_name), " ", el("span", { class: "soft" }, title)), select, button);
}

/** The chat's window is opened within the click, else the browser would block it. */
async function openLink(account, person, role) {
  const chat = window.open("", "sandbox-chat");
  await act(async () => {
    try {
      const link = await call("POST", `/console/api/accounts/${account.account_id}/links`, { role, person_id: person.id });
      const until = new Date(link.expires_at).toLocaleTimeString(pageLocale(), { hour: "2-digit", minute: "2-digit" });
      note = label("linked", { until });
      if (chat) chat.location = link.open;
      else location.assign(link.open);
    } catch (error) {
      chat?.close();
      throw error;
    }
  });
}

function memberList(account) {
  if (account.members.length === 0) return el("p", { class: "soft" }, label("no_members"));
  return el("ul", { class: "rows", testid: `members-${account.account_id}` }, ...account.members.map((member) => {
    const remove = () => {
      if (!confirm(label("sure", { name: member.display_name }))) return;
      act(() => call("DELETE", `/console/api/accounts/${account.account_id}/members/${encodeURIComponent(member.member_id)}`));
    };
    return el("li", { class: "row" },
      el("span", { class: "grow" }, member.display_name, " ", el("span", { class: "chip" }, known(member.role))),
      el("span", { class: "soft" }, time(member.linked_at)),
      el("button", { type: "button", class: "button is-danger", "aria-label": label("remove_name", { name: member.display_name }), on: { click: remove } }, label("remove")));
  }));
}

function entryList(account) {
  if (account.entries.length === 0) return el("p", { class: "soft" }, label("no_entries"));
  return el("ul", { class: "rows", testid: `entries-${account.account_id}` }, ...account.entries.map((entry) => {
    const isIn = entry.amount_fen > 0;
    const same = !entry.channel || entry.channel === entry.kind;
    const what = same ? known(entry.kind) : `${known(entry.kind)} · ${known(entry.channel)}`;
    return el("li", { class: "row" },
      el("span", { class: "grow" }, what, el("div", { class: "soft mono" }, `${time(entry.at)}  ${entry.reference}`)),
      el("span", { class: "number entry-sum" },
        el("div", { class: isIn ? "entry-amount is-in" : "entry-amount" }, `${isIn ? "+" : ""}${yuan(entry.amount_fen)}`),
        el("div", { class: "soft" }, label("after", { amount: yuan(entry.available_after_fen) }))));
  }));
}

/** A word of the API in the page's language; one it does not know stays as it is. */
function known(word) {
  return word in CONSOLE[pageLanguage()] ? label(word) : word;
}

function time(text) {
  return new Date(text).toLocaleString(pageLocale(), { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });
}

/** A refusal for want of funds is no fault: the purchase stays listed and says what is missing. */
async function send(method, account, path, body = {}) {
  await act(async () => {
    try {
      await call(method, `/console/api/accounts/${account.account_id}/${path}`, body);
    } catch (error) {
      await refresh();
      if (error.status !== INSUFFICIENT) throw error;
    }
  });
}

async function act(work) {
  note = null;
  try {
    await work();
    await refresh();
  } catch (error) {
    problem = error;
    draw();
  }
}

frame({
  current: "console",
  title: () => label("title"),
  draw(into) {
    main = into;
    drawn = "";
    draw();
  },
});
repeat(refresh, 2500);
