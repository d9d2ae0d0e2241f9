/** The switchboard: faults of Telegram and WeChat Pay, WeChat's orders and time, live traffic. */
import { el } from "./chat/dom.js";
import { pageLanguage, pageLocale } from "./i18n.js";
import { call, repeat } from "./page/calls.js";
import { frame, labelsOf } from "./page/frame.js";
import { SWITCHBOARD } from "./page/labels_switchboard.js";
import { yuan } from "./page/money.js";
import { SwitchForm } from "./page/switches.js";
import { TraceView } from "./page/trace.js";

const label = labelsOf(SWITCHBOARD);
const ORDERS_SHOWN = 8;
/** What the other providers' switches rest at, and the words they know. */
const OTHERS = {
  qq: { resting: { callback_times: 1, bill_ready_hour: 9, close_after_s: 300, early_close_code: "SYSTEMERROR", bill_line_end: "LF" }, choices: { refund_outcome: ["SUCCESS", "FAIL", "PROCESSING", "CHANGE"] } },
  tenpay: { resting: { callback_times: 1, bill_ready_hour: 7, callback_method: "POST", notify_life_s: 600, reply_encoding: "gb2312" }, choices: { refund_outcome: ["SUCCESS", "FAIL", "PROCESSING", "CHANGE", "UNDETERMINED"] } },
  stripe: { resting: { callback_times: 1, refund_delay_s: 0, refund_outcome: "succeeded" }, choices: { refund_outcome: ["succeeded", "pending", "failed", "canceled", "requires_action"] } },
};
let banner = null;
let orders = null;
let shownOrders = "";
let clock = null;
const trace = new TraceView(words);

/** A switch without a text of its own is shown by its name. */
function words(key, fields) {
  return key in SWITCHBOARD[pageLanguage()] ? label(key, fields) : key;
}

function say(text, isBad) {
  banner.replaceChildren(text ? el("p", { class: isBad ? "banner is-bad" : "banner is-good", role: "status", testid: "banner" }, text) : "");
}

async function act(work) {
  try {
    await work();
    say(label("saved"), false);
  } catch (error) {
    say(label("refused", { text: error.message }), true);
  }
  await refresh();
}

let isLost = false;

async function refresh() {
  try {
    await trace.load();
    fillOrders((await call("GET", "/wechat/control/orders")).orders);
    const { now } = await call("GET", "/wechat/control/clock");
    clock.textContent = label("now", { time: new Date(now).toLocaleString(pageLocale()) });
    if (isLost) say("");
    isLost = false;
  } catch {
    isLost = true;
    say(label("no_server"), true);
  }
}

function fillOrders(some) {
  if (JSON.stringify(some) === shownOrders) return;
  shownOrders = JSON.stringify(some);
  const rows = some.slice(0, ORDERS_SHOWN).map(orderRow);
  orders.replaceChildren(rows.length ? el("ul", { class: "rows" }, ...rows) : el("p", { class: "soft" }, label("no_orders")));
}

function orderRow(order) {
  const path = `/wechat/control/orders/${encodeURIComponent(order.out_trade_no)}`;
  const press = (name, action, body) =>
    el("button", { type: "button", class: "button", testid: `${name}-${order.out_trade_no}`, on: { click: () => act(() => call("POST", `${path}/${action}`, body)) } }, label(name));
  const isOpen = order.trade_state === "NOTPAY";
  return el("li", {},
    el("div", { class: "row" },
      el("span", { class: "grow mono" }, order.out_trade_no),
      el("span", { class: "number" }, yuan(order.asked_fen)),
      el("span", { class: order.trade_state === "SUCCESS" ? "chip is-good" : "chip" }, label(order.trade_state))),
    el("div", { class: "row" },
      isOpen ? press("pay", "pay", {}) : null,
      isOpen ? press("silent", "pay", { announce: false }) : null,
      isOpen ? press("expire", "expire", {}) : null,
      press("forge", "callback", { kind: "bad_signature" }),
      el("a", { href: `/wechat/pay?order=${encodeURIComponent(order.out_trade_no)}` }, label("open"))));
}

/** Three more providers fill a page: each opens by its name. */
function folded(node) {
  return el("details", { class: "fold", testid: `${node.dataset.testid}-fold` }, el("summary", {}, node.querySelector("h2").textContent), node);
}

function draw(main) {
  banner = el("div", { "aria-live": "polite" });
  orders = el("div");
  clock = el("p", { class: "soft" });
  shownOrders = "";
  const form = (name, path, own = {}) => new SwitchForm({ path, name, words, changed: say, ...own });
  const forms = [form("telegram", "/sandbox/faults"), form("wechat", "/wechat/control/faults"), form("clock", "/wechat/control/clock"), ...Object.keys(OTHERS).map((name) => form(name, `/${name}/control/faults`, OTHERS[name]))];
  const [telegram, wechat, time, ...others] = forms.map((each) => each.node);
  trace.relabel();
  const orderCard = el("section", { class: "card wide", testid: "orders" }, el("h2", {}, label("orders")), clock, orders);
  time.classList.add("wide");
  main.replaceChildren(el("p", { class: "soft" }, label("lead")), banner, el("div", { class: "cards" }, el("div", {}, telegram, orderCard), el("div", {}, wechat, time)), el("div", { class: "cards" }, ...others.map(folded)), trace.node);
  for (const each of forms) each.load().catch(() => say(label("no_server"), true));
  refresh();
}

frame({ current: "switchboard", title: () => label("title"), draw });
repeat(refresh, 1500);
