/** A message in one line: for the chat list, quotes and screen readers. */
import { label } from "../i18n.js";
import { fullName } from "./names.js";
import { fileOf, photoOf } from "./media.js";

const FIELDS = {
  new_chat_members: (users) => label("service_joined", { names: users.map(fullName).join(", ") }),
  left_chat_member: (user) => label("service_left", { name: fullName(user) }),
  group_chat_created: () => label("service_created"),
  supergroup_chat_created: () => label("service_created"),
  migrate_to_chat_id: () => label("service_migrated"),
  migrate_from_chat_id: () => label("service_migrated"),
  new_chat_title: (title) => label("service_title", { title }),
  pinned_message: () => label("service_pinned"),
};

/** Text of a service message, null for an ordinary one. */
export function serviceText(message) {
  const field = Object.keys(FIELDS).find((name) => message[name]);
  return field ? FIELDS[field](message[field]) : null;
}

export function summary(message) {
  const service = serviceText(message);
  if (service) return service;
  const kind = mediaName(message);
  const text = withoutSpoilers(message).replace(/\s+/g, " ").trim();
  if (kind && text) return `${kind} ${text}`;
  return kind || text || label("unknown_message");
}

function mediaName(message) {
  if (photoOf(message)) return `[${label("photo")}]`;
  const file = fileOf(message);
  return file ? `[${label("file")}] ${file.file_name ?? ""}`.trim() : "";
}

/** A preview must not give away what the message hides. */
function withoutSpoilers(message) {
  const text = message.text ?? message.caption ?? "";
  const spoilers = (message.entities ?? message.caption_entities ?? []).filter(({ type }) => type === "spoiler");
  return spoilers.reduce(
    (shown, { offset, length }) => shown.slice(0, offset) + "▒".repeat(length) + shown.slice(offset + length),
    text,
  );
}
