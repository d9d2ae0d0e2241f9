/** The chat page's own labels in Chinese and English, and which of them is shown. */
import { EN } from "./chat/labels_en.js";
import { ZH } from "./chat/labels_zh.js";

const KEY = "sandbox.language";
const LABELS = { zh: ZH, en: EN };
let current = "zh";

try {
  current = localStorage.getItem(KEY) in LABELS ? localStorage.getItem(KEY) : "zh";
} catch {
  // storage may be switched off
}
document.documentElement.lang = current === "zh" ? "zh-CN" : "en";

export function pageLanguage() {
  return current;
}

export function pageLocale() {
  return current === "zh" ? "zh-CN" : "en-GB";
}

export function setPageLanguage(language) {
  current = language in LABELS ? language : "zh";
  document.documentElement.lang = current === "zh" ? "zh-CN" : "en";
  try {
    localStorage.setItem(KEY, current);
  } catch {
    // the choice then lasts as long as the page
  }
}

/** The label of `key`; `{name}` in it is replaced by `fields.name`. */
export function label(key, fields = {}) {
  const text = LABELS[current][key];
  if (text === undefined) throw new Error(`no label "${key}" in "${current}"`);
  return text.replace(/\{(\w+)\}/g, (_, name) => String(fields[name]));
}
