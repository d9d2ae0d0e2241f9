/** A pay page: one order, the pay button, the ways to pay wrongly; shared by Tenpay and QQ Wallet. */
import { el } from "./chat/dom.js";
import { pageLocale } from "./i18n.js";
import { call, repeat } from "./page/calls.js";
import { frame, labelsOf } from "./page/frame.js";
import { yuan } from "./page/money.js";
import { switches } from "./tenpay_switches.js";

/**
 * `title(order, label)`, `extra(order, label)` and `back(order, label)` are the provider's own parts;
 * `choice()` is what the payer chose on them, `done(order)` runs after the pay button has paid.
 */
export function checkout({ prefix, texts, title, extra, back, choice, done }) {
  const label = labelsOf(texts);
  const control = `${prefix}/control`;
  const number = new URLSearchParams(location.search).get("order") ?? "";
  const path = `${control}/orders/${encodeURIComponent(number)}`;
  const state = { order: null, kinds: [], problem: null, result: null, isBusy: false };
  let boxes = [];

  async function refresh() {
    try {
      if (state.kinds.length === 0) state.kinds = (await call("GET", `${control}/faults`)).callback_kinds;
      state.order = await call("GET", path);
      if (state.problem?.status === 0) state.problem = null;
    } catch (error) {
      state.problem = error;
    }
    fill();
  }

  function fill() {
    document.title = document.querySelector(".bar-title").textContent = title(state.order, label);
    for (const each of boxes) each();
  }

  function bill() {
    const order = state.order;
    if (!order) return el("p", { role: "status", testid: "pay-state" }, problemText() ?? label("loading"));
    const isOpen = order.trade_state === "NOTPAY";
    const facts = [["merchant", order.merchant], ["goods", order.description], ["number", order.out_trade_no], ["expires", time(order.expires_at)]];
    return el("div", {},
      el("div", { class: "wallet-sum" }, el("strong", { class: "number", testid: "asked" }, yuan(order.asked_fen))),
      el("dl", { class: "facts" }, ...facts.flatMap(([name, text]) => [el("dt", {}, label(name)), el("dd", {}, text)])),
      isOpen ? extra(order, label) : el("p", { class: "pay-state", role: "status", testid: "pay-state" }, label(order.trade_state)),
      el("button", { type: "button", class: "pay-button", testid: "pay", disabled: !isOpen || state.isBusy, on: { click: payNow } }, label("pay", { amount: yuan(order.asked_fen) })),
      isOpen ? null : back(order, label));
  }

  function results() {
    const parts = [];
    if (state.order && problemText()) parts.push(el("p", { class: "banner is-bad", role: "alert", testid: "problem" }, problemText()));
    if (state.result) parts.push(el("p", { class: "banner is-plain", role: "status", testid: "result" }, state.result));
    return el("div", { class: "results", "aria-live": "polite" }, ...parts);
  }

  function problemText() {
    const problem = state.problem;
    if (!problem) return null;
    if (problem.status === 0) return label("no_server");
    return problem.status === 404 ? label("gone") : label("refused", { text: problem.message });
  }

  async function act(work) {
    state.isBusy = true;
    state.problem = state.result = null;
    fill();
    try {
      state.result = await work();
    } catch (error) {
      state.problem = error;
    }
    state.isBusy = false;
    await refresh();
  }

  async function payNow() {
    await pay({});
    if (!state.problem && state.order.trade_state === "SUCCESS") done(state.order, label, (text) => {
      state.result = text;
      fill();
    });
  }

  function pay(how) {
    return act(async () => {
      const before = (await deliveries()).length;
      await call("POST", `${path}/pay`, { ...choice(), ...how });
      const sent = (await deliveries()).slice(0, -before || undefined);
      return `${label("paid")}. ${sent.length ? sent.map(told).join(" ") : label("nothing_told")}`;
    });
  }

  async function deliveries() {
    return (await call("GET", `${control}/callbacks`)).callbacks;
  }

  function told(delivery) {
    const answers = delivery.attempts.map((each) => each.status || label("no_answer")).join(", ");
    const text = label("told", { url: delivery.url, answers });
    return delivery.is_over ? text : `${text} ${label("again_later")}`;
  }

  const acts = {
    pay,
    send: (kind) => act(async () => told(await call("POST", `${path}/callback`, { kind }))),
    decline: (reason) => act(async () => {
      await call("POST", `${path}/decline`, { reason });
      return label("declined");
    }),
    refuse: (text) => act(async () => Promise.reject(new Error(text))),
  };

  function draw(main) {
    const wallet = el("div", { class: "wallet" });
    const card = el("section", { class: "card" });
    wallet.append(card);
    const more = () => (state.order ? el("div", { data: { kinds: state.kinds.length } }, switches(state.kinds, label, acts)) : el("span"));
    boxes = [box(card, bill), box(wallet, results), box(wallet, more)];
    main.replaceChildren(wallet);
    fill();
  }

  frame({ current: "", title: () => title(state.order, label), draw });
  repeat(refresh, 2000);
}

/** Redraws its part only when it would look different, so that what is typed there stays. */
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

function time(text) {
  return new Date(text).toLocaleString(pageLocale(), { dateStyle: "medium", timeStyle: "short" });
}
