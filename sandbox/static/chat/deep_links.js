/** Links to the bot itself: they open in place instead of leaving the page. */
const HOSTS = new Set(["t.me", "telegram.me", "telegram.dog"]);

/** {payload} when `href` leads to `bot` (its user or chat), else null; the payload is empty when the link has none. */
export function botLink(href, bot) {
  if (!bot?.username || !URL.canParse(href)) return null;
  const url = new URL(href);
  const name = targetOf(url);
  if (name?.toLowerCase() !== bot.username.toLowerCase()) return null;
  return { payload: url.searchParams.get("start") ?? "" };
}

function targetOf(url) {
  if (url.protocol === "tg:") return url.searchParams.get("domain");
  return HOSTS.has(url.hostname) ? url.pathname.slice(1).replace(/\/$/, "") : null;
}
