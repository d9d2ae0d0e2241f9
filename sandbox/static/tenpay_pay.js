/** Tenpay's cashier, or the page of the bank the merchant named; leads back once paid. */
import { el } from "./chat/dom.js";
import { pageLanguage } from "./i18n.js";
import { TENPAY } from "./tenpay_labels.js";
import { checkout } from "./tenpay_checkout.js";

const CASHIER = "DEFAULT";
const SHOWN_MS = 1500;
let chosen = CASHIER;

function nameOf(bank) {
  return pageLanguage() === "zh" ? bank.name : bank.name_en;
}

function bankOf(order) {
  return nameOf({ name: order.bank_name, name_en: order.bank_name_en });
}

function title(order, label) {
  return order && order.bank_type !== CASHIER ? label("bank_title", { bank: bankOf(order) }) : label("title");
}

function extra(order, label) {
  if (order.bank_type !== CASHIER) {
    return el("p", { class: "pay-state", testid: "bank", data: { bank: order.bank_type } }, bankOf(order));
  }
  const options = order.banks.map((bank) =>
    el("option", { value: bank.code }, bank.code === CASHIER ? label("balance") : nameOf(bank)));
  const choose = (event) => {
    chosen = event.target.value;
  };
  const select = el("select", { class: "field whole-width", testid: "bank-choice", on: { change: choose } }, ...options);
  select.value = chosen;
  return el("label", { class: "bank-choice" }, el("span", { class: "soft" }, label("choose_bank")), select);
}

function wayBack(order) {
  return `/tenpay/back?order=${encodeURIComponent(order.out_trade_no)}`;
}

function back(order, label) {
  if (!order.return_to) return null;
  return el("p", { class: "wallet-sum" }, el("a", { href: wayBack(order), testid: "back" }, label("back")));
}

checkout({
  prefix: "/tenpay",
  texts: TENPAY,
  title,
  extra,
  back,
  choice: () => (chosen === CASHIER ? {} : { bank_type: chosen }),
  done: (order, label, say) => {
    say(`${label("paid")}. ${label("going_back")}`);
    setTimeout(() => location.assign(wayBack(order)), SHOWN_MS);
  },
});
