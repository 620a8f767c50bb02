// The bench: player, time line, list and form of one video, kept in step.

import * as api from "./api.js";
import { Closer } from "./closer.js";
import { Coders, readFile } from "./coders.js";
import { fillEditor, fillList } from "./editor.js";
import { byId, make, save } from "./elements.js";
import { annotation, isExpression, ofAnnotation, ofMachine, ofPerson } from "./intervals.js";
import { Player } from "./player.js";
import { COLOURS, Timeline } from "./timeline.js";

const SLOWLY = "0.25";
const TAKEN = { csv: "table", eaf: "elan", json: "document", txt: "log" };
const ASK_AFTER_MS = 500; // a handle has come to rest: the machine is asked again

export class Bench {
  constructor() {
    Object.assign(this, { id: null, document: null, intervals: [], chosen: null, name: "", asking: 0 });
    this.player = new Player(byId("canvas"), (index) => this.frameShown(index), (playing) => this.played(playing));
    this.timeline = new Timeline(byId("timeline"), {
      seek: (frame) => { this.player.stop(); this.player.show(frame); },
      choose: (interval) => this.choose(interval),
      move: (which, frame) => this.move(which, frame),
      moved: () => this.settled(),
    });
    this.coders = new Coders(this);
    this.closer = new Closer(this);
    this.buttons();
    document.addEventListener("keydown", (event) => this.key(event));
  }

  get last() { return this.document.times_s.length - 1; }

  get visible() { return this.intervals.filter((one) => isExpression(one) || byId("others").checked); }

  /** Show the answer of a job. */
  async open(id, name, recording) {
    const found = await api.result(id);
    Object.assign(this, { id, name, document: found, chosen: null, intervals: found.intervals.map(ofMachine) });
    byId("verdict").textContent = found.verdict;
    const of = found.recording;
    byId("about").textContent = `${name}: ${of.duration_s.toFixed(2)} s, ${of.frames} frames, ${of.fps ? of.fps.toFixed(2) : "unknown"} a second, ${of.width_px} × ${of.height_px}`;
    byId("notes").replaceChildren(...found.notes.map((note) => make("li", {}, note.sentence)));
    byId("model").textContent = [`Weights: ${found.model.name}.`, found.model.score, found.model.calibration, found.model.units, found.model.licence].join(" ");
    byId("taken").textContent = "";
    byId("recording").hidden = !recording;
    if (recording) Object.assign(byId("recording"), { href: URL.createObjectURL(recording), download: name });
    Object.assign(this.timeline, { document: found, zoomed: true, shown: new Set(["strongest"]) });
    byId("zoom").setAttribute("aria-pressed", "true");
    this.curves();
    await this.player.open(id, found.times_s);
    this.choose(this.intervals.find(isExpression) ?? null, false);
    byId("verdict").focus();
  }

  close() {
    this.player.stop();
    this.coders.close();
    this.closer.close();
    this.id = null;
    const link = byId("recording");
    if (link.href) URL.revokeObjectURL(link.href);
    link.removeAttribute("href");
  }

  /** Choose an interval; the video jumps there and loops it slowly. */
  choose(interval, looped = true) {
    this.player.stop();
    this.chosen = interval;
    if (interval && !isExpression(interval)) byId("others").checked = true;
    this.refresh();
    if (!interval) { this.player.loop = null; return; }
    this.loop();
    if (looped) {
      byId("speed").value = SLOWLY;
      this.player.speed = Number(SLOWLY);
      this.player.show(interval.said.onset).then(() => { if (this.chosen === interval) this.player.play(); });
    } else this.player.show(interval.said.apex);
  }

  loop() {
    const { onset, offset } = this.chosen.said, around = Math.round((this.document.recording.fps ?? 30) / 10);
    this.player.loop = [Math.max(0, onset - around), Math.min(this.last, offset + around)];
  }

  /** Draw list, form and time line again. */
  refresh() {
    const shown = this.visible.sort((one, other) => one.said.onset - other.said.onset);
    fillList(this.document, shown, this.chosen, (interval) => this.choose(interval));
    byId("none").hidden = this.intervals.some((one) => isExpression(one) && !one.removed);
    this.form();
    Object.assign(this.timeline, { intervals: this.visible, chosen: this.chosen });
    this.timeline.redraw();
    byId("blink").disabled = byId("zoom").disabled = !this.chosen;
    this.closer.show(this.chosen);
  }

  form() {
    fillEditor(byId("editor"), this.document, this.chosen, {
      frame: (which, frame) => { this.move(which, frame); this.settled(); this.refresh(); },
      edit: (change) => { change(this.chosen.mine()); this.refresh(); },
      note: (text) => { this.chosen.note = text; this.refresh(); },
      classify: () => this.classify(),
      removed: () => this.remove(),
    });
  }

  move(which, frame) {
    const one = this.chosen;
    if (!one || !isExpression(one)) return;
    this.player.stop();
    if (one.move(which, frame, this.last)) this.refresh();
    this.player.show(one.said[which]);
  }

  settled() {
    if (!this.chosen) return;
    this.loop();
    clearTimeout(this.asking);
    if (this.chosen.person && this.chosen.said.apex > this.chosen.said.onset) this.asking = setTimeout(() => this.classify(), ASK_AFTER_MS);
  }

  /** Ask the machine what moves between the onset and apex that hold now. */
  async classify() {
    const one = this.chosen, id = this.id;
    clearTimeout(this.asking);
    if (!one || one.asking || !isExpression(one)) return;
    const { onset, apex } = one.said;
    Object.assign(one, { asking: true, problem: "" });
    this.formOf(one);
    try {
      const { interval, notes } = await api.classify(id, onset, apex);
      if (one.said.onset === onset && one.said.apex === apex) one.again = interval ?? { emotion: null, notes };
    } catch (error) {
      one.problem = error.message;
    }
    one.asking = false;
    if (this.id !== id) return;
    this.formOf(one);
    if (one.said.onset !== onset || one.said.apex !== apex) this.settled();
  }

  /** Draw the form again if it is about this interval; what has the focus keeps it. */
  formOf(interval) {
    if (this.chosen !== interval) return;
    const focused = document.activeElement?.closest("#editor") ? document.activeElement.id : "";
    if (focused === "note" || focused.startsWith("frame-")) { // somebody is writing there
      byId("classify").disabled = interval.asking;
      if (!interval.asking) byId("editor").querySelector(".answer")?.replaceWith(this.freshAnswer());
      return;
    }
    this.form();
    if (focused) byId(focused)?.focus();
  }

  freshAnswer() {
    const form = make("form");
    fillEditor(form, this.document, this.chosen, {});
    return form.querySelector(".answer");
  }

  add() {
    const interval = ofPerson(this.player.index, this.document.recording.fps, this.last);
    this.intervals.push(interval);
    this.choose(interval, false);
    this.settled();
  }

  /** Remove the chosen interval, or take it back; one that the person has added goes for good. */
  remove() {
    const one = this.chosen;
    if (!one || !isExpression(one)) return;
    if (one.machine) {
      one.removed = !one.removed;
      this.refresh();
    } else {
      this.intervals = this.intervals.filter((other) => other !== one);
      this.choose(null);
    }
    byId(one.machine ? "remove" : "add").focus();
  }

  async flip() {
    if (this.player.flipping) { this.player.stop(); return; }
    if (!this.chosen) return;
    const { onset, apex } = this.chosen.said, computed = await this.closer.magnified(this.chosen);
    if (computed === undefined) return; // it could not be made, or something else is looked at
    this.player.flip(onset, apex, computed);
    byId("blink").setAttribute("aria-pressed", "true");
  }

  zoom() {
    this.timeline.zoomed = !this.timeline.zoomed;
    byId("zoom").setAttribute("aria-pressed", String(this.timeline.zoomed));
    this.timeline.redraw();
  }

  frameShown(index) {
    byId("where").textContent = `frame ${index} · ${(this.document?.times_s[index] ?? 0).toFixed(3)} s`;
    this.timeline.showFrame(index);
  }

  played(playing) {
    byId("play").textContent = playing ? "Stop" : "Play";
    byId("blink").setAttribute("aria-pressed", String(this.player.flipping));
  }

  curves() {
    const faces = this.document.curves.length, names = this.timeline.names(), place = byId("regions");
    place.replaceChildren(place.firstElementChild, ...names.map((name, at) => {
      const swatch = make("span", { class: "swatch" });
      swatch.style.background = COLOURS[at % COLOURS.length];
      return make("label", {}, make("input", { type: "checkbox", checked: this.timeline.shown.has(name), "data-curve": name, onchange: (event) => {
        if (event.target.checked) this.timeline.shown.add(name);
        else this.timeline.shown.delete(name);
        this.timeline.redraw();
      } }), " ", swatch, name.replaceAll("_", " ").replace("image ", ""));
    }));
    place.hidden = !names.length || !faces;
    const show = byId("show");
    show.replaceChildren(...["strongest only", "all regions", "none"].map((name) => make("option", { value: name }, name)));
    show.onchange = () => {
      this.timeline.shown = new Set({ "strongest only": ["strongest"], "all regions": names, none: [] }[show.value]);
      for (const box of place.querySelectorAll("input")) box.checked = this.timeline.shown.has(box.dataset.curve);
      this.timeline.redraw();
    };
  }

  async take(kind) {
    const subject = byId("subject"), stem = this.name.replace(/\.[^.]*$/, "") || "video";
    if (!subject.reportValidity()) return;
    const said = annotation(subject.value, this.intervals), said_in = byId("taken");
    try {
      save(await api.taken(this.id, TAKEN[kind], said), `${stem}.${kind}`);
      said_in.textContent = `${stem}.${kind} is saved.`;
    } catch (error) {
      said_in.textContent = error.message;
    }
  }

  /** Go on with a coder's file about this video, in the place of what is said here. */
  async goOn(file) {
    const said_in = byId("taken"), id = this.id;
    said_in.textContent = `Opening ${file.name} …`;
    try {
      const found = await api.opened(id, await readFile(file));
      if (this.id !== id) return;
      const others = this.intervals.filter((one) => !isExpression(one));
      this.intervals = [...ofAnnotation(found.annotation, this.document.intervals), ...others];
      byId("subject").value = found.annotation.subject;
      this.choose(this.visible.sort((one, other) => one.said.onset - other.said.onset)[0] ?? null, false);
      said_in.textContent = [`${file.name} is opened.`, ...found.notes].join(" ");
    } catch (error) {
      said_in.textContent = error.message;
    }
  }

  buttons() {
    const clicks = {
      back: () => this.player.step(-1), forth: () => this.player.step(1), play: () => this.player.toggle(),
      blink: () => this.flip(), zoom: () => this.zoom(), add: () => this.add(),
      ...Object.fromEntries(Object.keys(TAKEN).map((kind) => [kind, () => this.take(kind)])),
    };
    for (const [id, done] of Object.entries(clicks)) byId(id).addEventListener("click", done);
    byId("others").addEventListener("change", () => this.refresh());
    byId("speed").addEventListener("change", (event) => { this.player.speed = Number(event.target.value); });
    byId("coding").addEventListener("change", (event) => {
      const [file] = event.target.files;
      event.target.value = "";
      if (file) this.goOn(file);
    });
    byId("editor").addEventListener("submit", (event) => event.preventDefault());
  }

  neighbour(by) {
    const shown = this.visible.sort((one, other) => one.said.onset - other.said.onset);
    const at = shown.indexOf(this.chosen);
    const next = shown[Math.max(0, Math.min(shown.length - 1, at < 0 ? 0 : at + by))];
    if (next) this.choose(next);
  }

  key(event) {
    if (!this.id || byId("main").hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    const on = event.target;
    if (on.matches("input:not([type=checkbox]), select, textarea")) return;
    if (event.key === " " && on.matches("button, summary, input")) return;
    const far = event.shiftKey ? 10 : 1, frame = this.player.index;
    const mark = (which) => () => { this.move(which, frame); this.settled(); };
    const done = {
      ArrowLeft: () => this.player.step(-far), ArrowRight: () => this.player.step(far),
      ArrowUp: () => this.neighbour(-1), ArrowDown: () => this.neighbour(1),
      " ": () => this.player.toggle(), b: () => this.flip(), z: () => this.zoom(), n: () => this.add(), c: () => this.classify(), e: () => this.closer.explain(),
      1: mark("onset"), 2: mark("apex"), 3: mark("offset"), Delete: () => this.remove(),
    }[event.key];
    if (!done) return;
    event.preventDefault();
    done();
  }
}
