/** Tensors compared, as Tests/python/tolerances.py has it. */
import assert from "node:assert/strict";

/** Samples as numbers, halves included. */
export function numbers({ data, dtype }) {
  if (dtype === "float16") return Float64Array.from(data, half);
  const wide = dtype === "bfloat16" && Uint32Array.from(data, (bits) => bits << 16);
  if (wide) return Float64Array.from(new Float32Array(wide.buffer));
  return Float64Array.from(data, Number);
}

function half(bits) {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

export const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 0);

/** The distance from one number of a half type to the next, at a magnitude. */
const unit = (dtype, size) => 2 ** (Math.floor(Math.log2(Math.max(size, 2 ** -14))) - (dtype === "float16" ? 10 : 7));

/** Relative to the largest |input|. */
const RELATIVE = { float32: 3e-6, float64: 1e-13 };
const SUMMED_IN = { uint8: "float32", int8: "float32", int16: "float32", uint16: "float32", int32: "float64" };

/** The largest difference from a result that was summed in another order. */
export function allowed(dtype, input, expected) {
  const size = largest(numbers(input));
  if (dtype in RELATIVE) return RELATIVE[dtype] * size;
  if (dtype in SUMMED_IN) return 0.5 + RELATIVE[SUMMED_IN[dtype]] * size;
  return unit(dtype, Math.max(size, largest(numbers(expected))));
}

export function assertSame(actual, expected, what) {
  assert.deepEqual(actual.shape, expected.shape, what);
  const bytes = ({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (!bytes(actual).equals(bytes(expected))) assert.deepEqual(actual.data, expected.data, what);
}

/** Within a distance, and a share of the expected number. */
export function assertNear(actual, expected, distance, what, relative = 0) {
  assert.deepEqual(actual.shape, expected.shape, what);
  const [found, wanted] = [numbers(actual), numbers(expected)];
  for (let i = 0; i < wanted.length; i++) {
    if (Object.is(found[i], wanted[i])) continue;
    const isNear = Math.abs(found[i] - wanted[i]) <= distance + relative * Math.abs(wanted[i]);
    assert.ok(isNear || found[i] === wanted[i], `${what}: sample ${i} is ${found[i]}, not ${wanted[i]} to ${distance}`);
  }
}
