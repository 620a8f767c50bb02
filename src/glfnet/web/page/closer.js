// One interval looked at more closely: why it got its class, and its movement magnified. Both are made on demand.

import * as api from "./api.js";
import { byId, make } from "./elements.js";

const isAsked = (interval) => Boolean(interval) && interval.said.apex > interval.said.onset
  && (interval.kind === "micro_expression" || interval.kind === "given");

export class Closer {
  constructor(bench) {
    Object.assign(this, { bench, shown: "", pictures: new Map() });
    byId("explain").addEventListener("click", () => this.explain());
    byId("magnify").addEventListener("change", () => bench.player.stop());
  }

  close() {
    for (const picture of this.pictures.values()) picture.close();
    this.pictures.clear();
    this.empty();
    byId("magnify").value = "1";
  }

  empty() {
    this.shown = "";
    byId("explanation").replaceChildren();
    byId("explaining").textContent = "";
  }

  key({ said }) { return `${said.onset}-${said.apex}`; }

  /** Another interval is chosen, or it was changed: an explanation of other frames goes. */
  show(interval) {
    byId("explain").disabled = byId("magnify").disabled = !isAsked(interval);
    if (this.shown && (!isAsked(interval) || this.shown !== this.key(interval))) this.empty();
  }

  async explain() {
    const { bench } = this, interval = bench.chosen, { id } = bench, state = byId("explaining");
    if (!isAsked(interval)) return;
    const key = this.key(interval), { onset, apex } = interval.said;
    byId("why-block").open = true;
    if (this.shown === key) return;
    this.empty();
    this.shown = key;
    state.textContent = "Asking the network, and asking it again without each region of the face …";
    let found = null;
    try {
      found = await api.explain(id, onset, apex);
    } catch (error) {
      if (this.shown === key && bench.id === id) { this.shown = ""; state.textContent = error.message; }
      return;
    }
    if (this.shown !== key || bench.id !== id) return;
    state.textContent = found.movement ? `Frames ${onset} to ${apex}.` : ["Nothing was classified here.", ...found.notes].join(" ");
    if (found.movement) byId("explanation").replaceChildren(...this.parts(found));
  }

  parts({ movement, captions, picture, about }) {
    const share = (value) => `${Math.round(100 * value)} %`;
    return [
      ...movement.sentences.map((sentence) => make("p", {}, sentence)),
      make("div", { class: "wide-table" }, make("img", { src: `data:image/jpeg;base64,${picture}`, alt: "The movement as arrows, its strain, the action units, and where the network looked; the sentences and the table say what is on it." })),
      ...captions.map((caption) => make("p", { class: "soft" }, caption)),
      make("div", { class: "wide-table" }, make("table", {}, make("caption", {}, "Without the movement of a region"),
        make("thead", {}, make("tr", {}, ...["region", "share of the movement", "says then", `${movement.answer} then`].map((name) => make("th", { scope: "col" }, name)))),
        make("tbody", {}, ...movement.regions.map((one) => make("tr", {}, make("th", { scope: "row" }, one.region),
          make("td", {}, share(one.movement)), make("td", {}, one.answer_without),
          make("td", {}, share(one.probabilities_without[movement.answer]))))))),
      make("p", { class: "soft" }, about),
    ];
  }

  /** The apex with its movement magnified and a label; null as filmed; undefined where it cannot be made. */
  async magnified(interval) {
    const factor = Number(byId("magnify").value), { id, chosen } = this.bench, where = byId("where");
    if (factor === 1) return null;
    if (!isAsked(interval)) return undefined;
    const { onset, apex } = interval.said, key = `${this.key(interval)}-${factor}`;
    try {
      if (!this.pictures.has(key)) {
        where.textContent = "Magnifying …";
        const picture = await api.magnified(id, onset, apex, factor);
        if (this.bench.id !== id) { picture.close(); return undefined; }
        this.pictures.set(key, picture);
      }
    } catch (error) {
      where.textContent = error.message;
      return undefined;
    }
    if (this.bench.chosen !== chosen || this.key(interval) !== `${onset}-${apex}`) return undefined;
    return { picture: this.pictures.get(key), label: `computed, not filmed: movement × ${factor}` };
  }
}
