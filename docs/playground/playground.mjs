// The page: its state, its controls, and what is drawn anew when one of them changes.

import { AxisFigure, drawGraph, fillTable, number, spoken, sum, whatStays } from "./axis.mjs";
import { MADE, readFile, resultSize, show, showDifference } from "./image.mjs";
import { LIBRARIES, axisTaps, defaults, inC11, inPython, inWords, resizeImage, resizeRow } from "./libraries.mjs";
import { IMAGES, LESSONS, MOST_INPUTS, OWN, PATTERNS, fromHash, lessonState, parseValues, toHash } from "./state.mjs";
import { load } from "./swiftresample.mjs";

const $ = (id) => document.getElementById(id);
const SIDES = ["a", "b"];

let state = fromHash(location.hash);
let sr;
let tables = [];
let ownImage = null;
let imagesShown = ""; // the part of the state that they are of
let model = null; // what was computed of the state: {values, at, a, b}

const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

const option = (value, text = value, selected = false) => new Option(text, value, selected, selected);

// ---- Controls -------------------------------------------------------------------------------------------------------

/** Take a change, and draw what depends on it. */
function change(changes) {
  state = { ...state, ...changes };
  state.at = Math.min(Math.max(state.at, 0), state.out - 1);
  history.replaceState(null, "", `#${toHash(state)}`);
  render();
}

/** The controls of one side: the library, and what there is to choose in it. */
function makeSide(side) {
  const field = $(`side-${side}`);
  const chosen = state[side];
  const focused = field.contains(document.activeElement) ? document.activeElement.id : null;
  const control = (name, values, texts) => {
    const id = `${side}-${name}`;
    if (typeof values[0] === "boolean") {
      const box = element("input", { type: "checkbox", id, checked: chosen[name] });
      box.addEventListener("change", () => change({ [side]: { ...state[side], [name]: box.checked } }));
      return element("label", { className: "check" }, box, ` ${name}`);
    }
    const select = element("select", { id }, ...values.map((v, i) => option(v, texts?.[i] ?? v, v === chosen[name])));
    select.addEventListener("change", () => {
      const { value } = select;
      change({ [side]: name === "library" ? defaults(value, state[side]) : { ...state[side], [name]: value } });
    });
    const label = name === "coordinate_transformation_mode" ? "coordinates" : name;
    return element("label", {}, element("span", { textContent: label }), select);
  };
  const libraries = Object.keys(LIBRARIES);
  const choices = Object.entries(LIBRARIES[chosen.library].choices);
  // ONNX's nearest_mode does nothing in other modes.
  const read = choices.filter(([name]) => name !== "nearest_mode" || chosen.mode === "nearest");
  field.replaceChildren(
    field.querySelector("legend"),
    control("library", libraries, libraries.map((name) => LIBRARIES[name].name)),
    ...read.map(([name, values]) => control(name, values)),
  );
  if (focused) $(focused)?.focus();
}

/** Let the controls show the state. */
function showState() {
  $("in").value = state.values.length;
  $("in-shown").textContent = state.values.length;
  $("out").value = state.out;
  $("out-shown").textContent = state.out;
  $("pattern").value = state.pattern;
  if (document.activeElement !== $("values")) $("values").value = state.values.map((value) => String(value)).join(", ");
  for (const side of SIDES) makeSide(side);
  $("image").replaceChildren(...[...IMAGES, ...(ownImage ? [OWN] : [])].map((name) => option(name, name)));
  $("image").value = state.image;
  $("scale").value = state.scale;
  $("gain").value = state.gain;
  $("table").value = state.table;
  $("call-side").value = state.side;
  $("call-language").value = state.language;
  const hash = toHash(state);
  const lesson = Object.keys(LESSONS).find((name) => toHash({ ...lessonState(name), at: state.at }) === hash);
  for (const button of $("lessons").children) button.setAttribute("aria-pressed", button.textContent === lesson);
  const ownWords = "Your own setting. The address has it all: copy it to show it to others.";
  if (sr) $("lesson").textContent = lesson ? LESSONS[lesson].says : ownWords;
}

function listen() {
  $("lessons").append(
    ...Object.keys(LESSONS).map((name) => {
      const button = element("button", { type: "button", textContent: name });
      button.addEventListener("click", () => change(lessonState(name)));
      return button;
    }),
  );
  $("pattern").append(...[...Object.keys(PATTERNS), OWN].map((name) => option(name)));
  $("in").addEventListener("input", () => {
    const length = Number($("in").value);
    const { pattern, values } = state;
    const own = Array.from({ length }, (_, i) => values[i] ?? values.at(-1));
    change({ values: pattern === OWN ? own : PATTERNS[pattern](length) });
  });
  $("out").addEventListener("input", () => change({ out: Number($("out").value) }));
  $("pattern").addEventListener("change", () => {
    const pattern = $("pattern").value;
    change({ pattern, values: pattern === OWN ? state.values : PATTERNS[pattern](state.values.length) });
    if (pattern === OWN) $("values").focus();
  });
  $("values").addEventListener("input", () => {
    const values = parseValues($("values").value);
    $("values-fault").textContent = values ? "" : `Give up to ${MOST_INPUTS} numbers, separated by commas or spaces.`;
    if (values) change({ pattern: OWN, values });
  });
  $("values").addEventListener("blur", () => {
    $("values-fault").textContent = "";
    showState();
  });
  $("swap").addEventListener("click", () => change({ a: state.b, b: state.a }));
  $("image").addEventListener("change", () => change({ image: $("image").value }));
  $("scale").addEventListener("input", () => change({ scale: Number($("scale").value) }));
  $("gain").addEventListener("change", () => change({ gain: $("gain").value }));
  $("table").addEventListener("change", () => change({ table: Number($("table").value) }));
  $("call-side").addEventListener("change", () => change({ side: $("call-side").value }));
  $("call-language").addEventListener("change", () => change({ language: $("call-language").value }));
  $("controls").addEventListener("submit", (event) => event.preventDefault());
  $("file").addEventListener("change", () => takeFile($("file").files[0]));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    takeFile(event.dataTransfer.files[0]);
  });
  $("copy").addEventListener("click", copyCall);
  $("coordinates").addEventListener("pointerover", (event) => {
    const row = event.target.closest("tbody tr");
    if (row) select(Number(row.dataset.index));
  });
  addEventListener("hashchange", () => {
    state = fromHash(location.hash);
    render();
  });
  addEventListener("resize", () => render());
}

async function takeFile(file) {
  if (!file) return;
  try {
    ownImage = await readFile(file);
    imagesShown = "";
    $("image-fault").textContent = "";
    const larger = Math.max(ownImage.height, ownImage.width);
    change({ image: OWN, scale: Math.max(-4, Math.min(state.scale, Math.floor(4 * Math.log2(1024 / larger)) / 4)) });
  } catch {
    $("image-fault").textContent = `${file.name} is no image that this browser can read.`;
  }
}

async function copyCall() {
  try {
    await navigator.clipboard.writeText($("call").textContent);
    $("copied").textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren($("call"));
    $("copied").textContent = "Selected: copy it with your keyboard.";
  }
  setTimeout(() => ($("copied").textContent = ""), 2500);
}

// ---- What is computed and drawn -------------------------------------------------------------------------------------

const figure = new AxisFigure($("axis"), select);
let later = 0;

/** Show another output, and what it reads. */
function select(at) {
  if (at === state.at || !model) return;
  state.at = at;
  model.at = at;
  figure.show(at);
  showReadout();
  for (const row of $("coordinates").tBodies[0].rows) row.classList.toggle("shown", Number(row.dataset.index) === at);
  drawGraph($("graph"), model);
  clearTimeout(later);
  // Not at every step of a pointer: neither the address, which browsers let change so often, nor what is read out.
  later = setTimeout(() => {
    history.replaceState(null, "", `#${toHash(state)}`);
    const sides = SIDES.filter((side) => model[side].rows);
    $("spoken").textContent = sides.map((side) => spoken(side, at, model[side], model.values)).join(". ");
  }, 300);
}

/** What a side makes of the row: {rows, result}, or the library's words on why it does not. */
function compute(side) {
  const { values, out } = state;
  try {
    return { rows: axisTaps(sr, state[side], values.length, out), result: resizeRow(sr, state[side], values, out) };
  } catch (error) {
    return { fault: error.message };
  }
}

function render() {
  showState();
  if (!sr) return;
  model = { values: state.values, at: state.at, a: compute("a"), b: compute("b") };
  for (const side of SIDES) showLegend(side);
  figure.draw(model);
  showReadout();
  drawGraph($("graph"), model);
  fillTable($("coordinates"), model);
  showImages();
  showTable();
  showCall();
}

function showLegend(side) {
  const { rows, fault } = model[side];
  const name = element("strong", { textContent: inWords(state[side]) });
  const letter = element("span", { className: "letter", textContent: side.toUpperCase() });
  const says = element("span", { className: fault ? "error" : "stays" });
  says.textContent = fault ?? whatStays(rows, state.values.length).says;
  if (fault) says.setAttribute("role", "alert");
  $(`legend-${side}`).replaceChildren(letter, name, says);
}

function showReadout() {
  const lines = SIDES.filter((side) => model[side].rows).map((side) => {
    const { rows, result } = model[side];
    const { position, taps } = rows[state.at];
    return element(
      "p",
      { className: side },
      element("span", { className: "letter", textContent: side.toUpperCase() }),
      `output ${state.at} lies at ${number(position)}: ${sum(taps, state.values)} = `,
      element("strong", { textContent: number(result[state.at]) }),
    );
  });
  $("readout").replaceChildren(...lines);
}

/** Images take longer than all else, and do not depend on the row. */
function showImages() {
  const key = JSON.stringify([state.a, state.b, state.image, state.scale, state.gain]);
  if (key === imagesShown) return;
  imagesShown = key;
  const image = state.image === OWN ? ownImage : MADE[state.image]();
  const size = resultSize(image, state.scale);
  $("scale-shown").textContent = `${image.width}\u00d7${image.height} to ${size[1]}\u00d7${size[0]}`;
  const results = SIDES.map((side) => {
    const [canvas, caption] = [$(`image-${side}`), $(`caption-${side}`)];
    try {
      const samples = resizeImage(sr, state[side], image, size);
      show(canvas, samples, size);
      caption.textContent = `${side.toUpperCase()}: ${inWords(state[side])}`;
      canvas.setAttribute("aria-label", `The image ${state.image}, ${caption.textContent}`);
      return samples;
    } catch (error) {
      canvas.width = canvas.height = 1;
      caption.replaceChildren(element("span", { className: "error", textContent: error.message }));
      return null;
    }
  });
  const cells = $("differences").tBodies[0].rows[0].cells;
  const canvas = $("image-difference");
  if (results.includes(null)) {
    canvas.width = canvas.height = 1;
    $("caption-difference").textContent = "no difference to show";
    for (const cell of cells) cell.textContent = "";
    return;
  }
  const { largest, mean, share, factor } = showDifference(canvas, results, size, state.gain);
  const times = `the difference, ${number(Number(factor.toPrecision(2)))} times as bright`;
  $("caption-difference").textContent = largest ? times : "no difference";
  canvas.setAttribute("aria-label", `${$("caption-difference").textContent}; the table below says how large it is`);
  [largest, mean.toFixed(1), `${(100 * share).toFixed(1)} %`].forEach((text, i) => (cells[i].textContent = text));
}

function showTable() {
  const found = tables[state.table] ?? tables[0];
  if (!found) return;
  const { source, input, call, output, printed_decimals: decimals } = found;
  const options = { scaleFactor: call.scale_factor, mode: call.mode };
  if (call.align_corners !== undefined) options.alignCorners = call.align_corners;
  const tensor = { data: Float32Array.from(input.flat()), shape: [1, 1, input.length, input[0].length] };
  const { data } = sr.interpolate(tensor, options);
  const width = output[0].length;
  let agree = 0;
  const computed = output.map((row, y) =>
    row.map((documented, x) => {
      const value = data[y * width + x];
      const isEqual = Math.abs(value - documented) <= 0.5001 * 10 ** -decimals;
      agree += isEqual;
      return { textContent: number(value, decimals), className: isEqual ? "" : "wrong" };
    }),
  );
  const fill = (table, rows) =>
    table.tBodies[0].replaceChildren(
      ...rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", cell)))),
    );
  fill($("table-input"), input.map((row) => row.map((value) => ({ textContent: number(value) }))));
  fill($("table-output"), computed);
  const count = output.flat().length;
  $("table-verdict").textContent = `${agree} of ${count} numbers agree with the documentation: ${source}.`;
}

function showCall() {
  const write = state.language === "c" ? inC11 : inPython;
  $("call").textContent = write(state[state.side], state.values, state.out);
}

// ---- The start ------------------------------------------------------------------------------------------------------

listen();
showState();
try {
  sr = await load();
  tables = (await (await fetch("pytorch_tables.json")).json()).tables;
  $("table").replaceChildren(...tables.map(({ name }, index) => option(index, name)));
  render();
  document.documentElement.dataset.ready = "true"; // for tests: everything is there
} catch (error) {
  $("lesson").className = "error";
  $("lesson").setAttribute("role", "alert");
  $("lesson").textContent = `The library could not be loaded: ${error.message}`;
} finally {
  $("late").remove();
}
