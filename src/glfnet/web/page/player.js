// Shows frames of a video on a canvas, each exactly: stepping, playing, looping slowly, flipping between two.

import * as api from "./api.js";

const AT_ONCE = 32; // frames that are fetched together
const KEPT = 8; // groups of frames that are kept
const FLIP_MS = 450;
const PAUSE_MS = 350; // between two rounds of a loop

export class Player {
  /** `onFrame(index)` is called when another frame is shown, `onPlay(playing)` when it starts or stops. */
  constructor(canvas, onFrame, onPlay) {
    Object.assign(this, { canvas, onFrame, onPlay, index: 0, speed: 1, loop: null, id: null, times: [0] });
    this.groups = new Map();
    this.playing = this.flipping = false;
    this.round = 0; // what is under way ends when another round begins
  }

  open(id, times) {
    this.stop();
    for (const group of this.groups.values()) group.then((pictures) => pictures.forEach((picture) => picture.close()), () => {});
    this.groups.clear();
    Object.assign(this, { id, times, index: 0, loop: null, last: times.length - 1 });
    return this.show(0);
  }

  /** Show a frame; the last one asked for wins. */
  async show(index, computed = null) {
    this.index = Math.max(0, Math.min(this.last, index));
    const shown = this.index;
    this.onFrame(shown);
    const picture = computed?.picture ?? await this.picture(shown);
    if (picture && this.index === shown) this.paint(picture, computed?.label ?? "");
  }

  step(by) {
    this.stop();
    return this.show(this.index + by);
  }

  toggle() {
    if (this.playing) this.stop();
    else this.play();
  }

  /** Play from here, or from the loop's first frame where it is outside. */
  async play() {
    this.stop();
    this.playing = true;
    const round = ++this.round;
    this.onPlay(true);
    const loop = this.loop;
    const [first, last] = loop ?? [0, this.last];
    let from = this.index >= first && this.index < last ? this.index : first;
    while (this.round === round) {
      await this.run(from, last, round);
      if (!loop || this.round !== round) break;
      await pause(PAUSE_MS);
      from = first;
    }
    if (this.round === round) this.stop();
  }

  async run(first, last, round) {
    await this.picture(first);
    const began = performance.now();
    for (let index = first; this.round === round;) {
      await this.show(index);
      this.picture(Math.min(last, index + AT_ONCE)); // fetched ahead
      if (index >= last) return;
      await new Promise(requestAnimationFrame);
      const now = this.times[first] + (performance.now() - began) / 1000 * this.speed;
      while (index < last && this.times[index + 1] <= now) index++;
    }
  }

  /** Show two frames in turn until stopped; `computed`, a picture and its label, stands for the other where there is one. */
  async flip(one, other, computed = null) {
    this.stop();
    this.flipping = true;
    const round = ++this.round;
    this.onPlay(false);
    while (this.round === round) {
      const isOther = this.index === one;
      await this.show(isOther ? other : one, isOther ? computed : null);
      await pause(FLIP_MS);
    }
  }

  stop() {
    this.round++;
    const changed = this.playing || this.flipping;
    this.playing = this.flipping = false;
    if (changed) this.onPlay(false);
  }

  async picture(index) {
    const number = Math.floor(index / AT_ONCE);
    let group = this.groups.get(number);
    if (!group) {
      group = api.frames(this.id, number * AT_ONCE, AT_ONCE);
      group.catch(() => this.groups.delete(number));
    } else this.groups.delete(number);
    this.groups.set(number, group); // the one used last is the last
    if (this.groups.size > KEPT) {
      const [oldest, pictures] = this.groups.entries().next().value;
      this.groups.delete(oldest);
      pictures.then((all) => all.forEach((picture) => picture.close()), () => {});
    }
    try {
      return (await group)[index - number * AT_ONCE];
    } catch {
      this.stop();
      return null;
    }
  }

  /** Write on the picture that nobody has filmed it. */
  write(context, label) {
    const size = Math.max(12, Math.round(this.canvas.width / 26));
    context.font = `600 ${size}px sans-serif`;
    context.fillStyle = "rgba(0, 0, 0, .7)";
    context.fillRect(0, 0, context.measureText(label).width + size, 1.6 * size);
    context.fillStyle = "#fff";
    context.fillText(label, size / 2, 1.15 * size);
  }

  paint(picture, label) {
    if (this.canvas.width !== picture.width || this.canvas.height !== picture.height) {
      this.canvas.width = picture.width;
      this.canvas.height = picture.height;
    }
    const context = this.canvas.getContext("2d");
    try { context.drawImage(picture, 0, 0); } catch { /* closed meanwhile */ }
    if (label) this.write(context, label);
    this.canvas.dataset.frame = this.index;
    this.canvas.dataset.computed = label;
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
