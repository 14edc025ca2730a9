// What is chosen on the page, and how it is written into the address.

import { LIBRARIES, defaults } from "./libraries.mjs";

export const MOST_INPUTS = 16;
export const MOST_OUTPUTS = 32;

const round = (value) => Number(value.toFixed(2));

/** Samples by name and number of them. */
export const PATTERNS = {
  ramp: (n) => Array.from({ length: n }, (_, i) => i + 1),
  step: (n) => Array.from({ length: n }, (_, i) => (2 * i < n ? 0 : 1)),
  stripes: (n) => Array.from({ length: n }, (_, i) => (i % 4 === 1 || i % 4 === 2 ? 1 : 0)),
  impulse: (n) => Array.from({ length: n }, (_, i) => (i === n >> 1 ? 1 : 0)),
  wave: (n) => Array.from({ length: n }, (_, i) => round(Math.sin((Math.PI * (i + 0.5)) / 2) + i / 8)),
};
export const OWN = "own";

export const IMAGES = ["letter", "rings"];
export const GAINS = ["auto", "1", "4", "16", "64"];

/** What a newcomer sees. */
export function initial() {
  return {
    pattern: "ramp",
    values: PATTERNS.ramp(4),
    out: 8,
    at: 2,
    a: defaults("pytorch"),
    b: { ...defaults("pytorch"), align_corners: true },
    image: "letter",
    scale: 3,
    gain: "auto",
    table: 1,
    side: "a",
    language: "python",
  };
}

/** Settings to learn from: what is chosen in them, and what there is to see. */
export const LESSONS = {
  align_corners: {
    says:
      "Four samples become eight. False keeps the edges of the image, True the centres of its corner samples: the " +
      "others lie elsewhere, and have other values.",
    change: () => ({}),
  },
  "align_corners, shrinking": {
    says:
      "Eight become four. With False each output lies in the middle of two inputs. With True the first and last are " +
      "copies.",
    change: () => ({ values: PATTERNS.ramp(8), out: 4, at: 1, image: "rings", scale: -1 }),
  },
  antialias: {
    says:
      "Sixteen become four. Without antialias an output reads two samples, and the other eight, here all that are 0, " +
      "are never seen. With it the filter is as wide as what an output stands for.",
    change: () => ({
      pattern: "stripes",
      values: PATTERNS.stripes(16),
      out: 4,
      at: 1,
      b: { ...defaults("pytorch"), antialias: true },
      image: "rings",
      scale: -2,
    }),
  },
  nearest: {
    says:
      "PyTorch's nearest takes the sample where an output begins, nearest-exact the one where its centre lies: the " +
      "first moves the image.",
    change: () => ({
      values: PATTERNS.ramp(8),
      out: 3,
      at: 1,
      a: { ...defaults("pytorch"), mode: "nearest" },
      b: { ...defaults("pytorch"), mode: "nearest-exact" },
      image: "letter",
      scale: -0.5,
    }),
  },
  "bicubic elsewhere": {
    says:
      "Bicubic in PyTorch and in Pillow: the same places, another curve. PyTorch's coefficient is -0.75, Pillow's " +
      "-0.5: look at the weights.",
    change: () => ({
      pattern: "step",
      values: PATTERNS.step(6),
      out: 12,
      at: 5,
      a: { ...defaults("pytorch"), mode: "bicubic" },
      b: { ...defaults("pillow"), resample: "bicubic" },
      image: "letter",
      scale: 2,
    }),
  },
  "TensorFlow 1": {
    says:
      "TensorFlow 2 has half-pixel centres, as PyTorch. TensorFlow 1 began at the first sample (legacy), which moves " +
      "the image by up to half a sample; graphs of it are still around.",
    change: () => ({ a: defaults("tensorflow"), b: { ...defaults("tensorflow"), coordinates: "legacy" } }),
  },
};

/** The state of a lesson. */
export const lessonState = (name) => ({ ...initial(), ...LESSONS[name].change() });

/** Numbers of a text, or null if there are none, too many, or other things between them. */
export function parseValues(text) {
  const words = text.split(/[\s,;]+/).filter(Boolean);
  const values = words.map(Number);
  return words.length > 0 && words.length <= MOST_INPUTS && values.every(Number.isFinite) ? values : null;
}

/** The state as the part of the address after #; what is as at first is left out. */
export function toHash(state) {
  const written = new URLSearchParams();
  const first = initial();
  const { pattern, values } = state;
  if (pattern === OWN) written.set("values", values.join(","));
  else if (pattern !== first.pattern || values.length !== first.values.length) {
    written.set("samples", `${pattern},${values.length}`);
  }
  for (const side of ["a", "b"]) {
    const chosen = state[side];
    for (const name of ["library", ...Object.keys(LIBRARIES[chosen.library].choices)]) {
      if (chosen[name] !== first[side][name]) written.set(`${side}.${name}`, chosen[name]);
    }
  }
  for (const name of ["out", "at", "image", "scale", "gain", "table", "side", "language"]) {
    if (state[name] !== first[name]) written.set(name, state[name]);
  }
  if (state.image === OWN) written.delete("image");
  return written.toString().replaceAll("%2C", ",");
}

const integer = (text, low, high, otherwise) => {
  const value = Number(text);
  return text !== null && Number.isInteger(value) ? Math.min(Math.max(value, low), high) : otherwise;
};

/** The state of an address; what it does not say, or what there is not, is as at first. */
export function fromHash(hash) {
  const read = new URLSearchParams(hash.replace(/^#/, ""));
  const state = initial();
  const [pattern, length] = (read.get("samples") ?? "").split(",");
  const own = parseValues(read.get("values") ?? "");
  if (own) Object.assign(state, { pattern: OWN, values: own });
  else if (Object.hasOwn(PATTERNS, pattern)) {
    Object.assign(state, { pattern, values: PATTERNS[pattern](integer(length ?? null, 1, MOST_INPUTS, 4)) });
  }
  for (const side of ["a", "b"]) {
    const library = read.get(`${side}.library`) ?? state[side].library;
    if (!Object.hasOwn(LIBRARIES, library)) continue;
    if (library !== state[side].library) state[side] = defaults(library);
    for (const [name, values] of Object.entries(LIBRARIES[library].choices)) {
      state[side][name] = values.find((value) => String(value) === read.get(`${side}.${name}`)) ?? state[side][name];
    }
  }
  const among = (name, values) => {
    if (values.includes(read.get(name))) state[name] = read.get(name);
  };
  among("image", IMAGES);
  among("gain", GAINS);
  among("side", ["a", "b"]);
  among("language", ["python", "c"]);
  state.out = integer(read.get("out"), 1, MOST_OUTPUTS, state.out);
  state.at = Math.min(integer(read.get("at"), 0, MOST_OUTPUTS - 1, state.at), state.out - 1);
  state.table = integer(read.get("table"), 0, 100, state.table);
  const scale = Number(read.get("scale") ?? state.scale);
  if (scale >= -4 && scale <= 4) state.scale = scale;
  return state;
}
