/** The library against golden vectors of PyTorch, ONNX, Pillow, OpenCV, TensorFlow and JAX: Tests/golden. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { load } from "../../javascript/swiftresample.mjs";
import { allowed, assertNear, assertSame, largest, numbers } from "./comparison.mjs";
import { readArchive } from "./npz.mjs";

const GOLDEN = new URL("../golden/", import.meta.url);
const sr = await load();

const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
/** Python's keyword arguments as options: none is undefined. */
const options = (keywords) =>
  Object.fromEntries(Object.entries(keywords).map(([name, value]) => [camel(name), value ?? undefined]));
const calls = (archive) => JSON.parse(archive.metadata ?? archive.cases);
/** The array in its own dtype; bfloat16 is stored as its bits. */
const restored = (array, dtype) => (dtype === "bfloat16" ? { ...array, dtype } : array);
const archives = (folder) =>
  readdirSync(new URL(folder, GOLDEN))
    .filter((name) => name.endsWith(".npz"))
    .map((name) => [name.replace(".npz", ""), readArchive(new URL(folder + name, GOLDEN))]);

/** What a run has to have compared, so that none is left out silently. */
function comparisons(atLeast) {
  let count = 0;
  return { add: () => count++, end: () => assert.ok(count >= atLeast, `only ${count} of ${atLeast} were compared`) };
}

test("the tables that PyTorch prints", () => {
  const { tables, coordinates } = JSON.parse(readFileSync(new URL("pytorch_tables.json", GOLDEN)));
  for (const { name, input, call, output, printed_decimals: decimals } of tables) {
    for (const array of [Float32Array, Float64Array]) {
      const x = { data: array.from(input.flat()), shape: [1, 1, input.length, input[0].length] };
      const y = sr.interpolate(x, options(call));
      // Adding 0 turns the -0 of a rounded negative into 0.
      assert.deepEqual(Array.from(y.data, (value) => Number(value.toFixed(decimals)) + 0), output.flat(), name);
      assert.deepEqual(y.shape, [1, 1, output.length, output[0].length], name);
    }
  }
  for (const table of coordinates) {
    const given = { mode: "linear", alignCorners: table.align_corners, dtype: "float64" };
    const taps = sr.axisTaps(table.input_length, table.output_length, given);
    assert.deepEqual(Array.from(taps.coordinates), table.coordinates, table.name);
  }
});

test("interpolate", () => {
  const compared = comparisons(2000);
  for (const [mode, archive] of archives("./")) {
    for (const { dtype, input, output, options: keywords } of calls(archive).calls) {
      const [x, expected] = [restored(archive[input], dtype), restored(archive[output], dtype)];
      if (expected.bytes !== undefined) continue; // complex numbers, for which JavaScript has no array
      const what = `${mode} ${dtype} ${JSON.stringify(keywords)}`;
      const actual = sr.interpolate(x, options(keywords));
      const isExact = mode.startsWith("nearest") || (dtype === "uint8" && mode !== "area");
      if (isExact) assertSame(actual, expected, what);
      else assertNear(actual, expected, allowed(dtype, x, expected), what);
      compared.add();
    }
  }
  compared.end();
});


function operator(name, [first, second, third], { size, align_corners: alignCorners, ...keywords }) {
  if (name.startsWith("conv")) return sr[camel(name)](first, second, { ...options(keywords), bias: third });
  if (name === "grid_sample") return sr.gridSample(first, second, { ...options(keywords), alignCorners });
  if (name === "affine_grid") return sr.affineGrid(first, size, { alignCorners });
  if (name === "pixel_shuffle") return sr.pixelShuffle(first, keywords.upscale_factor);
  assert.equal(name, "pixel_unshuffle");
  return sr.pixelUnshuffle(first, keywords.downscale_factor);
}

/** Sums of products, in which PyTorch rounds otherwise, relative to what is summed: docs/exactness.md. */
const ROUNDED = { float32: 2e-5, float64: 1e-12, float16: 2e-2, bfloat16: 1.6e-1 };

test("the operators beside interpolate", () => {
  const compared = comparisons(250);
  for (const [, archive] of archives("neighbours/")) {
    for (const { operator: name, dtype, inputs, output, options: keywords } of calls(archive).calls) {
      const what = `${name} ${dtype} ${JSON.stringify(keywords)}`;
      const expected = restored(archive[output], dtype);
      // Complex, or of more axes than the header has.
      if (expected.bytes !== undefined || expected.shape.length > 8) continue;
      const actual = operator(name, inputs.map((input) => restored(archive[input], dtype)), keywords);
      if (dtype in ROUNDED && !name.startsWith("pixel")) {
        assertNear(actual, expected, ROUNDED[dtype] * Math.max(1, largest(numbers(expected))), what);
      } else assertSame(actual, expected, what);
      compared.add();
    }
  }
  compared.end();
});

function gradients(name, inputs, { input_size: inputSize, ...keywords }) {
  const given = options(keywords);
  if (name === "interpolate") return [sr.interpolateBackward(inputs[0], inputSize, given)];
  if (name === "grid_sample") {
    const { gradInput, gradGrid } = sr.gridSampleBackward(...inputs, given);
    return [gradInput, gradGrid];
  }
  const { gradInput, gradWeight, gradBias } = sr.convTransposeBackward(...inputs, given);
  return [gradInput, gradWeight, gradBias];
}

test("gradients", () => {
  const compared = comparisons(200);
  for (const [, archive] of archives("gradients/")) {
    for (const { operator: name, dtype, inputs, results, options: keywords } of calls(archive).calls) {
      const what = `${name} ${dtype} ${JSON.stringify(keywords)}`;
      const found = gradients(name, inputs.map((input) => restored(archive[input], dtype)), keywords);
      results.forEach((result, index) => {
        if (result === null) return;
        const expected = restored(archive[result], dtype);
        const actual = { ...found[index], shape: expected.shape }; // PyTorch's bias is a vector as well
        assertNear(actual, expected, ROUNDED[dtype] * Math.max(1, largest(numbers(expected))), what);
      });
      compared.add();
    }
  }
  compared.end();
});

// ---- Conventions ----

const FLAGS = ["antialias", "exclude_outside"];

test("ONNX's conformance data of Resize", () => {
  const compared = comparisons(39);
  const archive = readArchive(new URL("onnx/Resize.npz", GOLDEN));
  for (const { name, inputs, attributes, output } of calls(archive).calls) {
    const [x, roi, scales, sizes] = inputs.map((input) => (input === null ? undefined : archive[input]));
    const values = (array) => (array === undefined || array.data.length === 0 ? undefined : Array.from(array.data));
    const given = options(attributes);
    for (const flag of FLAGS) if (flag in attributes) given[camel(flag)] = attributes[flag] !== 0;
    const actual = sr.onnx.resize(x, { ...given, roi: values(roi), scales: values(scales), sizes: values(sizes) });
    assertNear(actual, archive[output], 1e-5, name, 1e-5);
    compared.add();
  }
  compared.end();
});

/** ONNX's operators by those here: the result of a case, or undefined where ONNX asks for more than they do. */
const ONNX_OPERATORS = {
  Upsample: ([x, scales], { mode }) => {
    const given = { coordinateTransformationMode: "asymmetric", nearestMode: "floor", scales: Array.from(scales.data) };
    return sr.onnx.resize(x, { ...given, mode });
  },
  GridSample: ([x, grid], { mode = "linear", padding_mode: paddingMode, align_corners: alignCorners = 0 }) => {
    const named = { linear: "bilinear", cubic: "bicubic", nearest: "nearest" }[mode];
    return sr.gridSample(x, grid, { mode: named, paddingMode, alignCorners: alignCorners === 1 });
  },
  AffineGrid: ([theta, size], { align_corners: alignCorners }) =>
    sr.affineGrid(theta, Array.from(size.data, Number), { alignCorners: alignCorners === 1 }),
  ConvTranspose: ([x, weight], { strides, dilations, group, pads, output_padding: outputPadding, ...others }) => {
    if ("output_shape" in others || "auto_pad" in others) return undefined;
    const given = { stride: strides, dilation: dilations, groups: group, padding: pads?.slice(0, 2), outputPadding };
    return sr[`convTranspose${x.shape.length - 2}d`](x, weight, given);
  },
  DepthToSpace: ([x], { blocksize, mode }) => (mode === "CRD" ? sr.pixelShuffle(x, blocksize) : undefined),
  SpaceToDepth: ([x], { blocksize, mode }) => (mode === "CRD" ? sr.pixelUnshuffle(x, blocksize) : undefined),
};

test("ONNX's conformance data of other operators", () => {
  const compared = comparisons(33);
  for (const [operator, call] of Object.entries(ONNX_OPERATORS)) {
    const archive = readArchive(new URL(`onnx/${operator}.npz`, GOLDEN));
    for (const { name, inputs, attributes, output } of calls(archive).calls) {
      const actual = call(inputs.map((input) => archive[input]), attributes);
      if (actual === undefined) continue;
      // GridSample's data have four decimals.
      assertNear(actual, archive[output], operator === "GridSample" ? 1e-4 : 1e-5, name, 1e-5);
      compared.add();
    }
  }
  compared.end();
});

const index = (number) => String(number).padStart(3, "0");

test("Pillow", () => {
  const compared = comparisons(100);
  const archive = readArchive(new URL("conventions/pillow.npz", GOLDEN));
  calls(archive).forEach((call, number) => {
    const [x, expected] = [archive[`in_${index(number)}`], archive[`out_${index(number)}`]];
    const release = call.version;
    const hasAlpha = ["LA", "RGBA"].includes(call.mode);
    if (call.function === "reduce") {
      if (release.split(".")[0] < 13) return; // an option of resize alone
      const { factor, box } = call;
      assertSame(sr.pillow.reduce(x, { factor, box: box ?? undefined, hasAlpha }), expected, JSON.stringify(call));
    } else {
      if (call.mode === "I;16" && Number(release.slice(0, 4)) < 12.3) return; // which rounded otherwise
      const { size, resample, box, reducing_gap: gap } = call;
      const given = { size, resample, box: box ?? undefined, reducingGap: gap ?? undefined, hasAlpha, release };
      assertSame(sr.pillow.resize(x, given), expected, JSON.stringify(call));
    }
    compared.add();
  });
  compared.end();
});

test("OpenCV", () => {
  const compared = comparisons(60);
  const archive = readArchive(new URL("conventions/opencv.npz", GOLDEN));
  calls(archive).forEach((call, number) => {
    const [x, expected] = [archive[`in_${index(number)}`], archive[`out_${index(number)}`]];
    const { dsize, fx, fy, ipp, version: release } = call;
    const interpolation = call.interpolation.toLowerCase();
    const actual = sr.opencv.resize(x, { dsize: dsize ?? undefined, fx, fy, interpolation, ipp, release });
    const isExact = interpolation.startsWith("nearest") || (x.dtype === "uint8" && interpolation === "linear_exact");
    const distance = isExact ? 0 : x.dtype.startsWith("float") ? 3e-6 * largest(numbers(x)) : 1;
    assertNear(actual, expected, distance, JSON.stringify(call));
    compared.add();
  });
  compared.end();
});

test("TensorFlow", () => {
  const compared = comparisons(30);
  const archive = readArchive(new URL("conventions/tensorflow.npz", GOLDEN));
  calls(archive).forEach((call, number) => {
    if (call.function !== "image.resize" || ["bool", "int64", "uint32"].includes(call.dtype)) return;
    const [x, expected] = [archive[`in_${index(number)}`], archive[`out_${index(number)}`]];
    const { size, method, antialias, preserve_aspect_ratio: preserveAspectRatio } = call;
    const actual = sr.tensorflow.resize(x, { size, method, antialias, preserveAspectRatio });
    assertNear(actual, expected, 3e-6 * Math.max(1, largest(numbers(x))), JSON.stringify(call));
    compared.add();
  });
  compared.end();
});

test("JAX", () => {
  const compared = comparisons(40);
  const archive = readArchive(new URL("conventions/jax.npz", GOLDEN));
  calls(archive).forEach((call, number) => {
    const [x, expected] = [archive[`in_${index(number)}`], archive[`out_${index(number)}`]];
    if (x.bytes !== undefined || x.dtype === "bool") return;
    const { shape, method, antialias, spatial_dims: spatialDims, scale, translation } = call;
    const given = { shape, method, antialias };
    const actual =
      call.function === "resize"
        ? sr.jax.resize(x, given)
        : sr.jax.scaleAndTranslate(x, { ...given, spatialDims, scale, translation });
    const distance = method === "nearest" ? 0 : x.dtype === "float64" ? 1e-5 : x.dtype === "float16" ? 4e-3 : 3e-6;
    assertNear(actual, expected, distance * Math.max(1, largest(numbers(x))), JSON.stringify(call));
    compared.add();
  });
  compared.end();
});
