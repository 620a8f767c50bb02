// The time line: all of the video as a strip, and below it curves with the handles of the chosen interval.

import { draw } from "./elements.js";

const STRIP = 30, HEIGHT = 210, TOP = 26, BOTTOM = 22, LEFT = 34, RIGHT = 12;
const AROUND_S = 0.7;
const LETTERS = { onset: "1", apex: "2", offset: "3" };
export const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c6d00", "#56b4e9", "#7a4fbf", "#a3123a", "#5f6b00",
  "#00818a", "#b0620a", "#6f7780", "#3f51b5", "#1a7f37"];

export class Timeline {
  /** `on.seek(frame)`, `on.choose(interval)`, `on.move(which, frame)`, `on.moved()` tell what a person does. */
  constructor(place, on) {
    Object.assign(this, { place, on, document: null, intervals: [], chosen: null, frame: 0, zoomed: true, shown: new Set(["strongest"]) });
    this.dragging = null;
    new ResizeObserver(() => this.redraw()).observe(place);
  }

  get last() { return this.document.times_s.length - 1; }

  /** First and last frame that the curves show. */
  get view() {
    if (!this.zoomed || !this.chosen) return [0, this.last];
    const fps = this.document.recording.fps ?? 30, around = Math.max(5, Math.round(AROUND_S * fps));
    const { onset, offset } = this.chosen.said;
    return this.dragging?.view ?? [Math.max(0, onset - around), Math.min(this.last, offset + around)];
  }

  redraw() {
    if (!this.document || !this.place.clientWidth) return;
    this.width = this.place.clientWidth;
    this.place.replaceChildren(this.strip(), this.detail());
    this.showFrame(this.frame);
  }

  /** Move the line of the current frame, without drawing all again. */
  showFrame(frame) {
    this.frame = frame;
    if (!this.heads) return;
    this.heads.forEach(([line, [from, to]]) => {
      line.setAttribute("visibility", frame < from || frame > to ? "hidden" : "visible");
      const x = this.x(frame, from, to);
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
    });
  }

  x(frame, first, last) {
    return LEFT + (frame - first) / Math.max(1, last - first) * (this.width - LEFT - RIGHT);
  }

  frameAt(event, svg, first, last) {
    const share = (event.clientX - svg.getBoundingClientRect().left - LEFT) / (this.width - LEFT - RIGHT);
    return Math.max(0, Math.min(this.last, Math.round(first + share * (last - first))));
  }

  strip() {
    const last = this.last;
    const svg = draw("svg", { height: STRIP, class: "overview", "aria-hidden": "true" });
    svg.addEventListener("pointerdown", (event) => {
      if (!event.target.classList.contains("span")) this.on.seek(this.frameAt(event, svg, 0, last));
    });
    svg.append(draw("rect", { class: "lane", x: LEFT, y: 2, width: this.width - LEFT - RIGHT, height: STRIP - 4 }));
    for (const interval of this.intervals) svg.append(this.span(interval, 0, last, 5, STRIP - 10));
    if (this.zoomed && this.chosen) {
      const [from, to] = this.view.map((frame) => this.x(frame, 0, last));
      svg.append(draw("rect", { class: "view", x: from, y: 1, width: to - from, height: STRIP - 2 }));
    }
    const head = draw("line", { class: "head", y1: 0, y2: STRIP });
    this.heads = [[head, [0, last]]];
    svg.append(head);
    return svg;
  }

  span(interval, first, last, y, height) {
    const { onset, offset } = interval.said;
    const x = this.x(Math.max(first, onset), first, last), end = this.x(Math.min(last, offset), first, last);
    const words = ["span", interval.isMine ? "mine" : interval.kind === "micro_expression" ? "" : "other",
      interval.removed ? "removed" : "", interval === this.chosen ? "chosen" : ""];
    return draw("rect", { class: words.filter(Boolean).join(" "), x, y, width: Math.max(4, end - x), height, rx: 2,
      onclick: () => this.on.choose(interval) });
  }

  detail() {
    const [first, last] = this.view;
    const svg = draw("svg", { height: HEIGHT, role: "group", "aria-label": "Curves, and the frames of the chosen interval" });
    svg.addEventListener("pointerdown", (event) => {
      if (!event.target.closest(".handle") && !event.target.classList.contains("span")) this.on.seek(this.frameAt(event, svg, first, last));
    });
    svg.append(draw("rect", { class: "lane", x: LEFT, y: TOP, width: this.width - LEFT - RIGHT, height: HEIGHT - TOP - BOTTOM }));
    svg.append(...this.ticks(first, last));
    for (const interval of this.intervals) {
      const { onset, offset } = interval.said;
      if (offset >= first && onset <= last) svg.append(this.span(interval, first, last, HEIGHT - BOTTOM - 9, 8));
    }
    svg.append(...this.curves(first, last));
    const head = draw("line", { class: "head", y1: TOP, y2: HEIGHT - BOTTOM });
    this.heads.push([head, [first, last]]);
    svg.append(head);
    if (this.chosen) for (const which of ["onset", "offset", "apex"]) svg.append(this.handle(svg, which, first, last));
    return svg;
  }

  ticks(first, last) {
    const times = this.document.times_s, length = Math.max(1e-6, times[last] - times[first]);
    const step = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60].find((one) => length / one <= this.width / 90) ?? 120;
    const ticks = [];
    for (let time = Math.ceil(times[first] / step) * step; time <= times[last]; time += step) {
      const x = this.x(first + (time - times[first]) / length * (last - first), first, last);
      ticks.push(draw("line", { class: "tick", x1: x, x2: x, y1: TOP, y2: HEIGHT - BOTTOM }),
        draw("text", { class: "label", x: Math.min(x, this.width - 40), y: HEIGHT - 6 }, `${+time.toFixed(2)} s`));
    }
    return ticks;
  }

  curves(first, last) {
    const lines = [], inside = HEIGHT - TOP - BOTTOM - 12;
    const curves = this.document.curves.flatMap((curve) => Object.entries(curve.percent)
      .filter(([name]) => this.shown.has(name)).map(([name, values]) => ({ name, values, index: curve.index })));
    const seen = ({ index }, at) => index[at] >= first && index[at] <= last;
    const top = Math.max(1, ...curves.flatMap((curve) => curve.values.filter((_, at) => seen(curve, at))));
    for (const curve of curves) {
      const points = curve.values.flatMap((value, at) => seen(curve, at)
        ? [`${this.x(curve.index[at], first, last).toFixed(1)},${(TOP + inside * (1 - value / top)).toFixed(1)}`] : []);
      lines.push(draw("polyline", { class: "curve", points: points.join(" "), "data-name": curve.name,
        stroke: COLOURS[this.names().indexOf(curve.name) % COLOURS.length] }));
    }
    lines.push(draw("text", { class: "label", x: 2, y: TOP + 10 }, `${top.toFixed(1)} %`));
    return lines;
  }

  names() { return Object.keys(this.document.curves[0]?.percent ?? {}); }

  handle(svg, which, first, last) {
    const frame = this.chosen.said[which], x = this.x(frame, first, last);
    const group = draw("g", { class: "handle", tabindex: 0, role: "slider", "data-which": which, "aria-label": which,
      "aria-valuemin": 0, "aria-valuemax": this.last, "aria-valuenow": frame, "aria-valuetext": `frame ${frame}` },
      draw("line", { x1: x, x2: x, y1: 20, y2: HEIGHT - BOTTOM }),
      draw("rect", { x: x - 11, y: 0, width: 22, height: 22, rx: 4 }),
      draw("text", { x, y: 16 }, LETTERS[which]), draw("title", {}, `${which}: drag, or arrow keys`));
    group.addEventListener("pointerdown", (event) => this.drag(event, svg, which, first, last));
    group.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      event.stopPropagation();
      this.on.move(which, this.chosen.said[which] + by * (event.shiftKey ? 10 : 1));
      this.on.moved();
      this.focusHandle(which);
    });
    return group;
  }

  focusHandle(which) { this.place.querySelector(`.handle[data-which="${which}"]`)?.focus(); }

  drag(event, svg, which, first, last) {
    event.preventDefault();
    this.dragging = { view: [first, last] }; // it must not move under the pointer
    const box = { getBoundingClientRect: () => this.place.lastElementChild.getBoundingClientRect() };
    const move = (moved) => this.on.move(which, this.frameAt(moved, box, first, last));
    const end = () => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", end);
      window.removeEventListener("pointercancel", end);
      this.dragging = null;
      this.redraw();
      this.focusHandle(which);
      this.on.moved();
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", end);
  }
}
