/** What there is besides numbers: arguments and their refusals, memory, images, and what 32 bits cannot count. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { load } from "../../javascript/swiftresample.mjs";

const FILE = new URL("../../javascript/libresample.wasm", import.meta.url);
const sr = await load();
const count = (shape) => shape.reduce((a, b) => a * b, 1);
const floats = (shape) => ({ data: Float32Array.from({ length: count(shape) }, (_, i) => i % 251), shape });
const bytes = (shape) => ({ ...floats(shape), data: Uint8Array.from(floats(shape).data) });

/** A refusal with the library's own sentence, that leaves the library as it was. */
function refuses(call, exception, sentence) {
  assert.throws(call, (error) => {
    assert.equal(error.constructor, exception, error.stack);
    assert.match(error.message, sentence);
    return true;
  });
}

test("the module imports nothing and is no larger than it may be", async () => {
  const { gzipSync } = await import("node:zlib");
  const module = new WebAssembly.Module(readFileSync(FILE));
  assert.deepEqual(WebAssembly.Module.imports(module), []);
  const size = gzipSync(readFileSync(FILE), { level: 9 }).length;
  assert.ok(size <= 250e3, `${size} bytes`);
});

test("the module exports the functions of the header, and what gives it memory", () => {
  const header = readFileSync(new URL("../../include/swiftresample.h", import.meta.url), "utf8");
  const functions = [...header.matchAll(/^[a-z].*?\b(rsmp_\w+)\(/gm)].map(([, name]) => name);
  const exported = WebAssembly.Module.exports(new WebAssembly.Module(readFileSync(FILE))).map(({ name }) => name);
  assert.deepEqual(exported.sort(), [...functions, "_initialize", "free", "malloc", "memory"].sort());
});

test("it is loaded from bytes and from a module", async () => {
  for (const source of [readFileSync(FILE), new WebAssembly.Module(readFileSync(FILE)), FILE.href]) {
    assert.equal((await load(source)).version, sr.version);
  }
});

test("refusals have the library's sentences", () => {
  const x = floats([1, 1, 2, 2]);
  refuses(() => sr.interpolate(x, { size: [4] }), RangeError, /size must have 2 entries for a 4-D input, got 1/);
  refuses(() => sr.interpolate(x, { size: 4, mode: "trilinear" }), RangeError, /./);
  refuses(() => sr.interpolate(x, { size: 0 }), RangeError, /./);
  refuses(() => sr.interpolate(x, {}), RangeError, /size/);
  refuses(() => sr.interpolate(x, { scaleFactor: NaN }), RangeError, /scale_factor/);
  refuses(() => sr.interpolate(x, { size: 4, mode: "nearest", alignCorners: true }), RangeError, /align_corners/);
  const labels = { data: BigInt64Array.of(1n, 2n, 3n, 4n), shape: [1, 1, 2, 2] };
  refuses(() => sr.interpolate(labels, { size: 4, mode: "bilinear" }), TypeError, /int64/);
  refuses(() => sr.gridSample(x, { ...floats([1, 2, 2, 3]) }), RangeError, /./);
});

test("arguments of the wrong type are refused", () => {
  const x = floats([1, 1, 2, 2]);
  refuses(() => sr.interpolate(x, { size: 2.5 }), TypeError, /size must be an integer, got 2.5/);
  refuses(() => sr.interpolate(x, { size: "4" }), TypeError, /size must be an array/);
  refuses(() => sr.interpolate(x, { size: 4, mode: "cubic" }), RangeError, /mode must be one of/);
  refuses(() => sr.interpolate(x, { size: 4, antialias: 1 }), TypeError, /antialias must be true or false/);
  refuses(() => sr.interpolate(x, { sizes: 4 }), TypeError, /there is no option sizes/);
  refuses(() => sr.interpolate({ data: [1, 2, 3, 4], shape: [1, 1, 2, 2] }, { size: 4 }), TypeError, /typed array/);
  refuses(() => sr.interpolate({ ...x, dtype: "float16" }, { size: 4 }), TypeError, /Uint16Array/);
  refuses(() => sr.interpolate({ ...x, shape: [1, 1, 2, 3] }, { size: 4 }), RangeError, /must have 6 samples, got 4/);
  refuses(() => sr.interpolate({ ...x, shape: [1, 1, -2, -2] }, { size: 4 }), RangeError, /negative/);
  refuses(() => sr.interpolate({ ...x, strides: [4, 4, 2, 2] }, { size: 4 }), RangeError, /samples, got 4/);
});

test("what 32 bits cannot count is refused, and nothing traps", () => {
  const x = floats([1, 1, 2, 2]);
  const sizes = [28, 29, 30, 31, 32, 52].flatMap((bits) => [2 ** bits - 1, 2 ** bits, 2 ** bits + 4]);
  for (const size of sizes) {
    const pictures = [bytes([2, 2]), bytes([2, 2, 3])];
    const corner = { anchor: "at", canvasHeight: 2, canvasWidth: 2 };
    const calls = [
      ...["nearest", "bilinear", "bicubic", "area"].flatMap((mode) => [
        () => sr.interpolate(x, { size: [size, 1], mode }),
        () => sr.interpolate(x, { size: [1, size], mode }),
        () => sr.interpolate(x, { size, mode }),
        () => sr.interpolate(x, { scaleFactor: size, mode }),
        () => sr.logitsToLabels(x, { size: [size, 2], mode: "bilinear" }),
      ]),
      () => sr.interpolate(x, { size, mode: "bicubic", antialias: true, region: [[size - 4, size], undefined] }),
      () => sr.interpolateBackward(x, [1, 1, size, size], { size: 2, mode: "bilinear" }),
      () => sr.axisTaps(size, size, { mode: "linear" }),
      () => sr.axisTaps(2, size, { mode: "lanczos", antialias: true }),
      () => sr.axisTaps(size, 1, { mode: "lanczos", antialias: true }),
      () => sr.onnx.resize(x, { sizes: [1, 1, size, size], mode: "cubic" }),
      () => sr.onnx.resize(x, { scales: [1, 1, size, 1], mode: "linear" }),
      ...pictures.flatMap((picture) => [
        () => sr.pillow.resize(picture, { size: [size, size] }),
        () => sr.pillow.resize(picture, { size: [size, 1], reducingGap: 1.5 }),
        () => sr.opencv.resize(picture, { dsize: [size, 1] }),
        () => sr.opencv.resize(picture, { dsize: [size, size], interpolation: "area" }),
        () => sr.opencv.resize(picture, { fx: size, fy: 1 }),
        () => sr.jax.resize(picture, { shape: picture.shape.map(() => size), method: "cubic" }),
      ]),
      () => sr.tensorflow.resize(bytes([2, 2, 3]), { size: [size, size], preserveAspectRatio: true }),
      () => sr.pixelShuffle(x, size),
      () => sr.pixelUnshuffle(x, size),
      () => sr.affineGrid(floats([1, 2, 3]), [1, 1, size, size]),
      () => sr.carafe(x, x, { kernelSize: size, scaleFactor: size }),
      ...["stride", "padding", "outputPadding", "dilation", "groups"].map(
        (name) => () => sr.convTranspose2d(x, floats([1, 1, 3, 3]), { [name]: size }),
      ),
      () => new sr.Preprocess({ resize: "shortest_edge", shortestEdge: size }).placement(2, 2 ** 20),
      () => new sr.Preprocess({ resize: "longest_edge", longestEdge: 2 ** 20 }).placement(2, size),
      () => new sr.Preprocess({ resize: "exact", height: size, width: size }).run(bytes([2, 2, 3])),
      () => new sr.Preprocess({ canvas: "crop", ...corner, top: size, left: -size }).run(bytes([2, 2, 3])),
    ];
    for (const call of calls) {
      try {
        call();
      } catch (error) {
        assert.ok([RangeError, TypeError].includes(error.constructor), `${call} with ${size}: ${error.stack}`);
        assert.ok(error.message.length > 10, error.message);
      }
    }
  }
  assert.deepEqual(Array.from(sr.interpolate(x, { size: 1, mode: "bilinear" }).data), [1.5]);
});

test("every allocation may fail", async () => {
  const module = new WebAssembly.Module(readFileSync(FILE));
  const x = floats([1, 2, 9, 9]);
  const picture = { data: new Uint8Array(27), shape: [3, 3, 3] };
  const calls = [
    (sr) => sr.interpolate(x, { size: [90, 90], mode: "bicubic", antialias: true }),
    (sr) => sr.interpolateBackward(x, [1, 2, 5, 5], { size: [9, 9], mode: "bilinear" }),
    (sr) => sr.axisTaps(9, 300, { mode: "lanczos", antialias: true }),
    (sr) => sr.pillow.resize(picture, { size: [90, 90], reducingGap: 2 }),
    (sr) => sr.opencv.resize(picture, { dsize: [90, 90], interpolation: "area" }),
    (sr) => sr.convTranspose2d(x, floats([2, 3, 3, 3]), { stride: 2 }),
    (sr) => sr.gridSampleBackward(floats([1, 2, 4, 4]), x, floats([1, 4, 4, 2]), {}),
    (sr) => sr.carafe(x, floats([1, 9, 18, 18]), { kernelSize: 3, scaleFactor: 2 }),
    (sr) => new sr.Preprocess({ resize: "exact", height: 50, width: 50 }).run([picture]),
    (sr) => sr.logitsToLabels(x, { size: [200, 200], mode: "bilinear" }),
  ];
  const MOST_PAGES = 2 ** 15;
  let refused = 0;
  for (const call of calls) {
    for (let left = 0; ; left++) {
      const instance = await WebAssembly.instantiate(module);
      const library = await load(instance);
      // The host takes all of the memory but some pages, which last for one allocation more each time.
      const { memory } = instance.exports;
      memory.grow(MOST_PAGES - memory.buffer.byteLength / 2 ** 16 - left);
      try {
        call(library);
        break;
      } catch (error) {
        assert.equal(error.constructor, RangeError, error.stack);
        assert.match(error.message, /memory/);
        refused++;
      }
    }
  }
  assert.ok(refused > 50, `${refused}`);
});

test("memory is freed", () => {
  const x = floats([1, 3, 16, 16]);
  const picture = { data: new Uint8ClampedArray(16 * 16 * 4), width: 16, height: 16 };
  const everything = () => {
    sr.interpolate(x, { size: [20, 20], mode: "bicubic", antialias: true });
    sr.axisTaps(16, 20);
    sr.pillow.resize(picture, { size: [5, 5] });
    sr.pixelShuffle(floats([1, 4, 3, 3]), 2);
    assert.throws(() => sr.interpolate(x, { size: [0, 20] }));
    const preprocess = new sr.Preprocess({ resize: "exact", height: 8, width: 8 });
    preprocess.run([picture, picture]);
    preprocess.destroy();
  };
  for (let i = 0; i < 100; i++) everything();
  const before = sr.memoryBytes;
  for (let i = 0; i < 2000; i++) everything(); // 12,000 calls
  assert.equal(sr.memoryBytes, before);
});

test("ImageData goes in and comes out", () => {
  const [width, height] = [6, 4];
  const data = Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => (37 * i) % 256);
  const given = { size: [7, 9], mode: "bilinear", antialias: true };
  const resized = sr.interpolate({ data, width, height }, given);
  assert.deepEqual([resized.width, resized.height, resized.data.constructor], [9, 7, Uint8ClampedArray]);
  // The same as of planes.
  const planes = Uint8Array.from(data, (_, i) => data[4 * (i % (width * height)) + Math.floor(i / (width * height))]);
  const expected = sr.interpolate({ data: planes, shape: [1, 4, height, width] }, given);
  const apart = Array.from(resized.data, (_, i) => resized.data[4 * (i % 63) + Math.floor(i / 63)]);
  assert.deepEqual(apart, Array.from(expected.data));
  const pillow = sr.pillow.resize({ data, width, height }, { size: [3, 2] });
  assert.deepEqual([pillow.width, pillow.height, pillow.data.length], [3, 2, 24]);
  const pixels = { data: Uint8Array.from(data), shape: [height, width, 4] };
  assert.deepEqual(Array.from(pillow.data), Array.from(sr.pillow.resize(pixels, { size: [3, 2] }).data));
  const options = { convention: "pillow", mode: "bilinear", antialias: true, resize: "exact", height: 3, width: 3 };
  const batch = new sr.Preprocess(options).run([{ data, width, height }]);
  assert.deepEqual(batch.shape, [1, 3, 3, 3]);
});

test("a region has the bits of the whole, and strides are read", () => {
  const x = floats([1, 1, 9, 7]);
  const given = { size: [20, 22], mode: "bicubic", alignCorners: false };
  const whole = sr.interpolate(x, given);
  const part = sr.interpolate(x, { ...given, region: [[3, 5], [4, 22]] });
  assert.deepEqual(part.shape, [1, 1, 2, 18]);
  const row = (y) => whole.data.slice(22 * y + 4, 22 * (y + 1));
  assert.deepEqual(part.data, Float32Array.from([...row(3), ...row(4)]));
  const columns = { ...x, shape: [1, 1, 7, 9], strides: [63, 63, 1, 7] };
  const transposed = sr.interpolate(columns, { size: [7, 9], mode: "nearest" });
  assert.deepEqual(transposed.data, x.data.map((_, i) => x.data[7 * (i % 9) + Math.floor(i / 9)]));
});

test("the taps of every convention", () => {
  // ONNX's are all within the axis, whose end PyTorch reads twice.
  const dense = ({ indices, weights, tapCount }) => {
    const matrix = new Float32Array(2 * 4);
    weights.forEach((weight, entry) => (matrix[2 * Math.floor(entry / tapCount) + indices[entry]] += weight));
    return matrix;
  };
  const aligned = sr.onnx.axisTaps(2, 4, { mode: "linear", coordinateTransformationMode: "align_corners" });
  const difference = dense(aligned).map((weight, i) => weight - dense(sr.axisTaps(2, 4, { alignCorners: true }))[i]);
  assert.ok(difference.every((value) => Math.abs(value) < 1e-6), `${difference}`);
  for (const found of [
    sr.pillow.axisTaps(8, 3, { resample: "bilinear" }),
    sr.opencv.axisTaps(8, 3, { interpolation: "linear" }),
    sr.tensorflow.axisTaps(8, 3, { method: "bilinear", antialias: true }),
    sr.jax.axisTaps(8, 3, { method: "linear" }),
  ]) {
    assert.equal(found.coordinates.length, 3);
    assert.equal(found.weights.length, 3 * found.tapCount);
    for (let entry = 0; entry < found.weights.length; entry += found.tapCount) {
      const sum = found.weights.slice(entry, entry + found.tapCount).reduce((a, b) => a + b);
      assert.ok(Math.abs(sum - 1) < 1e-6, `${sum}`);
    }
  }
});

test("a result goes where the caller wants it", () => {
  const x = floats([1, 1, 1, 2]);
  const out = new Float32Array(4);
  assert.equal(sr.interpolate(x, { size: [1, 4], mode: "bilinear", out }).data, out);
  assert.deepEqual(out, Float32Array.of(0, 0.25, 0.75, 1));
  refuses(() => sr.interpolate(x, { size: [1, 5], mode: "bilinear", out }), RangeError, /out must be a Float32Array of 5/);
});

test("labels are the greatest channels", () => {
  const data = Float32Array.of(0, 1, 2, 3, 3, 2, 1, 0);
  const labels = sr.logitsToLabels({ data, shape: [1, 2, 2, 2] }, { size: [2, 2], mode: "bilinear" });
  assert.deepEqual(labels, { data: Uint8Array.of(1, 1, 0, 0), dtype: "uint8", shape: [1, 2, 2] });
});
