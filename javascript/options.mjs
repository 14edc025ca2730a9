/** What calls may say, as the fields of the structures of the header. */
import { MAX_AXES, MAX_SPATIAL_AXES, choice, entries, exactShape, flag, integer, number, options as read } from "./module.mjs";
import { constants } from "./structures.mjs";

// ---- Options of interpolate -----------------------------------------------------------------------------------------

const MODES = [
  "nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic", "area", "lanczos", "mitchell", "hamming", "box",
];
export const TAKES_ALIGN_CORNERS = ["linear", "bilinear", "trilinear", "bicubic"];

const INTERPOLATE = {
  size: undefined,
  scaleFactor: undefined,
  mode: "nearest",
  alignCorners: undefined,
  recomputeScaleFactor: false,
  antialias: false,
  clamp: undefined,
  region: undefined,
};

/** One entry for each spatial axis, of a number that is for all of them. */
export function perAxis(name, value, axes, check) {
  if (value === undefined) return [];
  const isOne = typeof value === "number" || typeof value === "bigint";
  const all = isOne ? Array(Math.max(axes, 1)).fill(value) : value;
  const found = entries(name, all, check, MAX_AXES);
  if (found.length === 0) throw new RangeError(`${name} must have an entry for each spatial axis, got none`);
  return found;
}

/** As many entries as the structure has. The library knows how many it wants, and is told how many there are. */
export const filled = (values, length, zero) => Array.from({ length }, (_, index) => values[index] ?? zero);

export function interpolateOptions(given, rank) {
  const told = read(given, INTERPOLATE);
  const { size, scaleFactor, mode, alignCorners, recomputeScaleFactor, antialias, clamp, region } = told;
  const axes = Math.max(rank - 2, 1);
  const sizes = perAxis("size", size, axes, integer);
  const factors = perAxis("scaleFactor", scaleFactor, axes, number);
  const [low, high] = clamp === undefined ? [] : entries("clamp", clamp, (name, bound) => bound ?? undefined, 2);
  const parts = region === undefined ? [] : entries("region", region, regionOfAxis, MAX_SPATIAL_AXES);
  if (region !== undefined && parts.length !== axes) {
    throw new RangeError(`region must have ${axes} entries for a ${rank}-D input, got ${parts.length}`);
  }
  return {
    mode: choice("mode", mode, "RSMP_MODE_", MODES),
    align_corners: alignCorners === undefined ? 0 : 1 + flag("alignCorners", alignCorners),
    antialias: flag("antialias", antialias),
    recompute_scale_factor: flag("recomputeScaleFactor", recomputeScaleFactor),
    size_count: sizes.length,
    scale_factor_count: factors.length,
    size: filled(sizes, MAX_SPATIAL_AXES, 0n),
    scale_factor: filled(factors, MAX_SPATIAL_AXES, 0),
    clamp: (low === undefined ? 0 : constants.RSMP_CLAMP_LOW) | (high === undefined ? 0 : constants.RSMP_CLAMP_HIGH),
    clamp_low: low === undefined ? 0 : number("clamp", low),
    clamp_high: high === undefined ? 0 : number("clamp", high),
    region_start: filled(parts.map(([start]) => start), MAX_SPATIAL_AXES, 0n),
    region_stop: filled(parts.map(([, stop]) => stop), MAX_SPATIAL_AXES, 0n),
  };
}

/** [start, stop] of an axis, or all of it; to the library, 0 as the stop is the end. */
function regionOfAxis(name, part) {
  if (part === undefined || part === null) return [0n, 0n];
  const [start, stop] = entries(name, part, integer, 2);
  if (start === undefined || stop === undefined) throw new TypeError(`${name} must be made of pairs [start, stop]`);
  if (start < 0n || stop <= start) throw new RangeError(`${name} must be made of parts that are not empty`);
  return [start, stop];
}

// ---- Options of other libraries' resize -----------------------------------------------------------------------------
// For each: what a call may say, and the fields of its structure.

const ONNX = {
  scales: undefined,
  sizes: undefined,
  roi: undefined,
  axes: undefined,
  mode: "nearest",
  coordinateTransformationMode: "half_pixel",
  nearestMode: "round_prefer_floor",
  antialias: false,
  excludeOutside: false,
  keepAspectRatioPolicy: "stretch",
  cubicCoeffA: -0.75,
  extrapolationValue: 0,
};
const COORDINATES = [
  "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_half_pixel_for_nn",
  "tf_crop_and_resize",
];
const NEAREST_MODES = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"];

export function onnxOptions(given) {
  const read_ = read(given, ONNX);
  const coordinates = read_.coordinateTransformationMode;
  const axes = entries("axes", read_.axes, integer, MAX_AXES);
  const scales = entries("scales", read_.scales, number, MAX_AXES);
  const sizes = entries("sizes", read_.sizes, integer, MAX_AXES);
  const roi = coordinates === "tf_crop_and_resize" ? entries("roi", read_.roi, number, 2 * MAX_AXES) : [];
  return {
    mode: choice("mode", read_.mode, "RSMP_ONNX_", ["nearest", "linear", "cubic"]),
    coordinate_transformation_mode: choice("coordinateTransformationMode", coordinates, "RSMP_ONNX_", COORDINATES),
    nearest_mode: choice("nearestMode", read_.nearestMode, "RSMP_ONNX_", NEAREST_MODES),
    antialias: flag("antialias", read_.antialias),
    exclude_outside: flag("excludeOutside", read_.excludeOutside),
    keep_aspect_ratio_policy: choice("keepAspectRatioPolicy", read_.keepAspectRatioPolicy, "RSMP_ONNX_", [
      "stretch", "not_larger", "not_smaller",
    ]),
    axis_count: axes.length,
    scale_count: scales.length,
    size_count: sizes.length,
    roi_count: roi.length,
    has_cubic_coeff_a: 1,
    cubic_coeff_a: number("cubicCoeffA", read_.cubicCoeffA),
    extrapolation_value: number("extrapolationValue", read_.extrapolationValue),
    axes: filled(axes, MAX_AXES, 0n),
    scales: filled(scales, MAX_AXES, 0),
    sizes: filled(sizes, MAX_AXES, 0n),
    roi: filled(roi, 2 * MAX_AXES, 0),
  };
}

/** [width, height], or whatever a pair is. */
export function pair(name, value) {
  const found = entries(name, value ?? [], integer, MAX_AXES);
  if (found.length !== 2) throw new RangeError(`${name} must have 2 entries, got ${found.length}`);
  return found;
}

/** A version such as "10.4", as 1004; 0 where none is given. */
function release(value) {
  if (value === undefined) return 0;
  const found = /^([0-9]{1,4})\.([0-9]{1,2})(?![0-9])/.exec(value);
  if (found === null) throw new TypeError(`release must be a version, "10.4" for instance, got ${String(value)}`);
  return 100 * Number(found[1]) + Number(found[2]);
}

const PILLOW = {
  size: undefined,
  resample: "bicubic",
  box: undefined,
  reducingGap: undefined,
  hasAlpha: undefined,
  release: undefined,
};
const PILLOW_FILTERS = ["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming", "mks2013", "mks2021"];

/** Pillow's RGBA and LA, which it multiplies by their alpha: bytes of so many channels, unless the call says otherwise. */
export function hasAlpha(given, { shape, dtype }) {
  if (given !== undefined) return flag("hasAlpha", given);
  return Number(shape.length === 3 && [2, 4].includes(shape[2]) && dtype.name === "uint8");
}

export function pillowOptions(given, image) {
  const { size, resample, box, reducingGap, hasAlpha: alpha, release: version } = read(given, PILLOW);
  const [width, height] = pair("size", size);
  const edges = entries("box", box, number, MAX_AXES);
  if (edges.length !== 4 && edges.length !== 0) throw new RangeError(`box must have 4 entries, got ${edges.length}`);
  if (reducingGap !== undefined && !(number("reducingGap", reducingGap) >= 1)) {
    throw new RangeError(`reducingGap must be at least 1, got ${reducingGap}`);
  }
  return {
    resample: choice("resample", resample, "RSMP_PILLOW_", PILLOW_FILTERS),
    has_alpha: hasAlpha(alpha, image),
    release: release(version),
    has_box: Number(edges.length > 0),
    width,
    height,
    box: filled(edges, 4, 0),
    reducing_gap: reducingGap ?? 0,
  };
}

const OPENCV = { dsize: undefined, fx: 0, fy: 0, interpolation: "linear", ipp: true, release: undefined };
const INTERPOLATIONS = ["nearest", "linear", "cubic", "area", "lanczos4", "linear_exact", "nearest_exact"];

export function opencvOptions(given) {
  const { dsize, fx, fy, interpolation, ipp, release: version } = read(given, OPENCV);
  const [width, height] = dsize === undefined ? [0n, 0n] : pair("dsize", dsize);
  return {
    interpolation: choice("interpolation", interpolation, "RSMP_OPENCV_", INTERPOLATIONS),
    release: release(version),
    without_ipp: 1 - flag("ipp", ipp),
    width,
    height,
    fx: number("fx", fx),
    fy: number("fy", fy),
  };
}

const TENSORFLOW = {
  size: undefined,
  method: "bilinear",
  preserveAspectRatio: false,
  antialias: false,
  legacy: false,
  alignCorners: false,
  halfPixelCenters: false,
};
const TENSORFLOW_METHODS = [
  "bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic",
];

export function tensorflowOptions(given) {
  const told = read(given, TENSORFLOW);
  const { size, method, preserveAspectRatio, antialias, legacy, alignCorners, halfPixelCenters } = told;
  const [height, width] = pair("size", size);
  const [isLegacy, aligns, hasHalfPixels] = [
    flag("legacy", legacy), flag("alignCorners", alignCorners), flag("halfPixelCenters", halfPixelCenters),
  ];
  if (!isLegacy && (aligns || hasHalfPixels)) {
    throw new RangeError("alignCorners and halfPixelCenters are options of legacy");
  }
  if (aligns && hasHalfPixels) throw new RangeError("either alignCorners or halfPixelCenters may be true, got both");
  const kind = isLegacy && !hasHalfPixels ? (aligns ? "align_corners" : "legacy") : "half_pixel";
  return {
    method: choice("method", method, "RSMP_TENSORFLOW_", TENSORFLOW_METHODS),
    antialias: flag("antialias", antialias),
    coordinates: choice("coordinates", kind, "RSMP_TENSORFLOW_", ["half_pixel", "legacy", "align_corners"]),
    preserve_aspect_ratio: flag("preserveAspectRatio", preserveAspectRatio),
    height,
    width,
  };
}

export const JAX = { shape: undefined, method: undefined, antialias: true };
export const JAX_TRANSLATING = { ...JAX, spatialDims: undefined, scale: undefined, translation: undefined };
const JAX_METHODS = ["nearest", "linear", "cubic", "lanczos3", "lanczos5", "cubic-pytorch", "area"];

export function jaxOptions(given, known) {
  const { shape, method, antialias, spatialDims, scale, translation } = read(given, known);
  const lengths = exactShape("shape", shape ?? []).map(BigInt);
  const axes = entries("spatialDims", spatialDims, integer, MAX_AXES);
  const scales = entries("scale", scale, number, MAX_AXES);
  const translations = entries("translation", translation, number, MAX_AXES);
  if (scales.length !== axes.length || translations.length !== axes.length) {
    throw new RangeError(`scale and translation must have ${axes.length} entries, as spatialDims`);
  }
  return {
    method: choice("method", method, "RSMP_JAX_", JAX_METHODS),
    antialias: flag("antialias", antialias),
    scales_and_translates: Number(known === JAX_TRANSLATING),
    axis_count: axes.length,
    shape: filled(lengths, MAX_AXES, 0n),
    axes: filled(axes, MAX_AXES, 0n),
    scales: filled(scales, MAX_AXES, 0),
    translations: filled(translations, MAX_AXES, 0),
  };
}
