/** Keys in the list of messages: up and down walk through them, a letter goes to the composer. */
const STEPS = { ArrowUp: -1, ArrowDown: 1 };

export function walkMessages(event, { scroller, list, write }) {
  if (event.target !== scroller && !event.target.classList.contains("message")) return;
  if (event.key in STEPS) {
    event.preventDefault();
    const nodes = [...list.querySelectorAll(".message")];
    const at = nodes.indexOf(event.target);
    const to = at < 0 ? nodes.length - 1 : Math.min(Math.max(at + STEPS[event.key], 0), nodes.length - 1);
    nodes[to]?.focus();
  } else if (isLetter(event)) write();
}

function isLetter(event) {
  return event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
}
