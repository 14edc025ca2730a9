/**
 * The module of WebAssembly: its memory, what a call needs of it, and the library's failures as exceptions.
 *
 * Everything here mirrors include/swiftresample.h. Where fields are, structures.mjs says.
 */
import { constants, structures } from "./structures.mjs";

// ---- Dtypes ---------------------------------------------------------------------------------------------------------

/** The most axes of a tensor, and those of them that are spatial. */
export const MAX_AXES = structures.rsmp_onnx_resize_options.fields.axes[2];
export const MAX_SPATIAL_AXES = structures.rsmp_interpolate_options.fields.size[2];

const { RSMP_INT, RSMP_UINT, RSMP_FLOAT, RSMP_BFLOAT, RSMP_BOOL } = constants;

/** By name: the code and the bits, and the array that holds samples: of halves the bits. */
const DTYPES = {
  bool: [RSMP_BOOL, 8, Uint8Array],
  int8: [RSMP_INT, 8, Int8Array],
  int16: [RSMP_INT, 16, Int16Array],
  int32: [RSMP_INT, 32, Int32Array],
  int64: [RSMP_INT, 64, BigInt64Array],
  uint8: [RSMP_UINT, 8, Uint8Array],
  uint16: [RSMP_UINT, 16, Uint16Array],
  uint32: [RSMP_UINT, 32, Uint32Array],
  uint64: [RSMP_UINT, 64, BigUint64Array],
  float16: [RSMP_FLOAT, 16, Uint16Array],
  bfloat16: [RSMP_BFLOAT, 16, Uint16Array],
  float32: [RSMP_FLOAT, 32, Float32Array],
  float64: [RSMP_FLOAT, 64, Float64Array],
};

/** By an array's own name, as Object.prototype.toString has it: the dtype where nothing else is said. */
const DTYPE_OF_ARRAY = {
  Int8Array: "int8",
  Int16Array: "int16",
  Int32Array: "int32",
  BigInt64Array: "int64",
  Uint8Array: "uint8",
  Uint8ClampedArray: "uint8",
  Uint16Array: "uint16",
  Uint32Array: "uint32",
  BigUint64Array: "uint64",
  Float16Array: "float16",
  Float32Array: "float32",
  Float64Array: "float64",
};

export function dtype(name) {
  if (!Object.hasOwn(DTYPES, name)) {
    throw new TypeError(`dtype must be one of ${Object.keys(DTYPES).join(", ")}, got ${String(name)}`);
  }
  const [code, bits, array] = DTYPES[name];
  return { name, array, bytes: bits / 8, value: { code, bits, lanes: 1 } };
}

// ---- Arguments ------------------------------------------------------------------------------------------------------
// Only what C cannot see is checked here: the types of JavaScript, and whether a value fits into the structure.

export function integer(name, value) {
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) {
    throw new TypeError(`${name} must be an integer, got ${String(value)}`);
  }
  const number = BigInt(value);
  if (BigInt.asIntN(64, number) !== number) throw new RangeError(`${name} must fit into 64 bits, got ${value}`);
  return number;
}

export function number(name, value) {
  if (typeof value !== "number") throw new TypeError(`${name} must be a number, got ${String(value)}`);
  return value;
}

export function flag(name, value) {
  if (typeof value !== "boolean") throw new TypeError(`${name} must be true or false, got ${String(value)}`);
  return Number(value);
}

/** The entries of an array, each of which `check` looks at; none where nothing is given. */
export function entries(name, values, check, most) {
  if (values === undefined) return [];
  if (!Array.isArray(values) && !ArrayBuffer.isView(values)) {
    throw new TypeError(`${name} must be an array, got ${String(values)}`);
  }
  if (values.length > most) throw new RangeError(`${name} must have at most ${most} entries, got ${values.length}`);
  return Array.from(values, (value) => check(name, value));
}

/** The number that the header has for a name: of nearest-exact, that of RSMP_MODE_NEAREST_EXACT. */
export function choice(name, value, prefix, names) {
  if (typeof value !== "string") throw new TypeError(`${name} must be a string, got ${String(value)}`);
  if (!names.includes(value)) throw new RangeError(`${name} must be one of ${names.join(", ")}, got ${value}`);
  return constants[prefix + value.toUpperCase().replaceAll("-", "_")];
}

/** The options of a call, of which each has to be known. */
export function options(given, known) {
  if (given !== undefined && (given === null || typeof given !== "object" || Array.isArray(given))) {
    throw new TypeError(`options must be an object, got ${String(given)}`);
  }
  for (const name of Object.keys(given ?? {})) {
    if (!Object.hasOwn(known, name)) {
      throw new TypeError(`there is no option ${name}; there are ${Object.keys(known).join(", ")}`);
    }
  }
  const read = { ...known };
  for (const [name, value] of Object.entries(given ?? {})) if (value !== undefined) read[name] = value;
  return read;
}

/** Whether this is ImageData, or looks like it: pixels of red, green, blue and alpha. */
const isImage = (value) => value?.shape === undefined && value?.width !== undefined && value?.height !== undefined;

/**
 * A tensor of the caller's, looked at once: {data, dtype, shape, strides, isImage}. `planes`: whether an image is taken
 * as (1, 4, height, width) with its channels last, or as (height, width, 4).
 */
export function tensor(name, value, planes = false) {
  const data = value?.data;
  const kind = ArrayBuffer.isView(data) ? Object.prototype.toString.call(data).slice(8, -1) : "";
  if (!Object.hasOwn(DTYPE_OF_ARRAY, kind)) {
    throw new TypeError(`${name} must have data, a typed array, and shape`);
  }
  if (isImage(value)) {
    const { width, height } = value;
    if (kind !== "Uint8ClampedArray" && kind !== "Uint8Array") {
      throw new TypeError(`${name} must have pixels of bytes, got ${kind}`);
    }
    const shape = planes ? [1, 4, height, width] : [height, width, 4];
    const strides = planes ? [4 * height * width, 1, 4 * width, 4] : undefined;
    return checked(name, { data, dtype: dtype("uint8"), shape, strides, isImage: true });
  }
  const type = dtype(value.dtype ?? DTYPE_OF_ARRAY[kind]);
  if (kind !== type.array.name && DTYPE_OF_ARRAY[kind] !== type.name) {
    throw new TypeError(`${name} of ${type.name} must have a ${type.array.name}, got a ${kind}`);
  }
  return checked(name, { data, dtype: type, shape: value.shape, strides: value.strides, isImage: false });
}

/** Lengths of axes, or strides. */
export function exactShape(name, values) {
  const lengths = entries(name, values, integer, MAX_AXES).map(Number);
  if (lengths.some((length) => length < 0)) throw new RangeError(`${name} has a negative entry`);
  return lengths;
}

function checked(name, { data, dtype, shape, strides, isImage }) {
  if (shape === undefined) throw new TypeError(`${name} must have a shape`);
  const lengths = exactShape(`the shape of ${name}`, shape);
  const steps = strides === undefined ? undefined : exactShape(`the strides of ${name}`, strides);
  if (steps !== undefined && steps.length !== lengths.length) {
    throw new RangeError(`${name} must have ${lengths.length} strides, got ${steps.length}`);
  }
  const isEmpty = lengths.includes(0);
  const reach = lengths.reduce((last, length, axis) => last + (length - 1) * (steps?.[axis] ?? 0), 1);
  const wanted = steps === undefined ? lengths.reduce((a, b) => a * b, 1) : isEmpty ? 0 : reach;
  if (steps === undefined ? data.length !== wanted : data.length < wanted) {
    throw new RangeError(`${name} of shape (${lengths.join(", ")}) must have ${wanted} samples, got ${data.length}`);
  }
  return { data, dtype, shape: lengths, strides: steps, isImage };
}

// ---- Memory ---------------------------------------------------------------------------------------------------------

const READERS = {
  int32_t: ["getInt32", "setInt32", 4],
  uint32_t: ["getUint32", "setUint32", 4],
  pointer: ["getUint32", "setUint32", 4],
  uint8_t: ["getUint8", "setUint8", 1],
  uint16_t: ["getUint16", "setUint16", 2],
  int64_t: ["getBigInt64", "setBigInt64", 8],
  uint64_t: ["getBigUint64", "setBigUint64", 8],
  float: ["getFloat32", "setFloat32", 4],
  double: ["getFloat64", "setFloat64", 8],
};

/** The exception that a status of the library becomes. */
const EXCEPTIONS = {
  [constants.RSMP_INVALID_TYPE]: TypeError,
  [constants.RSMP_UNSUPPORTED_CPU]: Error,
};

export class Module {
  #view;

  constructor(instance) {
    this.functions = instance.exports;
    this.memory = instance.exports.memory;
    this.functions._initialize();
  }

  /** All of the memory. It is another buffer once the memory has grown. */
  get view() {
    if (this.#view?.buffer !== this.memory.buffer) this.#view = new DataView(this.memory.buffer);
    return this.#view;
  }

  /** What `body` returns, given a call whose memory is freed then. */
  call(body) {
    const call = new Call(this);
    try {
      return body(call);
    } finally {
      call.end();
    }
  }

  text(address) {
    const bytes = new Uint8Array(this.memory.buffer, address);
    return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
  }
}

/** What one call needs of the memory. */
class Call {
  #module;
  #addresses = [];

  constructor(module) {
    this.#module = module;
  }

  allocate(bytes) {
    const address = bytes < 2 ** 31 ? this.#module.functions.malloc(Math.max(bytes, 1)) >>> 0 : 0;
    if (address === 0) throw new RangeError(`${bytes} bytes do not fit into the memory of the module`);
    this.#addresses.push(address);
    return address;
  }

  end() {
    for (const address of this.#addresses) this.#module.functions.free(address);
  }

  /** A structure: zeros, and those values. */
  structure(name, values = {}) {
    const address = this.allocate(structures[name].size);
    new Uint8Array(this.#module.memory.buffer, address, structures[name].size).fill(0);
    this.write(name, address, values);
    return address;
  }

  /** Options, which begin with their size. */
  options(name, values) {
    return this.structure(name, { struct_size: structures[name].size, ...values });
  }

  write(name, address, values) {
    for (const [field, value] of Object.entries(values)) {
      const [type, offset, length] = structures[name].fields[field];
      if (type in structures) {
        this.write(type, address + offset, value);
        continue;
      }
      const [, set, size] = READERS[type];
      const list = length === 0 ? [value] : value;
      list.forEach((entry, index) => this.#module.view[set](address + offset + index * size, entry, true));
    }
  }

  /** A field of a structure, a number. */
  read(name, address, field) {
    const [type, offset] = structures[name].fields[field];
    return Number(this.#module.view[READERS[type][0]](address + offset, true));
  }

  /** Numbers of 64 bits. */
  lengths(values) {
    const address = this.allocate(8 * values.length);
    values.forEach((value, index) => this.#module.view.setBigInt64(address + 8 * index, BigInt(value), true));
    return address;
  }

  readLengths(address, count) {
    const { view } = this.#module;
    return Array.from({ length: count }, (_, index) => Number(view.getBigInt64(address + 8 * index, true)));
  }

  pointer(address) {
    return this.#module.view.getUint32(address, true);
  }

  dtype(type) {
    return this.structure("rsmp_dtype", type.value);
  }

  /** The fields of rsmp_tensor, for samples at an address. */
  #fields(data, { dtype, shape, strides }) {
    return {
      data,
      ndim: shape.length,
      dtype: dtype.value,
      shape: this.lengths(shape),
      strides: strides === undefined ? 0 : this.lengths(strides),
    };
  }

  /** A copy of a tensor's samples, as the fields of rsmp_tensor. */
  copied(tensor) {
    const { data } = tensor;
    const address = this.allocate(data.byteLength);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    new Uint8Array(this.#module.memory.buffer).set(bytes, address);
    return this.#fields(address, tensor);
  }

  /** The same as rsmp_tensor; 0 where there is no tensor. */
  input(tensor) {
    return tensor === undefined ? 0 : this.structure("rsmp_tensor", this.copied(tensor));
  }

  /** Tensors side by side. */
  inputs(tensors) {
    const { size } = structures.rsmp_tensor;
    const address = this.allocate(size * tensors.length);
    new Uint8Array(this.#module.memory.buffer, address, size * tensors.length).fill(0);
    tensors.forEach((tensor, index) => this.write("rsmp_tensor", address + index * size, this.copied(tensor)));
    return address;
  }

  /**
   * Memory for a result: its rsmp_tensor, and what `take` copies out of the memory, into an array of the caller's if
   * there is one. It is of the kind of `like`, if that holds samples of the dtype.
   */
  output(shape, dtype, like, strides) {
    const count = shape.reduce((a, b) => a * b, 1);
    const data = this.allocate(count * dtype.bytes);
    const address = this.structure("rsmp_tensor", this.#fields(data, { dtype, shape, strides }));
    const take = (out) => {
      const array = like?.dtype.name === dtype.name ? arrayOf(like.data) : dtype.array;
      const samples = new array(this.#module.memory.buffer, data, count);
      if (out === undefined) return { data: samples.slice(), dtype: dtype.name, shape };
      if (!(out instanceof array) || out.length !== count) {
        throw new RangeError(`out must be a ${array.name} of ${count} samples`);
      }
      out.set(samples);
      return { data: out, dtype: dtype.name, shape };
    };
    return { address, take };
  }

  /** Calls a function of the header, whose last parameter is the error. */
  check(name, ...parameters) {
    const error = this.structure("rsmp_error");
    const status = this.#module.functions[name](...parameters, error);
    if (status === constants.RSMP_OK) return;
    const exception = EXCEPTIONS[status] ?? RangeError;
    throw new exception(this.#module.text(error + structures.rsmp_error.fields.message[1]));
  }
}

/** The kind of an array, and not that of a subclass: Node's Buffer. */
const arrayOf = (data) => globalThis[Object.prototype.toString.call(data).slice(8, -1)];
