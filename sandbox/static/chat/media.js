/** Pictures, files and albums inside a bubble. */
import { label } from "../i18n.js";
import { fileUrl } from "./api.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { fileSize } from "./times.js";

const FILE_KINDS = ["document", "animation", "video", "audio", "voice", "video_note", "sticker"];
const WIDEST = 320;
const HIGHEST = 360;
const NARROWEST = 220;
const LOWEST = 90;

export const photoOf = (message) =>
  message.photo?.length ? message.photo.reduce((a, b) => (b.width * b.height > a.width * a.height ? b : a)) : null;

export function fileOf(message) {
  const kind = FILE_KINDS.find((name) => message[name]);
  return kind ? message[kind] : null;
}

/** Nodes for the media of one message or album. `on`: {photo(messages, index)} */
export function mediaNodes(messages, on) {
  const photos = messages.filter((message) => photoOf(message));
  const files = messages.filter((message) => fileOf(message));
  const nodes = files.map(fileRow);
  if (photos.length === 1) nodes.unshift(photoButton(photos, 0, on, frameOf(photoOf(photos[0]))));
  if (photos.length > 1) nodes.unshift(album(photos, on));
  return nodes;
}

function frameOf({ width, height }) {
  const scale = Math.min(WIDEST / width, HIGHEST / height, 1);
  const shown = { width: Math.max(width * scale, NARROWEST), height: Math.max(height * scale, LOWEST) };
  return { width: Math.round(shown.width), ratio: `${shown.width} / ${shown.height}` };
}

function photoButton(photos, index, on, frame) {
  const message = photos[index];
  const image = el("img", {
    src: fileUrl(photoOf(message).file_id),
    alt: message.caption ?? label("photo"),
    loading: "lazy",
    draggable: message.has_protected_content ? "false" : null,
  });
  const button = el(
    "button",
    {
      type: "button",
      class: message.has_media_spoiler ? "photo veiled" : "photo",
      testid: "photo",
      data: { messageId: message.message_id },
      "aria-label": label("open_photo"),
      on: { click: () => openPhoto(button, photos, index, on) },
    },
    image,
  );
  if (frame) {
    button.style.width = `${frame.width}px`;
    button.style.aspectRatio = frame.ratio;
  }
  return button;
}

function openPhoto(button, photos, index, on) {
  if (button.classList.contains("veiled")) button.classList.remove("veiled");
  else on.photo(photos, index);
}

function album(photos, on) {
  const buttons = photos.map((_, index) => photoButton(photos, index, on, null));
  return el("div", { class: `album album-${Math.min(photos.length, 4)}`, testid: "album" }, ...buttons);
}

function fileRow(message) {
  const file = fileOf(message);
  const name = file.file_name ?? label("file");
  return el(
    "a",
    {
      class: "file",
      testid: "document",
      data: { messageId: message.message_id },
      href: fileUrl(file.file_id),
      download: name,
      "aria-label": label("download_file", { name, size: fileSize(file.file_size) }),
    },
    el("span", { class: "file-icon" }, icon("file")),
    el(
      "span",
      { class: "file-about" },
      el("span", { class: "file-name" }, name),
      el("span", { class: "file-size" }, fileSize(file.file_size)),
    ),
    icon("download"),
  );
}
