/** NumPy's archives: the arrays of an .npz file, by name, as {data, dtype, shape}. */
import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";

const ARRAYS = {
  b1: ["bool", Uint8Array],
  i1: ["int8", Int8Array],
  i2: ["int16", Int16Array],
  i4: ["int32", Int32Array],
  i8: ["int64", BigInt64Array],
  u1: ["uint8", Uint8Array],
  u2: ["uint16", Uint16Array],
  u4: ["uint32", Uint32Array],
  u8: ["uint64", BigUint64Array],
  f2: ["float16", Uint16Array],
  f4: ["float32", Float32Array],
  f8: ["float64", Float64Array],
};

export function readArchive(path) {
  const file = readFileSync(path);
  const arrays = {};
  // The central directory, which has the sizes of all members, begins where the record at the end says.
  const end = file.lastIndexOf("PK\x05\x06", undefined, "latin1");
  let at = file.readUInt32LE(end + 16);
  for (let left = file.readUInt16LE(end + 10); left > 0; left--) {
    const [method, size] = [file.readUInt16LE(at + 10), file.readUInt32LE(at + 20)];
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => file.readUInt16LE(at + field));
    const header = file.readUInt32LE(at + 42);
    const start = header + 30 + file.readUInt16LE(header + 26) + file.readUInt16LE(header + 28);
    const member = file.subarray(start, start + size);
    const name = file.toString("utf8", at + 46, at + 46 + nameLength).replace(/\.npy$/, "");
    arrays[name] = array(method === 0 ? member : inflateRawSync(member));
    at += 46 + nameLength + extraLength + commentLength;
  }
  return arrays;
}

/** A .npy file; of text, as a string. */
function array(file) {
  const lengthSize = file[6] === 1 ? 2 : 4;
  const headerLength = file.readUIntLE(8, lengthSize);
  const header = file.toString("latin1", 8 + lengthSize, 8 + lengthSize + headerLength);
  const [, descr] = /'descr': '([^']*)'/.exec(header);
  const shape = [.../'shape': \(([^)]*)\)/.exec(header)[1].matchAll(/\d+/g)].map(([length]) => Number(length));
  const bytes = Uint8Array.prototype.slice.call(file, 8 + lengthSize + headerLength);
  if (descr.startsWith("<U")) return String.fromCodePoint(...new Uint32Array(bytes.buffer)).replace(/\0+$/, "");
  const kind = ARRAYS[descr.slice(1)];
  if (kind === undefined || descr.startsWith(">")) return { descr, shape, bytes };
  const data = new kind[1](bytes.buffer);
  if (!header.includes("'fortran_order': True")) return { data, dtype: kind[0], shape };
  return { data: inRows(data, shape), dtype: kind[0], shape };
}

/** Samples of columns as those of rows: the last index fastest. */
function inRows(data, shape) {
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, 1));
  return data.map((_, place) => {
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += (place % shape[axis]) * strides[axis];
      place = Math.floor(place / shape[axis]);
    }
    return data[from];
  });
}
