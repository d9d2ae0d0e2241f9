/** What all panes share: the bot, the people, and one store per person. */
import * as api from "./api.js";
import { PersonStore } from "./person_store.js";
import { setClock } from "./times.js";

const LOOK_AROUND_MS = 4000;

export class World extends EventTarget {
  bot = null;
  people = [];
  #stores = new Map();

  async refresh() {
    const [{ bot, people }, { now }] = await Promise.all([api.state(), api.clock()]);
    setClock(now);
    this.bot = bot;
    this.people = people;
    for (const person of people) this.store(person.id).person = person;
    this.dispatchEvent(new Event("change"));
  }

  person(id) {
    return this.people.find((person) => person.id === id);
  }

  store(personId) {
    if (!this.#stores.has(personId)) {
      const store = new PersonStore(this.person(personId));
      store.addEventListener("change", () => this.dispatchEvent(new Event("unread")));
      this.#stores.set(personId, store);
    }
    return this.#stores.get(personId);
  }

  /** Shown people have their streams; what waits for the others is asked for now and then. */
  async lookAround() {
    if (document.visibilityState === "visible") {
      await this.refresh().catch(() => null);
      await Promise.all([...this.#stores.values()].map((store) => store.glance()));
    }
    setTimeout(() => this.lookAround(), LOOK_AROUND_MS);
  }
}
