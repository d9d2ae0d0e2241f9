/** What was typed and not yet sent, per person and chat; survives a reload of the tab. */
const keyOf = (personId, chatId) => `sandbox.draft.${personId}.${chatId}`;

export function draft(personId, chatId) {
  try {
    return sessionStorage.getItem(keyOf(personId, chatId)) ?? "";
  } catch {
    return "";
  }
}

export function keepDraft(personId, chatId, text) {
  try {
    if (text) sessionStorage.setItem(keyOf(personId, chatId), text);
    else sessionStorage.removeItem(keyOf(personId, chatId));
  } catch {
    // without storage a draft lasts as long as its chat is open
  }
}
