/** The hosted card page: what is paid, a saved or a new card, the bank's question, the way back. */
import { el } from "./chat/dom.js";
import { pageLanguage, pageLocale, setPageLanguage } from "./i18n.js";
import { CHECKOUT } from "./checkout_labels.js";
import { call } from "./page/calls.js";
import { frame, labelsOf } from "./page/frame.js";

const label = labelsOf(CHECKOUT);
const PAGE = location.pathname.replace(/\/$/, "");
const COUNTRIES = ["HK", "MO", "TW", "SG", "JP", "US", "GB", "DE", "CN"];
const BRANDS = { visa: "Visa", mastercard: "Mastercard", jcb: "JCB", amex: "American Express", unionpay: "UnionPay", discover: "Discover", diners: "Diners Club" };
// which field a refusal is about
const FIELDS = {
  number: ["incorrect_number", "card_not_supported", "test_mode_live_card"],
  expiry: ["invalid_expiry_month", "invalid_expiry_year", "expired_card"],
  cvc: ["invalid_cvc", "incorrect_cvc"],
  name: ["name_missing"],
  country: ["country_missing"],
  email: ["email_invalid"],
};
const typed = { number: "", expiry: "", cvc: "", name: "", country: "", email: "", save: false };
let state = null;
let cards = [];
let chosen = "";
let problem = null;
let isBusy = false;
let main = null;

async function start() {
  try {
    state = await call("GET", `${PAGE}/state`);
    setPageLanguage(languageOf(state.locale));
    chosen = state.saved_cards[0]?.id ?? "";
    cards = (await call("GET", `${PAGE.replace(/\/pay\/[^/]*$/, "")}/control/cards`)).cards;
  } catch (error) {
    problem = error;
  }
  frame({ current: "", title: () => label("title"), draw: (part) => { main = part; show(); } });
}

/** The merchant names the language when it opens the session; the switch on the page changes it. */
function languageOf(locale) {
  const wanted = locale === "auto" ? navigator.language : locale;
  return wanted.startsWith("zh") ? "zh" : "en";
}

function show() {
  const parts = state === null ? [el("p", { role: "status" }, problem ? problemText() : label("loading"))] : [bill(), trouble(), ...body()];
  main.replaceChildren(el("div", { class: "wallet" }, el("section", { class: "card" }, ...parts), state?.status === "open" ? testCards() : null));
}

function body() {
  if (state.status !== "open") return ended();
  return state.is_waiting ? question() : [form()];
}

function bill() {
  const facts = [["merchant", state.merchant], ["goods", state.description]];
  return el("div", {},
    el("div", { class: "wallet-sum" }, el("strong", { class: "number", testid: "asked" }, amount())),
    el("dl", { class: "facts" }, ...facts.flatMap(([name, text]) => [el("dt", {}, label(name)), el("dd", {}, text)])));
}

function trouble() {
  return el("div", { "aria-live": "assertive" }, problem ? el("p", { class: "banner is-bad", role: "alert", testid: "problem" }, problemText()) : null);
}

function problemText() {
  if (problem.status === 0) return label("no_server");
  if (problem.status === 404) return label("gone");
  return problem.code in CHECKOUT[pageLanguage()] ? label(problem.code) : label("refused", { text: problem.message });
}

function ended() {
  const isComplete = state.status === "complete";
  return [
    el("p", { class: "pay-state", role: "status", testid: "pay-state" }, label(isComplete ? "complete" : "expired")),
    isComplete
      ? el("p", { class: "leave" }, el("a", { href: state.success_url, testid: "to-merchant" }, label("to_merchant")))
      : el("p", { class: "leave soft" }, label("closed")),
  ];
}

function question() {
  return [
    el("p", { role: "status", testid: "ask-holder" }, label("ask_holder")),
    el("button", { type: "button", class: "pay-button", testid: "agree", disabled: isBusy, on: { click: () => send("authenticate", { agreed: true }) } }, label("agree")),
    el("p", { class: "leave" }, el("button", { type: "button", class: "button", testid: "refuse", disabled: isBusy, on: { click: () => send("authenticate", { agreed: false }) } }, label("refuse"))),
  ];
}

function form() {
  const submit = (event) => {
    event.preventDefault();
    send("confirm", chosen ? { payment_method: chosen } : typed);
  };
  return el("form", { testid: "card-form", novalidate: true, on: { submit } },
    savedCards(),
    chosen ? null : el("div", { class: "card-form" }, ...newCard()),
    el("button", { type: "submit", class: "pay-button", testid: "pay", disabled: isBusy }, isBusy ? label("paying") : label("pay", { amount: amount() })),
    state.cancel_url ? el("p", { class: "leave" }, el("a", { href: state.cancel_url, testid: "cancel" }, label("back"))) : null);
}

function savedCards() {
  if (state.saved_cards.length === 0) return null;
  const line = (id, text, extra = null) => el("li", { class: "saved-card" }, el("label", {}, el("input", { type: "radio", name: "saved", value: id, checked: id === chosen, testid: "saved-card", on: { change: () => { chosen = id; show(); } } }), text), extra);
  const remove = (card) => state.can_remove && el("button", { type: "button", class: "button", testid: "remove", on: { click: () => send("remove", { payment_method: card.id }) } }, label("remove"));
  return el("fieldset", { class: "saved", testid: "saved-cards" }, el("legend", {}, label("saved_cards")),
    el("ul", { class: "rows" },
      ...state.saved_cards.map((card) => line(card.id, `${BRANDS[card.brand] ?? card.brand} •••• ${card.last4} · ${label("expires", { text: until(card) })}`, remove(card))),
      line("", label("new_card"))));
}

function until(card) {
  return `${String(card.exp_month).padStart(2, "0")}/${String(card.exp_year).slice(-2)}`;
}

function newCard() {
  const email = state.email ? el("label", { class: "is-wide" }, label("email"), el("input", { class: "field", value: state.email, disabled: true })) : field("email", { class: "is-wide", type: "email", autocomplete: "email" });
  return [
    field("number", { class: "is-wide", inputmode: "numeric", autocomplete: "cc-number", placeholder: "1234 1234 1234 1234", maxlength: 23 }),
    field("expiry", { autocomplete: "cc-exp", inputmode: "numeric", placeholder: "MM/YY", maxlength: 9 }),
    field("cvc", { autocomplete: "cc-csc", inputmode: "numeric", placeholder: "123", maxlength: 4 }),
    field("name", { class: "is-wide", autocomplete: "cc-name" }),
    country(),
    email,
    state.can_save ? el("label", { class: "is-wide is-check" }, el("input", { type: "checkbox", checked: typed.save, testid: "save", on: { change: (event) => { typed.save = event.target.checked; } } }), label("save")) : null,
  ];
}

function field(name, { class: place, ...attributes }) {
  return el("label", { class: place }, label(name), el("input", { class: "field", name, testid: name, value: typed[name], "aria-invalid": wrong(name), ...attributes, on: { input: (event) => { typed[name] = shaped(name, event.target); } } }));
}

function wrong(name) {
  return FIELDS[name].includes(problem?.code) ? "true" : null;
}

/** Groups the number by fours and puts the slash into the expiry while they are typed. */
function shaped(name, input) {
  const digits = input.value.replace(/\D/g, "");
  const isAtEnd = input.selectionStart === input.value.length;
  if (name === "number" && isAtEnd) input.value = digits.replace(/(\d{4})(?=\d)/g, "$1 ");
  if (name === "expiry" && isAtEnd && digits.length > 2) input.value = `${digits.slice(0, 2)}/${digits.slice(2)}`;
  return input.value;
}

function country() {
  const names = new Intl.DisplayNames([pageLocale()], { type: "region" });
  const change = (event) => { typed.country = event.target.value; };
  return el("label", { class: "is-wide" }, label("country"), el("select", { class: "field", name: "country", testid: "country", "aria-invalid": wrong("country"), on: { change } },
    el("option", { value: "" }, "—"), ...COUNTRIES.map((code) => el("option", { value: code, selected: code === typed.country }, names.of(code)))));
}

function amount() {
  const digits = new Intl.NumberFormat("en", { style: "currency", currency: state.currency }).resolvedOptions().maximumFractionDigits;
  return new Intl.NumberFormat(pageLocale(), { style: "currency", currency: state.currency, currencyDisplay: "narrowSymbol" }).format(state.amount / 10 ** digits);
}

async function send(what, wanted) {
  isBusy = true;
  problem = null;
  show();
  try {
    state = await call("POST", `${PAGE}/${what}`, wanted);
    if (!state.saved_cards.some((card) => card.id === chosen)) chosen = "";
  } catch (error) {
    problem = error;
    state = await call("GET", `${PAGE}/state`).catch(() => state);
  }
  isBusy = false;
  show();
  if (state.success_url && what !== "remove") location.assign(state.success_url);
}

function testCards() {
  const use = (card) => () => {
    Object.assign(typed, { number: card.number, expiry: "12/34", cvc: card.brand === "amex" ? "1234" : "123", name: typed.name || "Zhang San", country: typed.country || "HK", email: typed.email || "zhangsan@example.com" });
    chosen = "";
    show();
  };
  return el("details", { class: "switches card", testid: "test-cards" },
    el("summary", {}, label("test_cards")),
    el("p", { class: "soft" }, label("test_why")),
    el("ul", { class: "rows" }, ...cards.map((card) => el("li", { class: "row" },
      el("button", { type: "button", class: "button mono", data: { card: card.name }, on: { click: use(card) } }, card.number),
      el("span", { class: "soft" }, [BRANDS[card.brand] ?? card.brand, card.country ?? "??", card.asks_holder ? "3-D Secure" : card.refusal].filter(Boolean).join(" · "))))));
}

start();
