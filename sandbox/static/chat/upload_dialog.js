/** What is about to be sent: previews, a caption, picture or file. */
import { label } from "../i18n.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { closeButton, openDialog } from "./overlays.js";
import { fileSize } from "./times.js";

const MOST_FILES = 10;
const LARGEST_PHOTO = 10 * 1024 * 1024;
const PHOTO_TYPES = new Set(["image/jpeg", "image/png", "image/webp"]);

const canBePhoto = (file) => PHOTO_TYPES.has(file.type) && file.size <= LARGEST_PHOTO;

/** Asks; then calls `send({kind, caption, files})`, which may throw: the dialog stays and says why. */
export function openUpload(chosen, { text, send }) {
  new UploadDialog([...chosen], { text, send });
}

class UploadDialog {
  #files;
  #send;
  #urls = [];
  #grid = el("ul", { class: "previews", testid: "previews" });
  #note = el("p", { class: "dialog-note", role: "status" });
  #asFile = el("input", { type: "checkbox", testid: "as-file" });
  #caption;
  #button = el("button", { type: "submit", class: "solid-button", testid: "upload-send" }, label("send"));
  #dialog;

  constructor(files, { text, send }) {
    this.#files = files.slice(0, MOST_FILES);
    this.#send = send;
    this.#caption = el("textarea", {
      testid: "caption",
      rows: "2",
      maxlength: "1024",
      autofocus: true,
      placeholder: label("caption"),
      "aria-label": label("caption"),
    });
    this.#caption.value = text ?? "";
    this.#dialog = this.#open(files.length > MOST_FILES);
    this.#draw();
  }

  #open(isTooMany) {
    const form = el(
      "form",
      { method: "dialog" },
      el("header", { class: "dialog-head" }, el("h2", {}, label("upload_title")), closeButton(() => this.#dialog.close())),
      this.#grid,
      el("label", { class: "check" }, this.#asFile, label("as_file")),
      this.#caption,
      this.#note,
      el("div", { class: "dialog-actions" }, this.#button),
    );
    if (isTooMany) this.#note.textContent = label("most_files", { count: MOST_FILES });
    form.addEventListener("submit", (event) => this.#submit(event));
    this.#caption.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.#submit(event);
    });
    const dialog = openDialog({ testid: "upload-dialog", name: label("upload_title"), className: "upload" }, form);
    dialog.addEventListener("close", () => this.#forgetUrls());
    return dialog;
  }

  #draw() {
    this.#forgetUrls();
    const isOnlyPhotos = this.#files.every(canBePhoto);
    if (!isOnlyPhotos) this.#asFile.checked = true;
    this.#asFile.disabled = !isOnlyPhotos;
    this.#grid.replaceChildren(...this.#files.map((file) => this.#preview(file)));
  }

  #preview(file) {
    const remove = el(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": label("remove_file", { name: file.name }),
        on: { click: () => this.#remove(file) },
      },
      icon("close"),
    );
    return el(
      "li",
      { testid: "preview" },
      file.type.startsWith("image/") ? this.#image(file) : el("span", { class: "file-icon" }, icon("file")),
      el(
        "span",
        { class: "file-about" },
        el("span", { class: "file-name" }, file.name),
        el("span", { class: "file-size" }, fileSize(file.size)),
      ),
      remove,
    );
  }

  #image(file) {
    const url = URL.createObjectURL(file);
    this.#urls.push(url);
    return el("img", { src: url, alt: file.name });
  }

  #forgetUrls() {
    for (const url of this.#urls) URL.revokeObjectURL(url);
    this.#urls = [];
  }

  #remove(file) {
    this.#files = this.#files.filter((kept) => kept !== file);
    if (this.#files.length === 0) this.#dialog.close();
    else this.#draw();
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#button.disabled) return;
    this.#button.disabled = true;
    const kind = this.#asFile.checked ? "document" : "photo";
    try {
      await this.#send({ kind, caption: this.#caption.value.trim(), files: this.#files });
      this.#dialog.close();
    } catch (error) {
      this.#note.textContent = label("not_sent", { reason: error.message });
      this.#button.disabled = false;
    }
  }
}
