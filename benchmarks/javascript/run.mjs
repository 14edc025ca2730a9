/**
 * The library in Node beside plain loops of JavaScript, and beside the native library on one thread with its baseline,
 * which has vectors of the same 16 bytes: make bench-javascript.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { load } from "../../javascript/swiftresample.mjs";

const sr = await load();
const CHECKOUT = fileURLToPath(new URL("../../", import.meta.url));
const PYTHON = existsSync(`${CHECKOUT}.venv/bin/python`) ? `${CHECKOUT}.venv/bin/python` : "python3";

/** The least time of many calls on a processor, in milliseconds: what else runs there does not count. */
function best(call, seconds = 2) {
  let least = Infinity;
  for (const end = performance.now() + 1000 * seconds; performance.now() < end; ) {
    const start = process.cpuUsage();
    call();
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

/** Samples like a photograph's: slow changes, and noise. */
const photograph = (channels, height, width) =>
  Uint8Array.from({ length: channels * height * width }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width) % height];
    return 128 + 80 * Math.sin(x / 37) * Math.cos(y / 23) + ((i * 2654435761) % 41);
  });

/** Bilinear x2 of planes, as one writes it. */
function bilinearTwice({ data, shape: [batch, channels, height, width] }) {
  const output = new Float32Array(4 * data.length);
  for (let plane = 0; plane < batch * channels; plane++) {
    for (let y = 0; y < 2 * height; y++) {
      const v = Math.max(0, (y + 0.5) / 2 - 0.5);
      const y0 = Math.floor(v);
      const above = (plane * height + y0) * width;
      const below = (plane * height + Math.min(y0 + 1, height - 1)) * width;
      for (let x = 0; x < 2 * width; x++) {
        const u = Math.max(0, (x + 0.5) / 2 - 0.5);
        const x0 = Math.floor(u);
        const x1 = Math.min(x0 + 1, width - 1);
        const top = data[above + x0] * (x0 + 1 - u) + data[above + x1] * (u - x0);
        const bottom = data[below + x0] * (x0 + 1 - u) + data[below + x1] * (u - x0);
        output[(plane * 2 * height + y) * 2 * width + x] = top * (y0 + 1 - v) + bottom * (v - y0);
      }
    }
  }
  return output;
}

const cubic = (x) => (x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0);

/** The taps of an axis that shrinks, with the filter stretched over what an output sample covers. */
function taps(from, to) {
  const scale = from / to;
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.round(centre - 2 * scale));
    const weights = [];
    const end = Math.min(from, Math.round(centre + 2 * scale));
    for (let k = first; k < end; k++) weights.push(cubic(Math.abs(k + 0.5 - centre) / scale));
    const sum = weights.reduce((a, b) => a + b);
    return { first, weights: Float64Array.from(weights, (weight) => weight / sum) };
  });
}

/** Antialiased bicubic of planes of bytes, rows and then columns, as one writes it. */
function bicubicSmaller({ data, shape: [, channels, height, width] }, [rows, columns]) {
  const [across, down] = [taps(width, columns), taps(height, rows)];
  const between = new Float32Array(channels * height * columns);
  for (let row = 0; row < channels * height; row++) {
    for (let x = 0; x < columns; x++) {
      const { first, weights } = across[x];
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * data[row * width + first + k];
      between[row * columns + x] = sum;
    }
  }
  const output = new Uint8ClampedArray(channels * rows * columns);
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < rows; y++) {
      const { first, weights } = down[y];
      for (let x = 0; x < columns; x++) {
        let sum = 0;
        let place = (channel * height + first) * columns + x;
        for (let k = 0; k < weights.length; k++, place += columns) sum += weights[k] * between[place];
        output[(channel * rows + y) * columns + x] = sum;
      }
    }
  }
  return output;
}

const photo = { data: photograph(3, 768, 1024), shape: [1, 3, 768, 1024] };
const features = { data: Float32Array.from(photograph(8, 128, 128)), shape: [1, 8, 128, 128] };
const out = new Float32Array(8 * 256 * 256); // as the native library keeps memory of results that are gone
const CASES = [
  {
    name: "bilinear x2, float32 1x8x128x128",
    from: features,
    ours: () => sr.interpolate(features, { scaleFactor: 2, mode: "bilinear", out }),
    plain: () => bilinearTwice(features),
    input: "np.zeros((1, 8, 128, 128), np.float32)",
    python: 'scale_factor=2, mode="bilinear"',
  },
  {
    name: "bilinear, antialiased, of a photograph, uint8 1x3x768x1024 to 224x224",
    from: photo,
    ours: () => sr.interpolate(photo, { size: [224, 224], mode: "bilinear", antialias: true }),
    input: "np.zeros((1, 3, 768, 1024), np.uint8)",
    python: 'size=(224, 224), mode="bilinear", antialias=True',
  },
  {
    name: "bilinear x2 of a photograph, uint8 1x3x768x1024",
    from: photo,
    ours: () => sr.interpolate(photo, { scaleFactor: 2, mode: "bilinear" }),
    input: "np.zeros((1, 3, 768, 1024), np.uint8)",
    python: 'scale_factor=2, mode="bilinear"',
  },
  {
    name: "bicubic, antialiased, of a photograph, uint8 1x3x768x1024 to 224x224",
    from: photo,
    ours: () => sr.interpolate(photo, { size: [224, 224], mode: "bicubic", antialias: true }),
    plain: () => bicubicSmaller(photo, [224, 224]),
    input: "np.zeros((1, 3, 768, 1024), np.uint8)",
    python: 'size=(224, 224), mode="bicubic", antialias=True',
  },
];

/** The least time of the native library, in milliseconds. */
function native({ input, python }) {
  const program = `
import time, numpy as np, swiftresample as sr
sr.set_num_threads(1)
x, least, end = ${input}, 1e9, time.perf_counter() + 2
while time.perf_counter() < end:
    start = time.process_time()
    sr.interpolate(x, ${python})
    least = min(least, time.process_time() - start)
print(1000 * least)`;
  const environment = { ...process.env, RESAMPLE_INSTRUCTION_SET: "baseline", PYTHONPATH: `${CHECKOUT}python` };
  const done = spawnSync(PYTHON, ["-c", program], { env: environment, encoding: "utf8" });
  if (done.status !== 0) console.log(`SKIPPED, the native library: ${done.stderr.trim().split("\n").at(-1)}`);
  return Number(done.stdout);
}

/** The least time of copying the input into the module, and the result out of it. */
function copies({ from, ours }) {
  const [input, result] = [from, ours()].map(({ data }) => new Uint8Array(data.buffer));
  const memory = new Uint8Array(input.length + result.length);
  return best(() => {
    memory.set(input);
    result.set(memory.subarray(input.length));
  });
}

console.log("milliseconds, the least of many calls; the native library on one thread, with its baseline");
for (const one of CASES) {
  // In turn, because a machine's clock changes.
  const [ours, plain, theirs] = [best(one.ours), one.plain && best(one.plain), native(one)];
  console.log(one.name);
  console.log(`  here ${ours.toFixed(2)}, of which ${copies(one).toFixed(2)} copy samples into the module and out of it`);
  if (plain) console.log(`  plain JavaScript ${plain.toFixed(2)}, ${(plain / ours).toFixed(1)} times as long`);
  if (theirs > 0) console.log(`  native ${theirs.toFixed(2)}; here it takes ${(ours / theirs).toFixed(2)} times as long`);
}
