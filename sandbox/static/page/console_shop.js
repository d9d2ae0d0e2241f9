/** Buying in the console: products, purchases that are blocked, and holds to bill or release. */
import { el } from "../chat/dom.js";
import { pageLanguage } from "../i18n.js";
import { plainYuan, readYuan, yuan } from "./money.js";

const chosenBuyers = new Map();

/** `send(method, account, path, body)` calls the account's part of the API and redraws. */
export class Shop {
  #label;
  #send;
  #products = [];

  constructor({ label, send }) {
    this.#label = label;
    this.#send = send;
  }

  set products(products) {
    this.#products = products;
  }

  /** The choice of the buyer, and a line for each product. */
  counter(account) {
    const rows = this.#products.map((product) => this.#productRow(account, product));
    return el("div", {}, this.#buyerChoice(account), el("ul", { class: "rows" }, ...rows));
  }

  #buyerChoice(account) {
    const label = this.#label;
    const members = account.members.map((member) => el("option", { value: member.member_id }, member.display_name));
    const options = [el("option", { value: "" }, label("nobody")), ...members];
    const choose = (event) => chosenBuyers.set(account.account_id, event.target.value);
    const select = el("select", { class: "field", testid: `buyer-${account.account_id}`, on: { change: choose } }, ...options);
    select.value = this.#buyer(account) ?? "";
    return el("label", { class: "row soft buyer" }, label("buyer"), select);
  }

  /** Somebody without finance rights buys, unless another was chosen: that is the usual case. */
  #buyer(account) {
    const ids = account.members.map((member) => member.member_id);
    const chosen = chosenBuyers.get(account.account_id);
    if (chosen === "" || ids.includes(chosen)) return chosen || null;
    const usual = account.members.find((member) => member.role === "member") ?? account.members[0];
    return usual?.member_id ?? null;
  }

  #productRow(account, product) {
    const name = pageLanguage() === "zh" ? product.name : product.name_en;
    const buy = () => this.#send("POST", account, "purchases", { product: product.key, requested_by: this.#buyer(account) });
    return el("li", { class: "row" },
      el("span", { class: "grow" }, name, el("div", { class: "soft" }, this.#label("freezes", { amount: yuan(product.freeze_fen) }))),
      el("button", { type: "button", class: "button is-main", testid: `buy-${product.key}-${account.account_id}`, "aria-label": this.#label("buy_name", { name }), on: { click: buy } }, this.#label("buy")));
  }

  /** Blocked purchases first, since somebody has to do something about them. */
  purchases(account) {
    const blocked = account.blocked.map((item) => this.#blockedRow(account, item));
    const holds = account.holds.map((item) => this.#holdRow(account, item));
    if (blocked.length + holds.length === 0) return el("p", { class: "soft" }, this.#label("no_purchases"));
    return el("ul", { class: "rows", role: "status", testid: `purchases-${account.account_id}` }, ...blocked, ...holds);
  }

  #blockedRow(account, item) {
    const label = this.#label;
    const path = `purchases/${encodeURIComponent(item.hold_id)}`;
    const isShort = item.shortfall_fen !== null;
    const why = isShort ? label("short", { amount: yuan(item.shortfall_fen) }) : label("not_placed", { code: item.code ?? "?" });
    const again = () => this.#send("POST", account, `${path}/again`);
    const drop = () => this.#send("DELETE", account, path);
    return el("li", { class: "row purchase is-blocked", testid: `blocked-${item.hold_id}` },
      this.#what(account, item, label("blocked"), "chip is-bad"),
      el("div", { class: "purchase-why", testid: "shortfall" }, why, isShort ? ` ${label("top_up_first")}` : null),
      el("span", { class: "row" },
        el("button", { type: "button", class: "button is-main", testid: "again", on: { click: again } }, label("again")),
        el("a", { class: "button", href: "/", target: "sandbox-chat" }, label("to_chat")),
        el("button", { type: "button", class: "button", testid: "drop", on: { click: drop } }, label("drop"))));
  }

  #holdRow(account, item) {
    const label = this.#label;
    const path = `holds/${encodeURIComponent(item.hold_id)}`;
    const amount = el("input", { class: "field purchase-amount", inputmode: "decimal", autocomplete: "off", testid: "bill-amount", "aria-label": label("bill_amount") });
    amount.value = plainYuan(item.amount_fen);
    const bill = (event) => {
      event.preventDefault();
      const fen = readYuan(amount.value);
      const isRight = fen !== null && fen <= item.amount_fen;
      amount.setCustomValidity(isRight ? "" : label("bad_bill", { amount: yuan(item.amount_fen) }));
      if (amount.reportValidity()) this.#send("POST", account, `${path}/bill`, { amount_fen: fen });
    };
    amount.addEventListener("input", () => amount.setCustomValidity(""));
    const release = () => this.#send("POST", account, `${path}/release`);
    return el("li", { class: "row purchase", testid: `hold-${item.hold_id}` },
      this.#what(account, item, label(item.went_on ? "went_on" : "frozen"), "chip is-good"),
      el("form", { class: "row", novalidate: true, on: { submit: bill } },
        el("span", { class: "soft" }, "¥"), amount,
        el("button", { class: "button is-main", testid: "bill" }, label("bill")),
        el("button", { type: "button", class: "button", testid: "release", on: { click: release } }, label("release"))));
  }

  #what(account, item, state, chip) {
    const known = this.#products.find((product) => product.name === item.product);
    const name = known && pageLanguage() === "en" ? known.name_en : item.product;
    const buyer = account.members.find((member) => member.member_id === item.requested_by)?.display_name ?? item.requested_by;
    const by = buyer ? this.#label("by", { name: buyer }) : null;
    return el("span", { class: "grow purchase-what" },
      el("span", {}, name, " ", el("span", { class: chip }, state)),
      el("div", { class: "soft" }, yuan(item.amount_fen), by ? ` · ${by}` : null, " · ", el("span", { class: "mono" }, item.hold_id)));
  }
}
