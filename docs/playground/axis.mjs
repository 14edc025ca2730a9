// The samples of one axis: as squares with their values, as points of a graph, as sentences and as a table.

const SVG = "http://www.w3.org/2000/svg";
const SIDES = ["a", "b"];
const STRIP = 42; // the height of a row of samples
const GAP = 66; // between rows, where the taps are drawn
const MARGIN = 10;
const NEAR = 1e-5; // positions are float32 in PyTorch

/** A number as people write it, with that many digits after the point at most. */
export const number = (value, digits = 3) => String(Number(value.toFixed(digits)) || 0).replace("-", "\u2212");

/** The same in three digits. */
const short = (value) => number(Number(value.toPrecision(3)));

const create = (name, attributes, parent, text) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return parent.appendChild(element);
};

/** The width of an output's square, in samples of the input: how far apart they lie. */
function spacing(rows, inputLength) {
  if (rows.length > 1) return (rows.at(-1).position - rows[0].position) / (rows.length - 1);
  return Math.abs(rows[0].position - (inputLength - 1) / 2) < NEAR ? inputLength : 1;
}

/** What of the image keeps its place: where that is, and a sentence. */
export function whatStays(rows, inputLength) {
  const width = spacing(rows, inputLength);
  const is = (position, other) => Math.abs(position - other) < NEAR * (1 + inputLength);
  const [first, last] = [rows[0].position, rows.at(-1).position];
  const edges = [first - width / 2, last + width / 2];
  if (is(edges[0], -0.5) && is(edges[1], inputLength - 0.5)) {
    return { at: edges, says: "The edges of the image stay where they are." };
  }
  if (is(first, 0) && is(last, inputLength - 1)) {
    const says = inputLength > 1 ? "The centres of the corner samples stay where they are." : "The sample stays.";
    return { at: [first, last], says };
  }
  if (is(first, 0)) return { at: [first], says: "The centre of the first sample stays where it is, and no other." };
  return { at: [], says: "Neither the edges nor the corner samples stay where they are." };
}

/** What one output reads, as a sum: "0.25 × 1 + 0.75 × 2". */
export function sum(taps, values, most = 6) {
  const terms = taps.slice(0, most).map(({ index, weight }, i) => {
    const sign = weight < 0 ? (i ? " \u2212 " : "\u2212") : i ? " + " : "";
    return `${sign}${number(Math.abs(weight))} \u00d7 ${number(values[index])}`;
  });
  const more = taps.length - most;
  return terms.join("") + (more > 0 ? ` + ${more} more` : "");
}

/** A sentence for an output, for those who do not see the picture. */
export const spoken = (side, index, { rows, result }, values) =>
  `${side.toUpperCase()}, output ${index}: ${number(result[index])}, read at ${number(rows[index].position)}, ` +
  rows[index].taps
    .map(({ weight, index: tap }) => `${number(weight)} of sample ${tap}, ${number(values[tap])}`)
    .join("; ");

/** The picture of the samples, which tells `select` of the output that is pointed at. */
export class AxisFigure {
  constructor(svg, select) {
    this.svg = svg;
    this.select = select;
    svg.addEventListener("pointermove", (event) => this.#point(event));
    svg.addEventListener("pointerdown", (event) => this.#point(event));
    svg.addEventListener("focusin", (event) => this.#choose(event.target));
    svg.addEventListener("keydown", (event) => this.#move(event));
  }

  /** Draw a model: {values, a, b}, where a and b have rows and result, or a fault. */
  draw(model) {
    const focused = this.svg.contains(document.activeElement) ? document.activeElement.dataset : null;
    const { side: focusedSide } = focused ?? {};
    this.model = model;
    this.svg.replaceChildren();
    const width = this.svg.clientWidth || 700;
    const height = 3 * STRIP + 2 * GAP + 4;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("height", height);
    const { values } = model;
    const sides = SIDES.filter((side) => model[side].rows);
    let [low, high] = [-0.5, values.length - 0.5];
    for (const side of sides) {
      const { rows } = model[side];
      const half = spacing(rows, values.length) / 2;
      low = Math.min(low, rows[0].position - half);
      high = Math.max(high, rows.at(-1).position + half);
    }
    this.x = (position) => MARGIN + ((position - low) / (high - low)) * (width - 2 * MARGIN);
    this.scale = (width - 2 * MARGIN) / (high - low);
    this.y = { a: 2, input: 2 + STRIP + GAP, b: 2 + 2 * (STRIP + GAP) };
    const range = [Math.min(...values), Math.max(...values)];
    const input = create("g", { class: "input" }, this.svg);
    const font = this.#font(values, 1, 18);
    values.forEach((value, index) => {
      this.#cell(input, "input", index, { position: index, width: 1, value, range, font });
    });
    this.marks = create("g", { class: "marks" }, this.svg);
    for (const side of sides) {
      const { rows, result } = model[side];
      const group = create("g", { class: `output ${side}` }, this.svg);
      group.setAttribute("role", "listbox");
      group.setAttribute("aria-label", `The output of ${side.toUpperCase()}: arrow keys go from sample to sample`);
      group.setAttribute("aria-orientation", "horizontal");
      const size = spacing(rows, values.length);
      const font = this.#font(result, size, 15);
      rows.forEach(({ position }, index) => {
        const cell = this.#cell(group, side, index, { position, width: size, value: result[index], range, font });
        cell.setAttribute("role", "option");
        cell.setAttribute("aria-label", spoken(side, index, model[side], values));
      });
      this.#stays(side, group);
    }
    this.taps = create("g", { class: "taps", "aria-hidden": "true" }, this.svg);
    this.show(model.at);
    if (focusedSide) this.#cellOf(focusedSide, model.at)?.focus();
  }

  /** Show what an output reads. */
  show(at) {
    this.at = at;
    this.taps.replaceChildren();
    for (const cell of this.svg.querySelectorAll("[role=option]")) {
      const isShown = Number(cell.dataset.index) === at;
      cell.setAttribute("aria-selected", isShown);
      cell.setAttribute("tabindex", isShown ? 0 : -1);
    }
    for (const side of SIDES) if (this.model[side].rows) this.#showTaps(side, at);
  }

  /** The size of the numbers in squares of a width; 0 where there is no room for all of them. */
  #font(values, width, largest) {
    const letters = Math.max(...Array.from(values, (value) => short(value).length));
    const size = Math.min(largest, (width * this.scale - 5) / (0.62 * letters));
    return size < 9.5 ? 0 : size;
  }

  #cell(parent, side, index, { position, width, value, range: [low, high], font }) {
    const cell = create("g", { class: "cell", "data-side": side, "data-index": index }, parent);
    const share = high > low ? Math.min(Math.max((value - low) / (high - low), 0), 1) : 0.5;
    const box = { x: this.x(position - width / 2), y: this.y[side], width: width * this.scale, height: STRIP };
    create("rect", box, cell).style.fill = `color-mix(in srgb, var(--high) ${Math.round(100 * share)}%, var(--low))`;
    const place = { x: this.x(position), y: this.y[side] + STRIP / 2, "font-size": font.toFixed(1) };
    if (font) create("text", place, cell, short(value));
    return cell;
  }

  /** Lines between what stays where it is. */
  #stays(side, parent) {
    const faces = side === "a" ? [this.y.a + STRIP, this.y.input] : [this.y.input + STRIP, this.y.b];
    for (const position of whatStays(this.model[side].rows, this.model.values.length).at) {
      const x = this.x(position);
      create("line", { class: `stays ${side}`, x1: x, x2: x, y1: faces[0], y2: faces[1] }, parent);
      for (const y of faces) create("circle", { class: `stays ${side}`, cx: x, cy: y, r: 4.5 }, parent);
    }
  }

  #showTaps(side, at) {
    const row = this.model[side].rows[at];
    if (!row) return;
    const [from, to] = side === "a" ? [this.y.a + STRIP, this.y.input] : [this.y.b, this.y.input + STRIP];
    const begin = this.x(row.position);
    const group = create("g", { class: side }, this.taps);
    create("line", { class: "position", x1: begin, x2: begin, y1: from, y2: to }, group);
    for (const { index, weight } of row.taps) {
      const line = { class: weight < 0 ? "tap negative" : "tap", x1: begin, x2: this.x(index), y1: from, y2: to };
      create("line", { ...line, "stroke-width": (1 + 7 * Math.min(Math.abs(weight), 1.2)).toFixed(2) }, group);
    }
    const step = this.scale * (row.taps.length > 1 ? row.taps[1].index - row.taps[0].index : 1);
    if (row.taps.length <= 8 && step >= 30) {
      for (const { index, weight } of row.taps) {
        const y = to + (side === "a" ? -9 : 17);
        create("text", { class: "weight", x: this.x(index), y }, group, number(weight));
      }
    }
    const cell = this.#cellOf(side, at)?.querySelector("rect");
    if (cell) {
      const box = Object.fromEntries(["x", "y", "width", "height"].map((name) => [name, cell.getAttribute(name)]));
      create("rect", { class: "shown", ...box }, group);
    }
  }

  #cellOf(side, index) {
    return this.svg.querySelector(`.cell[data-side="${side}"][data-index="${index}"]`);
  }

  #point(event) {
    // A finger holds on to the element that it touched first.
    const cell = document.elementFromPoint(event.clientX, event.clientY)?.closest(".output .cell");
    if (cell) this.#choose(cell);
  }

  #choose(cell) {
    const index = Number(cell.dataset?.index);
    if (cell.getAttribute("role") === "option" && index !== this.at) this.select(index);
  }

  #move(event) {
    const { side } = event.target.dataset;
    const rows = this.model[side]?.rows;
    if (!rows) return;
    const last = rows.length - 1;
    const next = { ArrowLeft: this.at - 1, ArrowRight: this.at + 1, Home: 0, End: last }[event.key];
    const other = { ArrowUp: "a", ArrowDown: "b" }[event.key];
    if (next === undefined && other === undefined) return;
    event.preventDefault();
    if (next !== undefined) this.select(Math.min(Math.max(next, 0), last));
    this.#cellOf(other ?? side, this.at)?.focus();
  }
}

/** The graph of the values over their positions. */
export function drawGraph(svg, { values, at, ...model }) {
  svg.replaceChildren();
  const width = svg.clientWidth || 700;
  const height = 190;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("height", height);
  const sides = SIDES.filter((side) => model[side].rows);
  const all = [...values, ...sides.flatMap((side) => Array.from(model[side].result))];
  const positions = sides.flatMap((side) => model[side].rows.map(({ position }) => position));
  const [low, high] = [Math.min(-0.5, ...positions), Math.max(values.length - 0.5, ...positions)];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const x = (position) => 44 + ((position - low) / (high - low)) * (width - 60);
  const y = (value) => height - 30 - ((value - least) / (most - least || 1)) * (height - 50);
  for (const value of most > least ? [least, most] : [least]) {
    create("line", { class: "rule", x1: 40, x2: width - 8, y1: y(value), y2: y(value) }, svg);
    create("text", { class: "tick end", x: 34, y: y(value) + 4 }, svg, short(value));
  }
  values.forEach((_, index) => {
    create("line", { class: "rule", x1: x(index), x2: x(index), y1: 12, y2: height - 24 }, svg);
    create("text", { class: "tick", x: x(index), y: height - 8 }, svg, index);
  });
  create("polyline", { class: "curve", points: values.map((value, i) => `${x(i)},${y(value)}`).join(" ") }, svg);
  values.forEach((value, index) => create("circle", { class: "point input", cx: x(index), cy: y(value), r: 7 }, svg));
  for (const side of sides) {
    model[side].rows.forEach(({ position }, index) => {
      const [cx, cy] = [x(position), y(model[side].result[index])];
      const chosen = index === at ? " shown" : "";
      if (side === "a") create("circle", { class: `point a${chosen}`, cx, cy, r: 4.5 }, svg);
      else create("path", { class: `point b${chosen}`, d: `M${cx - 5.5} ${cy}l5.5 -5.5 5.5 5.5 -5.5 5.5z` }, svg);
    });
  }
  const numbers = (list) => Array.from(list, (value) => number(value)).join(", ");
  const said = sides.map((side) => `${side.toUpperCase()} ${numbers(model[side].result)}`);
  const label = ["A graph; its numbers are in the table below", `Input ${numbers(values)}`, ...said].join(". ");
  svg.setAttribute("aria-label", label);
}

/** The table of coordinates, taps and values. */
export function fillTable(table, { values, at, ...model }) {
  const sides = SIDES.filter((side) => model[side].rows);
  const cell = (name, textContent, className = "") =>
    Object.assign(document.createElement(name), { textContent, className });
  const head = document.createElement("tr");
  head.append(cell("th", "output"));
  for (const side of sides) {
    for (const name of ["position", "reads", "value"]) {
      head.append(cell("th", `${side.toUpperCase()} ${name}`, `${side} ${name}`));
    }
  }
  if (sides.length === 2) head.append(cell("th", "B \u2212 A"));
  for (const th of head.children) th.scope = "col";
  table.tHead.replaceChildren(head);
  const count = sides.length ? model[sides[0]].rows.length : 0;
  const rows = Array.from({ length: count }, (_, index) => {
    const row = document.createElement("tr");
    row.dataset.index = index;
    row.classList.toggle("shown", index === at);
    row.append(Object.assign(cell("th", index), { scope: "row" }));
    for (const side of sides) {
      const { position, taps } = model[side].rows[index];
      const reads = taps.map(({ index: tap, weight }) => `${tap}:\u00a0${number(weight)}`).join(", ");
      row.append(
        cell("td", number(position)),
        cell("td", reads, `reads ${side}`),
        cell("td", number(model[side].result[index]), `value ${side}`),
      );
    }
    if (sides.length === 2) row.append(cell("td", number(model.b.result[index] - model.a.result[index])));
    return row;
  });
  table.tBodies[0].replaceChildren(...rows);
}
