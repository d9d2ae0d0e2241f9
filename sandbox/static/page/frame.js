/** What the console, switchboard and pay pages share: top bar, language, theme, labels. */
import { el } from "../chat/dom.js";
import { pageLanguage, setPageLanguage } from "../i18n.js";
import { toggleTheme } from "../theme.js";

const COMMON = {
  zh: { chat: "聊天", console: "云控制台", switchboard: "总控台", phone: "付款手机", pages: "页面", theme: "深浅色" },
  en: { chat: "Chat", console: "Console", switchboard: "Switchboard", phone: "Payer's phone", pages: "Pages", theme: "Light or dark" },
};
const ADDRESSES = { chat: "/", console: "/console", switchboard: "/switchboard", phone: "/wechat/phone" };

/** A function that gives a text of `labels` ({zh, en}) in the page's language. */
export function labelsOf(labels) {
  return (key, fields = {}) => {
    const text = labels[pageLanguage()][key];
    if (text === undefined) throw new Error(`no label "${key}"`);
    return text.replace(/\{(\w+)\}/g, (_, name) => String(fields[name]));
  };
}

const common = labelsOf(COMMON);

/** Draws the top bar and an empty main part; `draw(main)` fills it now and on every language change. */
export function frame({ current, title, draw }) {
  const root = document.querySelector("#app");
  const show = () => {
    const main = el("main", { class: "page-main" });
    document.title = title();
    root.replaceChildren(topBar(current, title(), show), main);
    draw(main);
  };
  show();
}

function topBar(current, title, show) {
  const links = Object.entries(ADDRESSES).map(([name, address]) =>
    el("a", { href: address, "aria-current": name === current ? "page" : null }, common(name)),
  );
  const isChinese = pageLanguage() === "zh";
  const switchLanguage = () => {
    setPageLanguage(isChinese ? "en" : "zh");
    show();
  };
  return el(
    "header",
    { class: "bar" },
    el("h1", { class: "bar-title" }, title),
    el("nav", { class: "bar-links", "aria-label": common("pages") }, ...links),
    el("button", { type: "button", class: "bar-button", testid: "theme", "aria-label": common("theme"), title: common("theme"), on: { click: toggleTheme } }, "◐"),
    el("button", { type: "button", class: "bar-button", testid: "page-language", lang: isChinese ? "en" : "zh-CN", on: { click: switchLanguage } }, isChinese ? "English" : "中文"),
  );
}
