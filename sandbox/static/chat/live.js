/** One person's stream of events: kept open while it is looked at; after every (re)connection the owner reads all anew. */
const RETRY_MS = 1000;
// A browser opens only six connections to one server, so tabs nobody looks at give theirs back.
const HIDDEN_MS = 20_000;

export class LiveEvents {
  #person;
  #on;
  #source = null;
  #retry = null;
  #hiding = null;
  #isWanted = false;

  /** `on`: {event(data), open(), online(isOnline)} */
  constructor(person, on) {
    this.#person = person;
    this.#on = on;
    document.addEventListener("visibilitychange", () => this.#visibilityChanged());
    addEventListener("online", () => this.#source || this.#connect());
  }

  start() {
    this.#isWanted = true;
    this.#connect();
  }

  stop() {
    this.#isWanted = false;
    this.#disconnect();
  }

  #connect() {
    this.#disconnect();
    if (!this.#isWanted) return;
    const source = new EventSource(`/sandbox/events?person=${this.#person}`);
    this.#source = source;
    source.addEventListener("open", () => {
      this.#on.online(true);
      this.#on.open();
    });
    source.addEventListener("message", (message) => this.#on.event(JSON.parse(message.data)));
    source.addEventListener("error", () => this.#broken(source));
  }

  /** The browser tries again by itself, unless the server had refused. */
  #broken(source) {
    if (source !== this.#source) return;
    this.#on.online(false);
    if (source.readyState === EventSource.CLOSED) this.#retry = setTimeout(() => this.#connect(), RETRY_MS);
  }

  #disconnect() {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = null;
  }

  #visibilityChanged() {
    clearTimeout(this.#hiding);
    if (document.visibilityState === "hidden") this.#hiding = setTimeout(() => this.#disconnect(), HIDDEN_MS);
    else if (!this.#source) this.#connect();
  }
}
