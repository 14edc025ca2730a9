/**
 * PyTorch's resampling operators in JavaScript: the library of include/swiftresample.h as a module of WebAssembly.
 *
 *     import { load } from "./swiftresample.mjs";
 *     const sr = await load();
 *     const big = sr.interpolate({ data: Float32Array.of(1, 2, 3, 4), shape: [1, 1, 2, 2] }, { scaleFactor: 2 });
 *
 * A tensor is {data, shape}: a typed array, and lengths. docs/javascript.md says what there is.
 */
import {
  MAX_AXES, MAX_SPATIAL_AXES, Module, choice, dtype, entries, exactShape, flag, integer, options as read, tensor,
} from "./module.mjs";
import {
  JAX, JAX_TRANSLATING, TAKES_ALIGN_CORNERS, filled, hasAlpha, interpolateOptions, jaxOptions, onnxOptions, opencvOptions, pair,
  perAxis, pillowOptions, tensorflowOptions,
} from "./options.mjs";
import { preprocessOf } from "./preprocess.mjs";
import { constants } from "./structures.mjs";

/**
 * Loads the library: from libresample.wasm beside this file, or from `source`, an address, bytes, a WebAssembly.Module,
 * or an instance of it that nobody has called yet.
 */
export async function load(source = new URL("./libresample.wasm", import.meta.url)) {
  return library(new Module(await instantiate(source)));
}

async function instantiate(source) {
  if (source instanceof WebAssembly.Instance) return source;
  if (source instanceof WebAssembly.Module) return WebAssembly.instantiate(source);
  const isBytes = ArrayBuffer.isView(source) || source instanceof ArrayBuffer;
  if (isBytes) return (await WebAssembly.instantiate(source)).instance;
  const url = new URL(source, import.meta.url);
  if (url.protocol === "file:") {
    const { readFile } = await import("node:fs/promises");
    return (await WebAssembly.instantiate(await readFile(url))).instance;
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} could not be loaded: ${response.status} ${response.statusText}`);
  // Not the streaming function, which refuses a server that does not know the type of .wasm files.
  return (await WebAssembly.instantiate(await response.arrayBuffer())).instance;
}

// ---- The library ----------------------------------------------------------------------------------------------------

function library(module) {
  const { functions } = module;

  /** What `body` makes of the handle that a function of the header creates. */
  function withHandle(call, create, destroy, parameters, body) {
    const place = call.structure("rsmp_dtype"); // four bytes, as a pointer has
    call.check(create, ...parameters, place);
    const handle = call.pointer(place);
    try {
      return body(handle);
    } finally {
      functions[destroy](handle);
    }
  }

  /** Resamples by the plan that one of the functions rsmp_plan_create makes of options. */
  function resize(create, structure, input, fields, resultType = input.dtype, out = undefined) {
    return module.call((call) => {
      const { shape } = input;
      const parameters = [
        shape.length, call.lengths(shape), call.dtype(input.dtype), call.options(structure, fields),
      ];
      return withHandle(call, create, "rsmp_plan_destroy", parameters, (plan) => {
        const written = call.lengths(shape);
        call.check("rsmp_plan_output_shape", plan, written);
        const run = (from, to) => call.check("rsmp_plan_execute", plan, from, to);
        return execute(call, input, call.readLengths(written, shape.length), resultType, run, out);
      });
    });
  }

  /** Runs `body` for an input and an output of a shape, and returns what is in the output: an image for an image. */
  function execute(call, input, shape, type, body, out) {
    const isPlanar = input.isImage && shape.length === 4;
    const [height, width] = isPlanar ? shape.slice(2) : shape;
    const strides = isPlanar ? [4 * height * width, 1, 4 * width, 4] : undefined;
    const output = call.output(shape, type, input, strides);
    body(call.input(input), output.address);
    const result = output.take(out);
    return input.isImage ? image(result.data, width, height) : result;
  }

  const image = (data, width, height) =>
    typeof ImageData === "undefined" || !(data instanceof Uint8ClampedArray)
      ? { data, width, height }
      : new ImageData(data, width, height);

  /** The result of an operator that has a function for its shape, of `rank` entries. */
  function operator(call, name, shape, inputs, parameters) {
    const [first] = inputs;
    const output = call.output(shape, first.dtype, first);
    call.check(name, ...inputs.map((input) => call.input(input)), ...parameters, output.address);
    return output.take();
  }

  function shapeOf(call, name, rank, ...parameters) {
    const shape = call.lengths(Array(rank).fill(0));
    call.check(name, ...parameters, shape);
    return call.readLengths(shape, rank);
  }

  /** Gradients, of those shapes. */
  function gradients(call, name, gradOutput, inputs, parameters, shapes) {
    const outputs = shapes.map((shape) => call.output(shape, gradOutput.dtype, gradOutput));
    call.check(
      name, ...[gradOutput, ...inputs].map((input) => call.input(input)), ...parameters,
      ...outputs.map(({ address }) => address),
    );
    return outputs.map((output) => output.take());
  }

  // ---- Taps

  function tapsOf(call, axis) {
    const info = call.options("rsmp_axis_info", {});
    call.check("rsmp_axis_describe", axis, info);
    const length = call.read("rsmp_axis_info", info, "output_length");
    const tapCount = call.read("rsmp_axis_info", info, "tap_count");
    const [coordinates, indices, weights] = [
      call.output([length], dtype("float64")),
      call.output([length, tapCount], dtype("int64")),
      call.output([length, tapCount], dtype("float64")),
    ];
    const address = ({ address }) => call.read("rsmp_tensor", address, "data");
    call.check("rsmp_axis_taps", axis, address(coordinates), address(indices), address(weights));
    return {
      coordinates: coordinates.take().data,
      indices: Int32Array.from(indices.take().data, Number),
      weights: weights.take().data,
      tapCount,
    };
  }

  const AXIS = { mode: "linear", alignCorners: false, scaleFactor: undefined, antialias: false, dtype: "float32" };

  function axisTaps(inputLength, outputLength, given) {
    const { mode, alignCorners, dtype: type, ...others } = read(given, AXIS);
    const name = mode === "cubic" ? "bicubic" : mode;
    const isGiven = TAKES_ALIGN_CORNERS.includes(name) || alignCorners;
    const fields = interpolateOptions({ mode: name, ...others, alignCorners: isGiven ? alignCorners : undefined }, 3);
    const lengths = [integer("inputLength", inputLength), integer("outputLength", outputLength)];
    return module.call((call) => {
      const parameters = [...lengths, call.dtype(dtype(type)), call.options("rsmp_interpolate_options", fields)];
      return withHandle(call, "rsmp_axis_create", "rsmp_axis_destroy", parameters, (axis) => tapsOf(call, axis));
    });
  }

  /** The taps of an axis of a plan: the one that changes, of images whose other axes have one sample. */
  function axisOfPlan(create, structure, shape, type, fields, index) {
    return module.call((call) => {
      const parameters = [shape.length, call.lengths(shape), call.dtype(type), call.options(structure, fields)];
      return withHandle(call, create, "rsmp_plan_destroy", parameters, (plan) => {
        const place = call.structure("rsmp_dtype");
        call.check("rsmp_plan_axis", plan, index, place);
        return tapsOf(call, call.pointer(place));
      });
    });
  }

  const axisType = (given) => {
    const { dtype: type = "float32", ...others } = given ?? {};
    return [dtype(type), others];
  };

  // ---- Operators

  const CONVOLUTION = {
    bias: undefined,
    stride: undefined,
    padding: undefined,
    outputPadding: undefined,
    groups: 1,
    dilation: undefined,
  };

  function convolution(given, rank) {
    const { bias, stride, padding, outputPadding, groups, dilation } = read(given, CONVOLUTION);
    const fields = { groups: integer("groups", groups) };
    for (const [name, argument, value] of [
      ["stride", "stride", stride], ["padding", "padding", padding], ["output_padding", "outputPadding", outputPadding],
      ["dilation", "dilation", dilation],
    ]) {
      const found = perAxis(argument, value, rank - 2, integer);
      fields[`${name}_count`] = found.length;
      fields[name] = filled(found, MAX_SPATIAL_AXES, 0n);
    }
    return { fields, bias: bias === undefined ? undefined : tensor("bias", bias) };
  }

  function rankOf(name, value, rank) {
    if (value.shape.length !== rank) throw new RangeError(`${name} must have ${rank} axes, got ${value.shape.length}`);
    return value;
  }

  /** A tensor without its axis for images, as one of one image. */
  const batched = (tensor, rank) =>
    tensor.shape.length === rank - 1
      ? { ...tensor, shape: [1, ...tensor.shape], strides: tensor.strides && [0, ...tensor.strides] }
      : tensor;

  function convTranspose(rank, input, weight, given) {
    const [single, w] = [tensor("input", input), rankOf("weight", tensor("weight", weight), rank)];
    const x = rankOf("input", batched(single, rank), rank);
    const { fields, bias } = convolution(given, rank);
    return module.call((call) => {
      const structure = call.options("rsmp_conv_transpose_options", fields);
      const shape = shapeOf(
        call, "rsmp_conv_transpose_shape", rank, rank, call.lengths(x.shape), call.lengths(w.shape), structure,
      );
      const result = operator(call, "rsmp_conv_transpose", shape, [x, w, bias], [structure]);
      return x === single ? result : { ...result, shape: result.shape.slice(1) };
    });
  }

  function convTransposeBackward(gradOutput, input, weight, given) {
    const w = tensor("weight", weight);
    const rank = w.shape.length;
    const single = tensor("input", input);
    const [grad, x] = [batched(tensor("gradOutput", gradOutput), rank), batched(single, rank)];
    const { fields } = convolution(given, rank);
    return module.call((call) => {
      const structure = call.options("rsmp_conv_transpose_options", fields);
      const [gradInput, gradWeight, gradBias] = gradients(
        call, "rsmp_conv_transpose_backward", grad, [x, w], [structure], [x.shape, w.shape, [grad.shape[1] ?? 0]],
      );
      return { gradInput: { ...gradInput, shape: single.shape }, gradWeight, gradBias };
    });
  }

  const GRID = { mode: "bilinear", paddingMode: "zeros", alignCorners: false };
  const gridOptions = (given) => {
    const { mode, paddingMode, alignCorners } = read(given, GRID);
    return {
      mode: choice("mode", mode, "RSMP_SAMPLE_", ["bilinear", "nearest", "bicubic"]),
      padding_mode: choice("paddingMode", paddingMode, "RSMP_PADDING_", ["zeros", "border", "reflection"]),
      align_corners: flag("alignCorners", alignCorners),
    };
  };

  function gridSample(input, grid, given) {
    const [x, points] = [tensor("input", input), tensor("grid", grid)];
    const fields = gridOptions(given);
    const rank = x.shape.length;
    rankOf("grid", points, rank);
    return module.call((call) => {
      const lengths = [call.lengths(x.shape), call.lengths(points.shape)];
      const shape = shapeOf(call, "rsmp_grid_sample_shape", rank, rank, ...lengths);
      return operator(call, "rsmp_grid_sample", shape, [x, points], [call.options("rsmp_grid_sample_options", fields)]);
    });
  }

  function gridSampleBackward(gradOutput, input, grid, given) {
    const [grad, x, points] = [tensor("gradOutput", gradOutput), tensor("input", input), tensor("grid", grid)];
    const fields = gridOptions(given);
    return module.call((call) => {
      const structure = call.options("rsmp_grid_sample_options", fields);
      const [gradInput, gradGrid] = gradients(
        call, "rsmp_grid_sample_backward", grad, [x, points], [structure], [x.shape, points.shape],
      );
      return { gradInput, gradGrid };
    });
  }

  function affineGrid(theta, size, given) {
    const { alignCorners } = read(given, { alignCorners: false });
    const aligns = flag("alignCorners", alignCorners);
    const matrices = tensor("theta", theta);
    const lengths = exactShape("size", size ?? []);
    const shape = [lengths[0] ?? 0, ...lengths.slice(2), lengths.length - 2];
    return module.call((call) => operator(call, "rsmp_affine_grid", shape, [matrices], [aligns]));
  }

  const CARAFE = { kernelSize: undefined, groupSize: 1, scaleFactor: undefined };
  const carafeNumbers = (given) => {
    const { kernelSize, groupSize, scaleFactor } = read(given, CARAFE);
    return [integer("kernelSize", kernelSize), integer("groupSize", groupSize), integer("scaleFactor", scaleFactor)];
  };

  function carafe(features, masks, given) {
    const [x, m] = [rankOf("features", tensor("features", features), 4), rankOf("masks", tensor("masks", masks), 4)];
    const numbers = carafeNumbers(given);
    return module.call((call) => {
      const shape = shapeOf(call, "rsmp_carafe_shape", 4, call.lengths(x.shape), call.lengths(m.shape), ...numbers);
      return operator(call, "rsmp_carafe", shape, [x, m], numbers);
    });
  }

  function carafeBackward(gradOutput, features, masks, given) {
    const [grad, x, m] = [tensor("gradOutput", gradOutput), tensor("features", features), tensor("masks", masks)];
    const numbers = carafeNumbers(given);
    return module.call((call) => {
      const [gradFeatures, gradMasks] = gradients(
        call, "rsmp_carafe_backward", grad, [x, m], numbers, [x.shape, m.shape],
      );
      return { gradFeatures, gradMasks };
    });
  }

  const shuffle = (name, argument) => (input, factor) => {
    const x = tensor("input", input);
    const by = integer(argument, factor);
    const rank = x.shape.length;
    return module.call((call) => {
      const shape = shapeOf(call, `rsmp_${name}_shape`, rank, rank, call.lengths(x.shape), by);
      return operator(call, `rsmp_${name}`, shape, [x], [by]);
    });
  };

  function interpolate(input, given) {
    const x = tensor("input", input, true);
    const { out, ...others } = given ?? {};
    const fields = interpolateOptions(others, x.shape.length);
    return resize("rsmp_plan_create", "rsmp_interpolate_options", x, fields, x.dtype, out);
  }

  function interpolateBackward(gradOutput, inputSize, given) {
    const grad = tensor("gradOutput", gradOutput);
    const shape = exactShape("inputSize", inputSize ?? []);
    const fields = interpolateOptions(given, shape.length);
    return module.call((call) => {
      const structure = call.options("rsmp_interpolate_options", fields);
      return operator(call, "rsmp_interpolate_backward", shape, [grad], [structure]);
    });
  }

  function logitsToLabels(logits, given) {
    const { dtype: type = undefined, ...others } = given ?? {};
    const x = rankOf("logits", tensor("logits", logits), 4);
    const result = dtype(type ?? (x.shape[1] <= 256 ? "uint8" : "int32"));
    const fields = interpolateOptions(others, 4);
    return module.call((call) => {
      const structure = call.options("rsmp_interpolate_options", fields);
      const parameters = [4, call.lengths(x.shape), call.dtype(x.dtype), structure];
      const shape = shapeOf(call, "rsmp_logits_to_labels_shape", 3, ...parameters);
      const output = call.output(shape, result);
      call.check("rsmp_logits_to_labels", call.input(x), structure, output.address);
      return output.take();
    });
  }

  // ---- Conventions

  const float32 = dtype("float32");
  /** What TensorFlow and JAX make of integers. */
  const widened = (x, isNearest) => (isNearest || (isFloat(x) && !x.isImage) ? x.dtype : float32);
  const isFloat = ({ dtype: { name } }) => ["float16", "bfloat16", "float32", "float64"].includes(name);

  const onnx = {
    resize(input, given) {
      return resize("rsmp_plan_create_onnx_resize", "rsmp_onnx_resize_options", tensor("X", input), onnxOptions(given));
    },
    axisTaps(inputLength, outputLength, given) {
      const [type, others] = axisType(given);
      const fields = onnxOptions({ ...others, ...(others.scales ? {} : { sizes: [outputLength] }) });
      return axisOfPlan("rsmp_plan_create_onnx_resize", "rsmp_onnx_resize_options", [inputLength], type, fields, 0);
    },
  };

  const PILLOW_REDUCE = { factor: undefined, box: undefined, hasAlpha: undefined };
  const pillow = {
    resize(input, given) {
      const x = tensor("image", input);
      return resize("rsmp_plan_create_pillow_resize", "rsmp_pillow_resize_options", x, pillowOptions(given, x));
    },
    reduce(input, given) {
      const x = tensor("image", input);
      const { factor, box, hasAlpha: alpha } = read(given, PILLOW_REDUCE);
      const factors = pair("factor", typeof factor === "number" ? [factor, factor] : factor);
      const [height = 0, width = 0] = x.shape;
      const edges = entries("box", box ?? [0, 0, width, height], integer, MAX_AXES).map(Number);
      if (edges.length !== 4) throw new RangeError(`box must have 4 entries, got ${edges.length}`);
      if (factors.some((by) => by < 1n)) throw new RangeError(`factor must be at least 1, got ${factors.join()}`);
      const [left, upper, right, lower] = edges;
      // Before there is an array of its size.
      if (!(0 <= left && left < right && right <= width && 0 <= upper && upper < lower && lower <= height)) {
        throw new RangeError(`box must be a part of the image that is not empty, got ${edges.join(", ")}`);
      }
      const [columns, rows] = [right - left, lower - upper].map((length, i) => Math.ceil(length / Number(factors[i])));
      // A crop does not multiply by alpha.
      const multiplies = factors.some((by) => by > 1n) ? hasAlpha(alpha, x) : 0;
      return module.call((call) =>
        execute(call, x, [rows, columns, ...x.shape.slice(2)], x.dtype, (from, to) =>
          call.check("rsmp_pillow_reduce", from, ...factors, call.lengths(edges), multiplies, to),
        ),
      );
    },
    axisTaps(inputLength, outputLength, given) {
      const [type, others] = axisType(given);
      const shape = [1, inputLength];
      const fields = pillowOptions({ ...others, size: [outputLength, 1] }, { shape, dtype: type });
      return axisOfPlan("rsmp_plan_create_pillow_resize", "rsmp_pillow_resize_options", shape, type, fields, 1);
    },
  };

  const opencv = {
    resize(input, given) {
      const x = tensor("src", input);
      const shape = x.shape.length === 3 && x.shape[2] === 1 ? x.shape.slice(0, 2) : x.shape;
      const strides = x.strides?.slice(0, shape.length);
      return resize(
        "rsmp_plan_create_opencv_resize", "rsmp_opencv_resize_options", { ...x, shape, strides }, opencvOptions(given),
      );
    },
    axisTaps(inputLength, outputLength, given) {
      const [type, others] = axisType(given);
      const fields = opencvOptions({ ...others, dsize: [outputLength, 1] });
      const structure = "rsmp_opencv_resize_options";
      return axisOfPlan("rsmp_plan_create_opencv_resize", structure, [1, inputLength], type, fields, 1);
    },
  };

  const tensorflow = {
    resize(input, given) {
      const x = tensor("images", input);
      const type = given?.method === "nearest" ? x.dtype : float32;
      return resize(
        "rsmp_plan_create_tensorflow_resize", "rsmp_tensorflow_resize_options",
        { ...x, isImage: x.isImage && type === x.dtype }, tensorflowOptions(given), type,
      );
    },
    axisTaps(inputLength, outputLength, given) {
      const [type, others] = axisType(given);
      const fields = tensorflowOptions({ ...others, size: [1, outputLength] });
      const structure = "rsmp_tensorflow_resize_options";
      return axisOfPlan("rsmp_plan_create_tensorflow_resize", structure, [1, inputLength, 1], type, fields, 1);
    },
  };

  const jaxResize = (known) => (input, given) => {
    const x = tensor("image", input);
    const fields = jaxOptions(given, known);
    const isNearest = fields.method === constants.RSMP_JAX_NEAREST;
    const type = widened(x, isNearest);
    const lengths = exactShape("shape", given.shape ?? []);
    if (lengths.length !== x.shape.length) {
      throw new RangeError(`shape must have ${x.shape.length} entries, got ${lengths.length}`);
    }
    return resize(
      "rsmp_plan_create_jax_resize", "rsmp_jax_resize_options", { ...x, isImage: x.isImage && isNearest }, fields, type,
    );
  };
  const jax = {
    resize: jaxResize(JAX),
    scaleAndTranslate: jaxResize(JAX_TRANSLATING),
    axisTaps(inputLength, outputLength, given) {
      const [type, others] = axisType(given);
      const fields = jaxOptions({ ...others, shape: [outputLength] }, JAX);
      return axisOfPlan("rsmp_plan_create_jax_resize", "rsmp_jax_resize_options", [inputLength], type, fields, 0);
    },
  };

  return Object.freeze({
    version: module.text(functions.rsmp_version()),
    interpolate,
    interpolateBackward,
    axisTaps,
    logitsToLabels,
    pixelShuffle: shuffle("pixel_shuffle", "upscaleFactor"),
    pixelUnshuffle: shuffle("pixel_unshuffle", "downscaleFactor"),
    convTranspose1d: (input, weight, given) => convTranspose(3, input, weight, given),
    convTranspose2d: (input, weight, given) => convTranspose(4, input, weight, given),
    convTranspose3d: (input, weight, given) => convTranspose(5, input, weight, given),
    convTransposeBackward,
    gridSample,
    gridSampleBackward,
    affineGrid,
    carafe,
    carafeBackward,
    Preprocess: preprocessOf(module),
    onnx: Object.freeze(onnx),
    pillow: Object.freeze(pillow),
    opencv: Object.freeze(opencv),
    tensorflow: Object.freeze(tensorflow),
    jax: Object.freeze(jax),
    /** The module's memory, in bytes: it grows with the largest calls, and stays. */
    get memoryBytes() {
      return module.memory.buffer.byteLength;
    },
  });
}
