// The libraries whose rules can be had: what there is to choose in each, and the call that follows from it. The call is
// made here, and written down in Python and in C, from the same description.

/** The call in C: rsmp_NAME and its rsmp_NAME_options, what enumerators begin with, the fields that say the size. */
const inC = (name, prefix, size) => ({ name, prefix, size });

/**
 * name: as people call it.
 * choices: what there is to choose, by the name of the argument; the first value of each is the default.
 * path: where the function is in the module, and in Python's.
 * shape(height, width): of an image of one channel.
 * isPlanar: whether the channels of an image are planes, and not samples of a pixel.
 * options(chosen, [height, width]): the arguments, camelCase here and snake_case in Python.
 */
export const LIBRARIES = {
  pytorch: {
    name: "PyTorch",
    choices: {
      mode: ["bilinear", "nearest", "nearest-exact", "bicubic", "area", "lanczos", "mitchell", "hamming", "box"],
      align_corners: [false, true],
      antialias: [false, true],
    },
    path: ["interpolate"],
    isPlanar: true,
    shape: (height, width) => [1, 1, height, width],
    options: (chosen, size) => ({ size, ...given(chosen) }),
    c: inC("interpolate", "RSMP_MODE", (size) => [`.size_count = 2`, `.size = {${size}}`]),
  },
  onnx: {
    name: "ONNX",
    choices: {
      mode: ["linear", "nearest", "cubic"],
      coordinate_transformation_mode: [
        "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric",
        "tf_half_pixel_for_nn",
      ],
      nearest_mode: ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"],
      antialias: [false, true],
    },
    path: ["onnx", "resize"],
    shape: (height, width) => [height, width],
    options: (chosen, size) => ({ sizes: size, axes: [0, 1], ...given(chosen), mode: chosen.mode }),
    c: inC("onnx_resize", "RSMP_ONNX", (size) => [
      `.axis_count = 2`, `.axes = {0, 1}`, `.size_count = 2`, `.sizes = {${size}}`,
    ]),
  },
  pillow: {
    name: "Pillow",
    choices: { resample: ["bilinear", "nearest", "bicubic", "lanczos", "hamming", "box"] },
    path: ["pillow", "resize"],
    shape: (height, width) => [height, width],
    options: ({ resample }, [height, width]) => ({ size: [width, height], resample }),
    c: inC("pillow_resize", "RSMP_PILLOW", ([height, width]) => [`.width = ${width}`, `.height = ${height}`]),
  },
  opencv: {
    name: "OpenCV",
    choices: { interpolation: ["linear", "nearest", "cubic", "area", "lanczos4", "linear_exact", "nearest_exact"] },
    path: ["opencv", "resize"],
    shape: (height, width) => [height, width],
    options: ({ interpolation }, [height, width]) => ({ dsize: [width, height], interpolation }),
    c: inC("opencv_resize", "RSMP_OPENCV", ([height, width]) => [`.width = ${width}`, `.height = ${height}`]),
  },
  tensorflow: {
    name: "TensorFlow",
    choices: {
      method: ["bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"],
      coordinates: ["half_pixel", "legacy", "align_corners"],
      antialias: [false, true],
    },
    path: ["tensorflow", "resize"],
    shape: (height, width) => [height, width, 1],
    options: ({ method, coordinates, antialias }, size) => ({
      size,
      method,
      ...(antialias && { antialias }),
      ...(coordinates !== "half_pixel" && { legacy: true }),
      ...(coordinates === "align_corners" && { alignCorners: true }),
    }),
    c: inC("tensorflow_resize", "RSMP_TENSORFLOW", ([height, width]) => [`.height = ${height}`, `.width = ${width}`]),
  },
  jax: {
    name: "JAX",
    choices: {
      method: ["linear", "nearest", "cubic", "lanczos3", "lanczos5"],
      antialias: [true, false],
    },
    path: ["jax", "resize"],
    shape: (height, width) => [height, width],
    options: ({ method, antialias }, size) => ({ shape: size, method, antialias }),
    c: inC("jax_resize", "RSMP_JAX", (size) => [`.shape = {${size}}`]),
  },
};

const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** What differs from the defaults, by the names that the module has; a filter is always said. */
function given(chosen) {
  const { choices } = LIBRARIES[chosen.library];
  const told = Object.keys(choices).filter((name) => name === "mode" || chosen[name] !== choices[name][0]);
  return Object.fromEntries(told.map((name) => [camel(name), chosen[name]]));
}

/** Which of a library's choices is the filter: mode, method, ... */
export const filterOf = (library) => Object.keys(LIBRARIES[library].choices)[0];

/** A filter's name elsewhere, so that it stays when another library is chosen. */
const KINDS = [
  ["bilinear", "linear"],
  ["bicubic", "cubic"],
  ["nearest"],
  ["nearest-exact", "nearest_exact"],
  ["area", "box"],
  ["lanczos", "lanczos3", "lanczos4"],
];

/** What is chosen in a library at first: its defaults, with a filter like the one that was chosen before. */
export function defaults(library, before) {
  const { choices } = LIBRARIES[library];
  const chosen = { library };
  for (const [name, values] of Object.entries(choices)) chosen[name] = values[0];
  const filter = filterOf(library);
  const kind = before && KINDS.find((names) => names.includes(before[filterOf(before.library)]));
  chosen[filter] = choices[filter].find((name) => kind?.includes(name)) ?? choices[filter][0];
  return chosen;
}

/** What is chosen, in a few words: "PyTorch bilinear, align_corners=True". */
export function inWords(chosen) {
  const { name, choices } = LIBRARIES[chosen.library];
  const filter = filterOf(chosen.library);
  const others = Object.entries(choices).filter(([other]) => other !== filter);
  const said = others.flatMap(([other, values]) => {
    const value = chosen[other];
    const isAsked = other === "align_corners" && ["bilinear", "bicubic"].includes(chosen[filter]);
    if (value === values[0] && !isAsked) return [];
    return [typeof value === "boolean" ? `${other}=${value ? "True" : "False"}` : value];
  });
  return [`${name} ${chosen[filter]}`, ...said].join(", ");
}

const reach = (sr, path) => path.reduce((object, name) => object[name], sr);

/** The taps of an axis, as rows of {position, taps: [{index, weight}]}. */
export function axisTaps(sr, chosen, inputLength, outputLength) {
  const { path, options } = LIBRARIES[chosen.library];
  const { size, sizes, axes, dsize, shape, ...others } = options(chosen, [1, outputLength]);
  const found = reach(sr, [...path.slice(0, -1), "axisTaps"])(inputLength, outputLength, others);
  const { coordinates, indices, weights } = found;
  const count = weights.length / outputLength;
  return Array.from(coordinates, (position, output) => {
    const taps = [];
    for (let tap = output * count; tap < (output + 1) * count; tap++) {
      if (weights[tap] !== 0) taps.push({ index: Number(indices[tap]), weight: weights[tap] });
    }
    return { position, taps };
  });
}

/** A row of numbers, resampled to another length. */
export function resizeRow(sr, chosen, values, outputLength) {
  const { path, shape, options } = LIBRARIES[chosen.library];
  const row = { data: Float32Array.from(values), shape: shape(1, values.length) };
  return reach(sr, path)(row, options(chosen, [1, outputLength])).data;
}

/** An image {data: Uint8Array of RGB, height, width}, resampled: samples as they come, bytes or floats. */
export function resizeImage(sr, chosen, { data, height, width }, size) {
  const { path, isPlanar, options } = LIBRARIES[chosen.library];
  const resize = reach(sr, path);
  if (!isPlanar) {
    const told = options(chosen, size);
    if (told.shape) told.shape = [...size, 3];
    return resize({ data, shape: [height, width, 3] }, told).data;
  }
  const planes = new Uint8Array(data.length);
  const count = height * width;
  for (let i = 0; i < count; i++) for (let c = 0; c < 3; c++) planes[c * count + i] = data[3 * i + c];
  const result = resize({ data: planes, shape: [1, 3, height, width] }, options(chosen, size)).data;
  const pixels = new result.constructor(result.length);
  const made = size[0] * size[1];
  for (let i = 0; i < made; i++) for (let c = 0; c < 3; c++) pixels[3 * i + c] = result[c * made + i];
  return pixels;
}

// ---- The call, written down ----

const numbers = (values) => Array.from(values, (value) => String(value)).join(", ");

/** A value as Python writes it. */
function python(value) {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return `"${value}"`;
  return Array.isArray(value) ? `(${value.join(", ")})` : String(value);
}

/** The program that makes a row of another length, in Python. */
export function inPython(chosen, values, outputLength) {
  const { path, shape, options } = LIBRARIES[chosen.library];
  const told = Object.entries(options(chosen, [1, outputLength]));
  // ONNX's attributes have no booleans.
  const plain = (value) => (chosen.library === "onnx" && typeof value === "boolean" ? Number(value) : value);
  const written = told.map(([name, value]) => `${snake(name)}=${python(plain(value))}`);
  return `import numpy as np
import swiftresample as sr

x = np.array([${numbers(values)}], np.float32).reshape(${shape(1, values.length).join(", ")})
y = sr.${path.join(".")}(x, ${written.join(", ")})
print(y.ravel())
`;
}

/** The same in C. */
export function inC11(chosen, values, outputLength) {
  const { c, shape, choices } = LIBRARIES[chosen.library];
  const fields = [".struct_size = sizeof options"];
  for (const [name, all] of Object.entries(choices)) {
    const value = chosen[name];
    if (name === "align_corners") {
      if (value) fields.push(".align_corners = RSMP_ALIGN_CORNERS_TRUE");
    } else if (typeof value === "boolean") {
      if (value) fields.push(`.${name} = 1`);
    } else if (name === filterOf(chosen.library) || value !== all[0]) {
      fields.push(`.${name} = ${c.prefix}_${value.toUpperCase().replaceAll("-", "_")}`);
    }
  }
  fields.push(...c.size([1, outputLength]));
  const from = shape(1, values.length);
  const to = shape(1, outputLength);
  return `#include <stdio.h>
#include <swiftresample.h>

int main(void) {
  float x[] = {${numbers(values)}}, y[${outputLength}];
  int64_t x_shape[] = {${from.join(", ")}}, y_shape[] = {${to.join(", ")}};
  rsmp_dtype float32 = {RSMP_FLOAT, 32, 1};
  rsmp_tensor input = {.data = x, .ndim = ${from.length}, .dtype = float32, .shape = x_shape};
  rsmp_tensor output = {.data = y, .ndim = ${to.length}, .dtype = float32, .shape = y_shape};
  rsmp_${c.name}_options options = {
      ${fields.join(",\n      ")}};
  rsmp_error error;
  if (rsmp_${c.name}(&input, &options, &output, &error) != RSMP_OK) {
    fprintf(stderr, "%s\\n", error.message);
    return 1;
  }
  for (int i = 0; i < ${outputLength}; i++) printf("%g ", y[i]);
  puts("");
  return 0;
}
`;
}
