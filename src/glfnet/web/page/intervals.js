// Intervals with two answers each: what the machine said, never changed, and what the person says.

const FRAMES = ["onset", "apex", "offset"];

export class Interval {
  constructor({ kind, machine = null, person = null, answer = null }) {
    Object.assign(this, { kind, machine, person, answer, removed: false, note: "", asking: false, problem: "" });
    this.again = null; // what the machine says between the person's frames
  }

  /** What holds: the person's answer where there is one. */
  get said() { return this.person ?? this.machine; }

  get isMine() { return this.person !== null || this.removed || this.note !== ""; }

  /** Return the person's answer to be changed; it begins as the machine's. */
  mine() {
    this.person ??= structuredClone(this.machine);
    return this.person;
  }

  /** Move one of the three frames; the other two stay where they are, and so bound it. */
  move(which, frame, last) {
    const said = this.said, at = FRAMES.indexOf(which);
    const low = at === 0 ? 0 : said[FRAMES[at - 1]], high = at === 2 ? last : said[FRAMES[at + 1]];
    const moved = Math.max(low, Math.min(high, Math.round(frame)));
    if (moved === said[which]) return false;
    this.mine()[which] = moved;
    this.again = null;
    return true;
  }
}

export function ofMachine(found) {
  const units = found.action_units.filter((unit) => unit.there)
    .map((unit) => ({ unit: unit.unit, side: ["left", "right"].includes(unit.side) ? unit.side : "both" }));
  const machine = { onset: found.onset_index, apex: found.apex_index, offset: found.offset_index, emotion: found.emotion ?? "", units };
  return new Interval({ kind: found.kind, machine, answer: found });
}

/** Intervals of an annotation that was opened again, with what the machine says of them now. */
export function ofAnnotation({ intervals }, found) {
  return intervals.map(({ machine, person, removed, note }) => {
    const answer = found.find((one) => machine && one.kind === "micro_expression" && one.onset_index === machine.onset
      && one.apex_index === machine.apex && one.offset_index === machine.offset) ?? null;
    const interval = new Interval({ kind: machine ? "micro_expression" : "given", machine, person, answer });
    return Object.assign(interval, { removed, note });
  });
}

/** A new interval of the person around a frame: a quarter of a second, as short as a typical micro-expression. */
export function ofPerson(frame, fps, last) {
  const half = Math.max(1, Math.round((fps ?? 30) / 8));
  const apex = Math.max(1, Math.min(last - 1, frame));
  const person = { onset: Math.max(0, apex - half), apex, offset: Math.min(last, apex + half), emotion: "", units: [] };
  return new Interval({ kind: "given", person });
}

export const isExpression = (interval) => interval.kind === "micro_expression" || interval.kind === "given";

/** What the server makes tables of; other movements stay in the machine's part. */
export const annotation = (subject, intervals) => ({
  subject,
  intervals: intervals.filter(isExpression).map(({ machine, person, removed, note }) => ({ machine, person, removed, note })),
});
