/** Shows each answer to a pressed button once: it comes with the press and as an event, in either order. */
import * as api from "./api.js";
import { alertDialog, toast } from "./overlays.js";

export class Answers {
  #shown = new Set();
  #own = new Set();
  #inFlight = 0;
  #host;
  #title;
  #openUrl;

  constructor(host, { title, openUrl }) {
    this.#host = host;
    this.#title = title;
    this.#openUrl = openUrl;
  }

  async press(personId, message, data) {
    this.#inFlight += 1;
    try {
      const { answer, query_id: queryId } = await api.press(personId, message.chat.id, message.message_id, data);
      this.#own.add(queryId);
      if (answer) this.#show(queryId, answer);
    } catch (error) {
      toast(this.#host, error.message);
    } finally {
      this.#inFlight -= 1;
    }
  }

  /** An answer as an event; one to another window's press is not ours to show. */
  receive(event) {
    if (this.#inFlight > 0 || this.#own.has(event.query_id)) this.#show(event.query_id, event);
  }

  #show(queryId, answer) {
    if (this.#shown.has(queryId)) return;
    this.#shown.add(queryId);
    if (answer.url) this.#openUrl(answer.url);
    if (!answer.text) return;
    if (answer.show_alert) alertDialog(this.#title(), answer.text);
    else toast(this.#host, answer.text);
  }
}
