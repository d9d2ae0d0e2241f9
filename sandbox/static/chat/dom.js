/** Builds elements; strings only ever enter the page as text nodes. */

/** `el("button", {class, testid, data: {}, on: {}, ...attributes}, ...children)`; empty values are left out. */
export function el(tag, options = {}, ...children) {
  const { class: className, testid, data = {}, on = {}, ...attributes } = options;
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (testid) node.dataset.testid = testid;
  Object.assign(node.dataset, data);
  for (const [name, value] of Object.entries(attributes)) setAttribute(node, name, value);
  for (const [type, handler] of Object.entries(on)) node.addEventListener(type, handler);
  node.append(...present(children));
  return node;
}

function setAttribute(node, name, value) {
  if (value === false || value === null || value === undefined) return;
  node.setAttribute(name, value === true ? "" : String(value));
}

export function present(children) {
  return children.flat().filter((child) => child !== null && child !== undefined && child !== false);
}

/** Makes `nodes` the children of `parent`, moving and removing as little as possible. */
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  let next = parent.firstChild;
  for (const node of nodes) {
    if (node === next) next = next.nextSibling;
    else parent.insertBefore(node, next);
  }
}

/** Arrow keys, Home and End move the focus among `items()`; returns whether the key was used. */
export function moveFocus(event, items, { horizontal = false } = {}) {
  const nodes = items();
  const steps = { ArrowDown: 1, ArrowUp: -1, ...(horizontal && { ArrowRight: 1, ArrowLeft: -1 }) };
  const at = nodes.indexOf(document.activeElement);
  let to = null;
  if (event.key in steps) to = at < 0 && steps[event.key] < 0 ? nodes.length - 1 : at + steps[event.key];
  if (event.key === "Home") to = 0;
  if (event.key === "End") to = nodes.length - 1;
  if (to === null || nodes.length === 0) return false;
  event.preventDefault();
  nodes[(to + nodes.length) % nodes.length].focus();
  return true;
}
