/** What the page's address says: who is shown where, and a deep link waiting for START. */

/** {left, right, start}: person ids or null; `right` only side by side. */
export function readAddress() {
  const query = new URLSearchParams(location.search);
  const id = (name) => Number(query.get(name)) || null;
  return { left: id("person") ?? id("left"), right: id("right"), start: query.get("start") };
}

export function writeAddress({ left, right, start }) {
  const query = new URLSearchParams(right ? { left, right } : { person: left });
  if (start) query.set("start", start);
  history.replaceState(null, "", `/?${query}`);
}
