// The list of intervals, and the form about the chosen one.

import { byId, make } from "./elements.js";
import { isExpression } from "./intervals.js";

const SIDES = ["both", "left", "right"];
const per = (share) => `${Math.round(100 * share)} %`;

/** Fill the list. `choose(interval)` is called with the one that is clicked. */
export function fillList(document, intervals, chosen, choose) {
  byId("list").replaceChildren(...intervals.map((interval) => {
    const { onset, apex } = interval.said, time = document.times_s[apex] ?? 0;
    const words = [interval.isMine ? "mine" : isExpression(interval) ? "" : "other", interval.removed ? "removed" : ""];
    return make("li", {}, make("button", {
      type: "button", class: words.filter(Boolean).join(" ") || null, "aria-current": interval === chosen ? "true" : null,
      "data-onset": onset, onclick: () => choose(interval) },
    make("span", { class: "what" }, title(document, interval)),
    make("span", { class: "when" }, `${time.toFixed(2)} s`)));
  }));
}

function title(document, interval) {
  const kind = document.kinds[interval.kind] ?? interval.kind;
  if (!isExpression(interval)) return kind;
  const state = interval.removed ? " (removed)" : interval.person ? " (yours)" : "";
  return `${interval.said.emotion || "no class"}${state}`;
}

/** Fill the form. `on.edit(change)` changes the person's answer, `on.classify()`, `on.removed()`, `on.note(text)`. */
export function fillEditor(form, document, interval, on) {
  form.hidden = !interval;
  if (!interval) { form.replaceChildren(); return; }
  const mine = isExpression(interval);
  form.replaceChildren(
    frames(document, interval, on),
    ...(mine ? [classes(document, interval, on), units(document, interval, on), note(interval, on)] : []),
    answer(document, interval, mine ? on : null),
    ...(mine ? [make("p", { class: "row" },
      make("button", { type: "button", id: "classify", disabled: interval.asking, onclick: on.classify },
        interval.asking ? "Asking the machine …" : "Classify again"),
      make("button", { type: "button", id: "remove", onclick: on.removed }, interval.removed ? "Take it back in" : "Remove"))] : []),
    make("p", { role: "status", id: "problem" }, interval.problem),
  );
}

function frames(document, interval, on) {
  const last = document.times_s.length - 1;
  const row = (which) => {
    const frame = interval.said[which], machine = interval.machine?.[which];
    return make("tr", {}, make("th", { scope: "row" }, make("label", { for: `frame-${which}` }, which)),
      make("td", {}, make("input", { type: "number", id: `frame-${which}`, min: 0, max: last, value: frame,
        disabled: !isExpression(interval), onchange: (event) => on.frame(which, Number(event.target.value)) })),
      make("td", {}, `${(document.times_s[frame] ?? 0).toFixed(3)} s`),
      make("td", { class: "machine" }, machine === undefined ? "–" : String(machine)));
  };
  return make("table", {}, make("thead", {}, make("tr", {}, make("th", {}, ""), make("th", {}, "frame"),
    make("th", {}, "time"), make("th", {}, "machine"))), make("tbody", {}, row("onset"), row("apex"), row("offset")));
}

function classes(document, interval, on) {
  const names = ["", ...document.model.classes, "others"];
  return make("p", { class: "row" }, make("label", {}, "Class ", make("select", { id: "emotion",
    onchange: (event) => on.edit((said) => { said.emotion = event.target.value; }) },
  ...names.map((name) => make("option", { value: name, selected: name === interval.said.emotion }, name || "left open")))));
}

function units(document, interval, on) {
  const marked = interval.said.units, known = new Set(marked.map((one) => one.unit));
  const line = (one) => make("li", {},
    make("span", { class: "word" }, `AU${one.unit} ${document.units[one.unit] ?? ""}`),
    make("select", { "aria-label": `Side of AU${one.unit}`, onchange: (event) => on.edit((said) => {
      said.units.find((other) => other.unit === one.unit).side = event.target.value;
    }) }, ...SIDES.map((side) => make("option", { value: side, selected: side === one.side }, side))),
    make("button", { type: "button", "aria-label": `Remove AU${one.unit}`, onclick: () => on.edit((said) => {
      said.units = said.units.filter((other) => other.unit !== one.unit);
    }) }, "×"));
  const adding = make("select", { id: "unit", "aria-label": "Add an action unit", onchange: (event) => on.edit((said) => {
    said.units.push({ unit: Number(event.target.value), side: "both" });
    said.units.sort((one, other) => one.unit - other.unit);
  }) }, make("option", { value: "" }, "Add a unit …"),
  ...Object.entries(document.units).filter(([unit]) => !known.has(Number(unit)))
    .map(([unit, seen]) => make("option", { value: unit }, `AU${unit} ${seen}`)));
  return make("div", {}, make("h3", {}, "Action units (sides are the person's own)"),
    make("ul", { class: "units" }, ...marked.map(line)), adding);
}

const note = (interval, on) => make("div", {}, make("h3", {}, make("label", { for: "note" }, "Note")),
  make("textarea", { id: "note", maxlength: 2000, value: interval.note, onchange: (event) => on.note(event.target.value) }));

/** What the machine says: of the person's frames where it was asked again, else of its own. */
function answer(document, interval, on) {
  const parts = [];
  for (const [heading, said] of [["The machine, between your frames", interval.again], ["The machine, at first", interval.answer]]) {
    if (!said) continue;
    parts.push(make("h3", { class: "machine" }, heading));
    const shares = Object.entries(said.probabilities ?? {}).sort((one, other) => other[1] - one[1]);
    if (isExpression(interval) || heading.endsWith("frames")) parts.push(make("p", {}, said.emotion ? `${said.emotion}` : "No class is named."));
    if (shares.length) {
      parts.push(make("table", { class: "shares" }, make("tbody", {}, ...shares.map(([name, share]) => {
        const bar = make("span", { class: "bar" });
        bar.style.width = `${Math.round(90 * share)}%`;
        return make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, per(share)), make("td", { class: "wide" }, bar));
      }))));
    }
    const there = (said.action_units ?? []).filter((unit) => unit.there);
    if (there.length) {
      parts.push(make("p", { class: "soft" }, there.map((unit) =>
        `AU${unit.unit} ${unit.seen}${unit.side && unit.side !== "both" ? `, ${unit.side}` : ""} ${per(unit.probability)}${unit.reliable ? "" : " (not reliable)"}`).join("; ")));
    }
    for (const one of said.notes ?? []) parts.push(make("p", { class: "soft" }, one.sentence));
    if (heading.endsWith("first") && said.regions?.length) {
      parts.push(make("p", { class: "soft" }, `Moves: ${said.regions.map((name) => name.replaceAll("_", " ").replace("image ", "")).join(", ")}; ${said.strength_percent.toFixed(1)} % of the distance between the eyes.`));
    }
  }
  return make("div", { class: "answer" }, ...parts);
}
