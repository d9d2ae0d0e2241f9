/** Times, days and sizes as people read them. */
import { label, pageLocale } from "../i18n.js";

const DAY_MS = 86_400_000;
let aheadS = 0;

/** The sandbox's clock can be moved; today is its today. */
export function setClock(nowS) {
  aheadS = nowS - Date.now() / 1000;
}

const today = () => dayOf(Date.now() / 1000 + aheadS);

const format = (seconds, options) =>
  new Intl.DateTimeFormat(pageLocale(), options).format(new Date(seconds * 1000));

export const clockTime = (seconds) => format(seconds, { hour: "2-digit", minute: "2-digit", hour12: false });

export const fullTime = (seconds) => format(seconds, { dateStyle: "full", timeStyle: "medium" });

/** Number of the local day, so that two times can be compared. */
export function dayOf(seconds) {
  const date = new Date(seconds * 1000);
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY_MS);
}

export function dayName(seconds) {
  const ago = today() - dayOf(seconds);
  if (ago === 0) return label("today");
  if (ago === 1) return label("yesterday");
  const isThisYear = new Date(seconds * 1000).getFullYear() === new Date().getFullYear();
  return format(seconds, { month: "long", day: "numeric", ...(!isThisYear && { year: "numeric" }) });
}

/** Short form for the chat list: the time today, else the day. */
export function listTime(seconds) {
  const ago = today() - dayOf(seconds);
  if (ago === 0) return clockTime(seconds);
  return ago === 1 ? label("yesterday") : format(seconds, { month: "numeric", day: "numeric" });
}

export function fileSize(bytes) {
  if (bytes === undefined || bytes === null) return "";
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
