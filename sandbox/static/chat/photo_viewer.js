/** Full-size pictures: Escape closes, arrows walk through an album, a click shows the real size. */
import { label } from "../i18n.js";
import { fileUrl } from "./api.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { photoOf } from "./media.js";
import { closeButton, openDialog } from "./overlays.js";

export function openPhotos(messages, startIndex) {
  let index = startIndex;
  const image = el("img", { testid: "viewer-image" });
  const count = el("span", { class: "viewer-count" });
  const caption = el("p", { class: "viewer-caption", dir: "auto" });
  const download = el("a", { class: "icon-button", download: "photo.jpg", "aria-label": label("download") }, icon("download"));
  const stage = el("div", { class: "viewer-stage" }, image);
  const bar = el("div", { class: "viewer-bar" }, count, download, closeButton(() => dialog.close()));
  const dialog = openDialog({ testid: "viewer", name: label("photo"), className: "viewer" }, bar, stage, caption);

  const show = (next) => {
    index = (next + messages.length) % messages.length;
    const message = messages[index];
    image.src = fileUrl(photoOf(message).file_id);
    image.alt = message.caption ?? label("photo");
    download.href = image.src;
    download.hidden = Boolean(message.has_protected_content);
    caption.textContent = message.caption ?? "";
    caption.hidden = !message.caption;
    count.textContent = messages.length > 1 ? `${index + 1} / ${messages.length}` : "";
    stage.classList.remove("real-size");
  };

  stage.addEventListener("click", (event) => {
    if (event.target === image) stage.classList.toggle("real-size");
    else dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") show(index + 1);
    if (event.key === "ArrowLeft") show(index - 1);
  });
  show(index);
}
