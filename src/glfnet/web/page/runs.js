// The second tab: finished runs, their scores and pages, and several compared with one.

import * as api from "./api.js";
import { byId, make } from "./elements.js";

const three = (value) => (value === null || value === undefined ? "–" : value.toFixed(3));
const chosen = new Set(); // ids, in the order in which they were chosen
let runs = [];

/** Show the tabs; `onLeave()` is called when the tab of the video is left. */
export function setUpRuns(onLeave) {
  byId("tabs").hidden = false;
  const show = (isRuns) => {
    byId("main").hidden = isRuns;
    byId("runs").hidden = !isRuns;
    byId("tab-video").setAttribute("aria-pressed", String(!isRuns));
    byId("tab-runs").setAttribute("aria-pressed", String(isRuns));
    if (isRuns) { onLeave(); load(); byId("runs-title").focus(); }
  };
  byId("tab-video").addEventListener("click", () => show(false));
  byId("tab-runs").addEventListener("click", () => show(true));
  byId("runs-again").addEventListener("click", load);
  byId("runs-compare").addEventListener("click", compare);
}

async function load() {
  const state = byId("runs-state");
  state.textContent = "Looking …";
  try {
    runs = await api.runs();
  } catch (error) {
    state.textContent = error.message;
    return;
  }
  for (const id of [...chosen]) if (!runs.some((run) => run.id === id)) chosen.delete(id);
  state.textContent = runs.length ? `${runs.length} found.` : "No finished run below this folder.";
  byId("runs-list").replaceChildren(table());
}

function table() {
  const measures = [...new Set(runs.flatMap((run) => (run.scores ?? []).map((score) => score.measure)))];
  const head = ["compare", "run", "what it is", "seeds", ...measures, ""];
  return make("table", {}, make("caption", {}, "All databases together"),
    make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { scope: "col" }, name)))),
    make("tbody", {}, ...runs.map((run) => row(run, measures))));
}

function row(run, measures) {
  const name = make("th", { scope: "row" }, run.name);
  if (run.problem) return make("tr", {}, make("td"), name, make("td", { colspan: measures.length + 3 }, run.problem));
  const cell = (measure) => {
    const score = run.scores.find((one) => one.scope === "full" && one.measure === measure);
    return make("td", {}, score ? `${three(score.mean)} [${three(score.low)}, ${three(score.high)}]` : "");
  };
  return make("tr", {},
    make("td", {}, make("input", { type: "checkbox", "aria-label": `Compare ${run.name}`, checked: chosen.has(run.id), onchange: (event) => {
      if (event.target.checked) chosen.add(run.id);
      else chosen.delete(run.id);
    } })), name, make("td", {}, `${run.title}; ${run.protocol}`), make("td", {}, String(run.seeds)), ...measures.map(cell),
    make("td", {}, run.has_report ? make("a", { href: `/api/runs/${run.id}/report`, target: "_blank", rel: "noopener" }, "report") : ""));
}

async function compare() {
  const state = byId("runs-state"), place = byId("runs-compared");
  if (chosen.size < 2) { state.textContent = "Choose two or more; the first one chosen is the baseline."; return; }
  state.textContent = "Comparing, paired over people …";
  byId("runs-compare").disabled = true;
  try {
    const rows = await api.compared([...chosen]);
    const head = ["run", "scope", "measure", "baseline", "run's", "difference, 95 %", "p", "p Holm"];
    place.replaceChildren(make("table", {}, make("caption", {}, `Against ${rows[0].baseline}; the fixed epoch`),
      make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { scope: "col" }, name)))),
      make("tbody", {}, ...rows.map((one) => make("tr", {}, make("th", { scope: "row" }, one.run), make("td", {}, one.scope), make("td", {}, one.measure),
        make("td", {}, three(one.baseline_value)), make("td", {}, three(one.value)),
        make("td", {}, one.difference === null ? "undefined" : `${one.difference > 0 ? "+" : ""}${three(one.difference)} [${three(one.low)}, ${three(one.high)}]`),
        make("td", {}, one.p_value === null ? "–" : one.p_value.toFixed(4)),
        make("td", {}, one.adjusted_p_value === null ? "–" : one.adjusted_p_value.toFixed(4)))))));
    place.hidden = false;
    state.textContent = "";
  } catch (error) {
    place.hidden = true;
    state.textContent = error.message;
  }
  byId("runs-compare").disabled = false;
}
