/** A list of what can be paid, with a way in for each; shared by Tenpay and QQ Wallet. */
import { el } from "./chat/dom.js";
import { pageLocale } from "./i18n.js";
import { call, repeat } from "./page/calls.js";
import { frame, labelsOf } from "./page/frame.js";
import { yuan } from "./page/money.js";

const WALLETS = ["wechat", "qq", "tenpay"];

/** `prefix` is where the provider lives; `scans` says whether codes can be typed in. */
export function ordersPage({ prefix, texts, scans }) {
  const label = labelsOf(texts);
  let orders = null;
  let shown = "";
  let lists = null;

  async function refresh() {
    try {
      orders = (await call("GET", `${prefix}/control/orders`)).orders;
      fill();
    } catch {
      lists.replaceChildren(el("p", { class: "banner is-bad", role: "alert" }, label("no_server")));
      shown = "";
    }
  }

  function fill() {
    if (!orders || JSON.stringify(orders) === shown) return;
    shown = JSON.stringify(orders);
    const open = orders.filter((order) => order.trade_state === "NOTPAY");
    const rest = orders.filter((order) => order.trade_state !== "NOTPAY");
    lists.replaceChildren(
      el("h3", {}, label("open_orders")),
      open.length ? list(open) : el("p", { class: "soft" }, label("none")),
      rest.length ? el("h3", {}, label("all_orders")) : "",
      rest.length ? list(rest) : "",
    );
  }

  function list(some) {
    return el("ul", { class: "rows" }, ...some.map((order) =>
      el("li", { class: "row" },
        el("span", { class: "grow" }, order.description,
          el("div", { class: "soft mono" }, `${order.out_trade_no} · ${order.product}`),
          el("div", { class: "soft" }, new Date(order.created_at).toLocaleString(pageLocale()))),
        el("span", { class: "number" }, yuan(order.asked_fen)),
        el("span", { class: order.trade_state === "SUCCESS" ? "chip is-good" : "chip" }, label(order.trade_state)),
        el("a", { href: `${prefix}/pay?order=${encodeURIComponent(order.out_trade_no)}`, testid: `open-${order.out_trade_no}` }, label("open")))));
  }

  function scanner() {
    const code = el("input", { class: "field grow", name: "code", required: true, placeholder: label("code_hint"), "aria-label": label("code"), testid: "code", autocomplete: "off" });
    return el("form", { class: "row", action: `${prefix}/scan` }, code, el("button", { class: "button is-main", testid: "scan" }, label("scan")));
  }

  function others() {
    const names = WALLETS.filter((name) => `/${name}` !== prefix);
    return el("p", { class: "row soft" }, label("wallets"), ...names.map((name) => el("a", { href: `/${name}/phone` }, label(name))));
  }

  function draw(main) {
    shown = "";
    lists = el("div");
    main.replaceChildren(
      el("section", { class: "card wallet" },
        el("p", { class: "soft" }, label("phone_lead")), scans ? scanner() : "", lists, others()));
    fill();
  }

  frame({ current: "phone", title: () => label("phone_title"), draw });
  repeat(refresh, 2000);
}
