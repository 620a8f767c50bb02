// Which of the four screens is seen, and that nothing stays on the server when the page is left.

import * as api from "./api.js";
import { Bench } from "./bench.js";
import { byId } from "./elements.js";
import { setUpRuns } from "./runs.js";
import { answered, setUp } from "./start.js";

const HERE_EVERY_MS = 5 * 60 * 1000; // as long as the page is open, the video is kept
const bench = new Bench();
let job = null, waiting = null;

function show(screen) {
  for (const id of ["start", "working", "failed", "bench"]) byId(id).hidden = id !== screen;
}

function forget() {
  if (job) api.remove(job);
  job = null;
  bench.close();
}

async function look(blob, name, coding) {
  forget();
  waiting = new AbortController();
  show("working");
  byId("cancel").focus();
  try {
    const id = await answered(blob, name, waiting.signal, (started) => { job = started; });
    show("bench");
    await bench.open(id, name, name === "webcam.webm" ? blob : null);
    if (coding) await bench.goOn(coding);
  } catch (error) {
    forget();
    if (error.name === "AbortError") { show("start"); byId("file").focus(); return; }
    if (!(error instanceof api.Refused)) console.error(error);
    show("failed");
    byId("why").textContent = error instanceof api.Refused ? error.message : `The page itself has failed here: ${error.message}`;
    byId("again").focus();
  }
}

const restart = () => { forget(); show("start"); byId("file").focus(); };

byId("cancel").addEventListener("click", () => { waiting?.abort(); });
byId("again").addEventListener("click", restart);
byId("other").addEventListener("click", restart);
window.addEventListener("pagehide", () => { if (job) api.leave(job); });
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
setInterval(() => { if (job) api.state(job).catch(() => {}); }, HERE_EVERY_MS);
setUp(look).then((limits) => { if (limits.runs) setUpRuns(() => bench.player.stop()); }).catch((error) => { byId("limits").textContent = error.message; });
