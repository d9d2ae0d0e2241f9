/** More ways to pay, and callbacks nobody paid for: the lower part of a pay page. */
import { el } from "./chat/dom.js";
import { readYuan } from "./page/money.js";

const COUPON_FEN = 100;

/** `acts` has pay(how), decline(reason), send(kind) and refuse(text). */
export function switches(kinds, label, acts) {
  const amount = el("input", { class: "field amount-field", inputmode: "decimal", testid: "amount", "aria-label": label("amount") });
  const times = el("input", { class: "field amount-field", type: "number", min: "1", max: "50", value: "3", testid: "times", "aria-label": label("times") });
  const atOnce = el("input", { type: "checkbox", testid: "at-once" });
  const kind = el("select", { class: "field grow", testid: "kind", "aria-label": label("callback") }, ...kinds.map((each) => el("option", { value: each }, label(each))));
  const button = (name, work) => el("button", { type: "button", class: "button", testid: name, on: { click: work } }, label(name));
  const explained = (name, work) => line(button(name, work), el("span", { class: "soft grow" }, label(`${name.replace("pay_", "")}_why`)));
  const payAmount = () => {
    const fen = readYuan(amount.value);
    return fen ? acts.pay({ amount_fen: fen }) : acts.refuse(label("bad_amount"));
  };
  return el("details", { class: "switches card", testid: "switches" },
    el("summary", {}, label("switches")),
    el("ul", { class: "rows" },
      line(amount, el("span", { class: "soft" }, label("amount_unit")), button("pay_amount", payAmount)),
      explained("pay_discount", () => acts.pay({ discount_fen: COUPON_FEN })),
      explained("late", () => acts.pay({ late: true })),
      explained("again", () => acts.pay({ again: true })),
      explained("silent", () => acts.pay({ announce: false })),
      line(times, el("label", { class: "row" }, atOnce, label("at_once")), button("pay_times", () => acts.pay({ times: Number(times.value), concurrent: atOnce.checked }))),
      explained("decline", () => acts.decline("declined")),
      explained("timeout", () => acts.decline("timeout")),
      line(kind, button("send", () => acts.send(kind.value)), el("span", { class: "soft whole" }, label("forged_why")))));
}

function line(...children) {
  return el("li", { class: "row" }, ...children);
}
