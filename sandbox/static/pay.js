/** The pay page: one order, the pay button, and the ways a payment can go wrong. */
import { el } from "./chat/dom.js";
import { pageLocale } from "./i18n.js";
import { call, repeat } from "./page/calls.js";
import { frame, labelsOf } from "./page/frame.js";
import { PAY } from "./page/labels_pay.js";
import { readYuan, yuan } from "./page/money.js";

const label = labelsOf(PAY);
const query = new URLSearchParams(location.search);
const CONTROL = "/wechat/control";
let order = null;
let kinds = [];
let problem = null;
let result = null;
let isBusy = false;
let boxes = [];

async function find() {
  if (order) return call("GET", orderPath());
  if (query.has("order")) return call("GET", `${CONTROL}/orders/${encodeURIComponent(query.get("order"))}`);
  return call("GET", `${CONTROL}/link?prepay_id=${encodeURIComponent(query.get("prepay_id") ?? "")}`);
}

function orderPath() {
  return `${CONTROL}/orders/${encodeURIComponent(order.out_trade_no)}`;
}

async function refresh() {
  try {
    if (kinds.length === 0) kinds = (await call("GET", `${CONTROL}/faults`)).callback_kinds;
    order = await find();
    if (problem?.status === 0) problem = null;
  } catch (error) {
    problem = error;
  }
  fill();
}

function fill() {
  for (const each of boxes) each();
}

function box(parent, make) {
  const node = el("div");
  let shown = null;
  parent.append(node);
  return () => {
    const next = make();
    if (next.outerHTML === shown) return;
    shown = next.outerHTML;
    node.replaceChildren(next);
  };
}

function bill() {
  if (!order) return el("p", { role: "status" }, problemText() ?? label("loading"));
  const facts = [["merchant", order.merchant], ["goods", order.description], ["number", order.out_trade_no], ["expires", time(order.expires_at)]];
  const isOpen = order.trade_state === "NOTPAY";
  return el("div", {},
    el("div", { class: "wallet-sum" }, el("strong", { class: "number", testid: "asked" }, yuan(order.asked_fen))),
    el("dl", { class: "facts" }, ...facts.flatMap(([name, text]) => [el("dt", {}, label(name)), el("dd", {}, text)])),
    isOpen ? null : el("p", { class: "pay-state", role: "status", testid: "pay-state" }, label(order.trade_state)),
    el("button", { type: "button", class: "pay-button", testid: "pay", disabled: !isOpen || isBusy, on: { click: () => pay({}) } }, label("pay", { amount: yuan(order.asked_fen) })),
    backLink());
}

/** Only an address of the merchant's own domain got this far: the server checked it. */
function backLink() {
  const back = query.get("redirect_url");
  if (!back || !/^https?:\/\//.test(back) || order.trade_state === "NOTPAY") return null;
  return el("p", { class: "wallet-sum" }, el("a", { href: back, testid: "back" }, label("back")));
}

function results() {
  const parts = [];
  if (order && problemText()) parts.push(el("p", { class: "banner is-bad", role: "alert", testid: "problem" }, problemText()));
  if (result) parts.push(el("p", { class: "banner is-plain", role: "status", testid: "result" }, result));
  return el("div", { class: "results", "aria-live": "polite" }, ...parts);
}

function problemText() {
  if (!problem) return null;
  if (problem.status === 0) return label("no_server");
  return problem.status === 404 ? label("gone") : label("refused", { text: problem.message });
}

async function act(work) {
  isBusy = true;
  problem = result = null;
  fill();
  try {
    result = await work();
  } catch (error) {
    problem = error;
  }
  isBusy = false;
  await refresh();
}

function pay(how) {
  return act(async () => {
    const before = (await deliveries()).length;
    await call("POST", `${orderPath()}/pay`, how);
    const sent = (await deliveries()).slice(0, -before || undefined);
    return `${label("paid")}. ${sent.length ? sent.map(told).join(" ") : label("nothing_told")}`;
  });
}

async function deliveries() {
  return (await call("GET", `${CONTROL}/callbacks`)).callbacks;
}

function told(delivery) {
  const answers = delivery.attempts.map((each) => each.status || label("no_answer")).join(", ");
  const text = label("told", { url: delivery.url, answers });
  return delivery.is_over ? text : `${text} ${label("again_later")}`;
}

function send(kind) {
  return act(async () => told(await call("POST", `${orderPath()}/callback`, { kind })));
}

function decline(reason) {
  return act(async () => {
    await call("POST", `${orderPath()}/decline`, { reason });
    return label("declined");
  });
}

function button(name, work, fields = {}) {
  return el("button", { type: "button", class: "button", testid: name, on: { click: work } }, label(name, fields));
}

function line(...children) {
  return el("li", { class: "row" }, ...children);
}

function explained(name, work) {
  return line(button(name, work), el("span", { class: "soft grow" }, label(`${name}_why`)));
}

function switches() {
  const amount = el("input", { class: "field amount-field", inputmode: "decimal", testid: "amount", "aria-label": label("amount") });
  const times = el("input", { class: "field amount-field", type: "number", min: "1", max: "50", value: "3", testid: "times", "aria-label": label("times") });
  const atOnce = el("input", { type: "checkbox", testid: "at-once" });
  const kind = el("select", { class: "field grow", testid: "kind", "aria-label": label("callback") }, ...kinds.map((each) => el("option", { value: each }, label(each))));
  const payAmount = () => {
    const fen = readYuan(amount.value);
    if (fen) return pay({ amount_fen: fen });
    return act(async () => Promise.reject(new Error(label("bad_amount"))));
  };
  return el("details", { class: "switches card", testid: "switches" },
    el("summary", {}, label("switches")),
    el("ul", { class: "rows" },
      line(amount, el("span", { class: "soft" }, label("amount_unit")), button("pay_amount", payAmount)),
      explained("late", () => pay({ late: true })),
      explained("again", () => pay({ again: true })),
      explained("silent", () => pay({ announce: false })),
      line(times, el("label", { class: "row" }, atOnce, label("at_once")), button("pay_times", () => pay({ times: Number(times.value), concurrent: atOnce.checked }))),
      explained("decline", () => decline("declined")),
      explained("timeout", () => decline("timeout")),
      line(kind, button("send", () => send(kind.value)), el("span", { class: "soft whole" }, label("forged_why")))));
}

function time(text) {
  return new Date(text).toLocaleString(pageLocale(), { dateStyle: "medium", timeStyle: "short" });
}

function draw(main) {
  const wallet = el("div", { class: "wallet" });
  const card = el("section", { class: "card" });
  wallet.append(card);
  boxes = [box(card, bill), box(wallet, results), box(wallet, () => (order ? el("div", { data: { kinds: kinds.length } }, switches()) : el("span")))];
  main.replaceChildren(wallet);
  fill();
}

frame({ current: "", title: () => label("title"), draw });
repeat(refresh, 2000);
