// Coders' files: work that is opened again, and what two people say of one video, side by side.

import * as api from "./api.js";
import { byId, draw, make } from "./elements.js";
import { annotation } from "./intervals.js";

export const isCoding = (file) => /\.(eaf|csv|json)$/i.test(file.name);

export const readFile = async (file) => ({ name: file.name, text: await file.text() });

const LANE = 18, LEFT = 60, RIGHT = 8;
const two = (value) => (value === null ? "–" : value.toFixed(2));
const frames = (count) => `${count} ${Math.abs(count) === 1 ? "frame" : "frames"}`;
const span = (said) => (said ? `${said.onset}–${said.apex ?? "?"}–${said.offset}` : "–");
const units = (said) => (said?.units ? said.units.map(([unit, side]) => `${{ left: "L", right: "R" }[side] ?? ""}${unit}`).join("+") : "");

/** The block in which two coders are compared. `bench` has id, intervals, document and player. */
export class Coders {
  constructor(bench) {
    Object.assign(this, { bench, one: null, other: null, found: null });
    for (const [id, side] of [["coder-one", "one"], ["coder-other", "other"]]) {
      byId(id).addEventListener("change", async (event) => {
        const [file] = event.target.files;
        if (!file) return;
        this[side] = await readFile(file);
        this.compare();
      });
    }
    byId("compare").addEventListener("click", () => this.compare());
    new ResizeObserver(() => { if (this.found) this.lanes(); }).observe(byId("coders"));
  }

  close() {
    Object.assign(this, { one: null, other: null, found: null });
    for (const id of ["coder-one", "coder-other"]) byId(id).value = "";
    byId("agreement").replaceChildren();
    byId("lanes").replaceChildren();
    byId("agreed").textContent = "";
  }

  async compare() {
    const state = byId("agreed"), { bench } = this;
    if (!this.other) { state.textContent = "Choose the other coder's file first."; return; }
    state.textContent = "Comparing …";
    try {
      this.found = await api.agreement(bench.id, { here: annotation("person1", bench.intervals), one: this.one, other: this.other });
    } catch (error) {
      this.found = null;
      byId("agreement").replaceChildren();
      byId("lanes").replaceChildren();
      state.textContent = error.message;
      return;
    }
    const { pairs, only_one: only, only_other: others, shared, mean_iou: iou, apex, notes } = this.found;
    const apart = apex.compared ? ` Apexes of ${apex.compared} of them lie ${frames(apex.median_frames)}, ${two(apex.median_ms)} ms apart (median).` : "";
    state.textContent = [`${pairs} of both, ${only} of the first alone, ${others} of the other alone; shared ${two(shared)}, mean overlap ${two(iou)}.${apart}`, ...notes].join(" ");
    byId("agreement").replaceChildren(this.rows(), ...this.kappas());
    this.lanes();
  }

  rows() {
    const head = ["first", "other", "overlap", "apex later by", "first says", "other says"];
    return make("table", {}, make("caption", {}, "Intervals of both (onset–apex–offset), and of one alone"),
      make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { scope: "col" }, name)))),
      make("tbody", {}, ...this.found.intervals.map((row) => {
        const apex = row.apex_frames === null ? "–" : `${frames(row.apex_frames)}${row.apex_ms === null ? "" : `, ${two(row.apex_ms)} ms`}`;
        const said = (side) => [side?.emotion, units(side)].filter(Boolean).join("; ") || "–";
        return make("tr", { class: row.one && row.other ? null : "alone" },
          ...["one", "other"].map((side) => make("td", {}, row[side] && (side === "one" || !row.one)
            ? make("button", { type: "button", title: "Look at it", onclick: () => this.look(row) }, span(row[side])) : span(row[side]))),
          make("td", {}, row.iou ? two(row.iou) : "–"), make("td", {}, apex), make("td", {}, said(row.one)), make("td", {}, said(row.other)));
      })));
  }

  kappas() {
    const { units: byUnit, kinds, emotions, too_few: tooFew } = this.found, seen = this.bench.document.units;
    const all = [...Object.entries(byUnit).map(([unit, judged]) => [`AU${unit} ${seen[unit] ?? ""}`, judged]), ["kind", kinds], ["emotion", emotions]]
      .filter(([, judged]) => judged);
    if (!all.length) return [make("p", { class: "soft" }, "No unit, kind or emotion is marked by both: there is nothing to compare but frames.")];
    const table = make("table", {}, make("caption", {}, "Cohen's kappa, over the intervals of both"),
      make("thead", {}, make("tr", {}, ...["", "kappa", "95 %", "judged", "same"].map((name) => make("th", { scope: "col" }, name)))),
      make("tbody", {}, ...all.map(([name, judged]) => make("tr", {}, make("th", { scope: "row" }, name),
        make("td", {}, judged.value === null ? "too few" : two(judged.value)),
        make("td", {}, judged.low === null ? "–" : `${two(judged.low)} to ${two(judged.high)}`),
        make("td", {}, String(judged.judged)), make("td", {}, String(judged.same))))));
    const few = all.some(([, judged]) => judged.value === null);
    return [table, ...(few ? [make("p", { class: "soft" }, `${tooFew[0].toUpperCase()}${tooFew.slice(1)}.`)] : [])];
  }

  look(row) {
    const said = row.one ?? row.other, { player } = this.bench;
    player.stop();
    player.show(said.apex ?? said.onset);
    byId("canvas").focus();
  }

  /** Both as strips, one above the other, over the whole video. */
  lanes() {
    const place = byId("lanes"), width = place.clientWidth, last = this.bench.last;
    if (!width) return;
    const x = (frame) => LEFT + frame / Math.max(1, last) * (width - LEFT - RIGHT);
    const svg = draw("svg", { height: 2 * LANE + 8, "aria-hidden": "true" });
    for (const [at, side, name] of [[0, "one", "first"], [1, "other", "other"]]) {
      svg.append(draw("text", { class: "label", x: 2, y: at * (LANE + 6) + 14 }, name),
        draw("rect", { class: "lane", x: LEFT, y: at * (LANE + 6), width: width - LEFT - RIGHT, height: LANE }));
      for (const row of this.found.intervals) {
        if (!row[side]) continue;
        const { onset, apex, offset } = row[side], from = x(onset);
        svg.append(draw("rect", { class: row.one && row.other ? "span" : "span mine", x: from, y: at * (LANE + 6) + 3, width: Math.max(4, x(offset + 1) - from), height: LANE - 6, rx: 2,
          onclick: () => this.look(row) }));
        if (apex !== null) svg.append(draw("line", { class: "head", x1: x(apex + 0.5), x2: x(apex + 0.5), y1: at * (LANE + 6), y2: at * (LANE + 6) + LANE }));
      }
    }
    place.replaceChildren(svg);
  }
}
