/** The sandbox server's page API as functions. */

export class ApiError extends Error {}

async function call(method, path, { query, json, form } = {}) {
  const address = query ? `${path}?${new URLSearchParams(query)}` : path;
  const options = { method };
  if (json) {
    options.body = JSON.stringify(json);
    options.headers = { "Content-Type": "application/json" };
  }
  if (form) options.body = form;
  const response = await fetch(address, options);
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(reason(answer) ?? `HTTP ${response.status}`);
  return answer;
}

function reason(answer) {
  return answer?.error ?? answer?.detail ?? answer?.description ?? null;
}

const get = (path, query) => call("GET", path, { query });
const post = (path, json) => call("POST", path, { json });

export const state = () => get("/sandbox/state");
export const clock = () => get("/sandbox/clock");
export const chats = (person) => get("/sandbox/chats", { person });
export const messages = (person, chat) => get("/sandbox/messages", { person, chat });
export const commands = (person, chat) => get("/sandbox/commands", { person, chat });
export const read = (person, chat) => post("/sandbox/read", { person, chat });
export const say = (person, chat, text, replyTo) =>
  post("/sandbox/say", { person, chat, text, ...(replyTo && { reply_to: replyTo }) });
export const start = (person, payload) => post("/sandbox/start", { person, ...(payload && { payload }) });
export const press = (person, chat, messageId, data) =>
  post("/sandbox/press", { person, chat, message_id: messageId, data });
export const edit = (person, chat, messageId, text) =>
  post("/sandbox/edit", { person, chat, message_id: messageId, text });
export const remove = (person, chat, messageId) =>
  post("/sandbox/delete", { person, chat, message_id: messageId });
export const block = (person) => post("/sandbox/block", { person });
export const unblock = (person) => post("/sandbox/unblock", { person });
export const createGroup = (title, members, supergroup) =>
  post("/sandbox/groups", { title, members, supergroup });
export const migrateGroup = (chat) => post(`/sandbox/groups/${chat}/migrate`, {});
export const changeMembers = (chat, change) => post(`/sandbox/groups/${chat}/members`, change);
export const setLanguage = (person, code) =>
  call("PATCH", `/sandbox/people/${person}`, { json: { language_code: code } });

export function upload(person, chat, { kind, caption, files }) {
  const form = new FormData();
  form.set("person", person);
  form.set("chat", chat);
  form.set("kind", kind);
  if (caption) form.set("caption", caption);
  for (const file of files) form.append("files", file, file.name);
  return call("POST", "/sandbox/upload", { form });
}

export function fileUrl(fileId) {
  return `/sandbox/file/${encodeURIComponent(fileId)}`;
}
