/** PyTorch's resampling operators in JavaScript: docs/javascript.md. */

export type Dtype =
  | "bool"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "float16"
  | "bfloat16"
  | "float32"
  | "float64";

export type Samples =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** What goes in: samples, and the lengths of the axes. */
export interface Tensor<Data extends Samples = Samples> {
  data: Data;
  shape: readonly number[];
  /** What the array says, unless it is another: "float16" and "bfloat16" of a Uint16Array, "bool" of a Uint8Array. */
  dtype?: Dtype;
  /** Samples from one index of each axis to the next; without them the last axis is the fastest, without gaps. */
  strides?: readonly number[];
}

/** What comes out. */
export interface Result<Data extends Samples = Samples> {
  data: Data;
  shape: number[];
  dtype: Dtype;
}

/** ImageData, or what looks like it. Results are ImageData where there is such a thing. */
export interface Image {
  data: Uint8ClampedArray | Uint8Array;
  width: number;
  height: number;
}

export type Mode =
  | "nearest"
  | "nearest-exact"
  | "linear"
  | "bilinear"
  | "trilinear"
  | "bicubic"
  | "area"
  | "lanczos"
  | "mitchell"
  | "hamming"
  | "box";

/** The arguments of torch.nn.functional.interpolate, by the names of JavaScript; and clamp and region besides. */
export interface InterpolateOptions {
  size?: number | readonly number[];
  scaleFactor?: number | readonly number[];
  mode?: Mode;
  alignCorners?: boolean;
  recomputeScaleFactor?: boolean;
  antialias?: boolean;
  /** Bounds of the result. */
  clamp?: readonly [number | undefined, number | undefined];
  /** The part of the output that is wanted: [start, stop] of each spatial axis, or undefined for all of it. */
  region?: readonly (readonly [number, number] | undefined)[];
}

export interface AxisOptions {
  mode?: Mode | "cubic";
  alignCorners?: boolean;
  scaleFactor?: number;
  antialias?: boolean;
  dtype?: Dtype;
}

/** Which source samples each output sample reads, with which weights. */
export interface AxisTaps {
  /** The position in the source axis that each output sample reads. */
  coordinates: Float64Array;
  /** tapCount for each output sample; those with fewer taps repeat the last one with weight 0. */
  indices: Int32Array;
  weights: Float64Array;
  tapCount: number;
}

export interface OnnxOptions {
  scales?: readonly number[];
  sizes?: readonly number[];
  roi?: readonly number[];
  axes?: readonly number[];
  mode?: "nearest" | "linear" | "cubic";
  coordinateTransformationMode?:
    | "half_pixel"
    | "half_pixel_symmetric"
    | "pytorch_half_pixel"
    | "align_corners"
    | "asymmetric"
    | "tf_half_pixel_for_nn"
    | "tf_crop_and_resize";
  nearestMode?: "round_prefer_floor" | "round_prefer_ceil" | "floor" | "ceil";
  antialias?: boolean;
  excludeOutside?: boolean;
  keepAspectRatioPolicy?: "stretch" | "not_larger" | "not_smaller";
  cubicCoeffA?: number;
  extrapolationValue?: number;
}

export interface PillowOptions {
  /** [width, height] */
  size: readonly [number, number];
  resample?: "nearest" | "lanczos" | "bilinear" | "bicubic" | "box" | "hamming" | "mks2013" | "mks2021";
  box?: readonly [number, number, number, number];
  reducingGap?: number;
  /** Whether the last channel is alpha, by which Pillow multiplies the others: so it is in bytes of 2 or 4 channels. */
  hasAlpha?: boolean;
  /** Of Pillow, "10.4" for instance, whose bits are wanted. */
  release?: string;
}

export interface PillowReduceOptions {
  factor: number | readonly [number, number];
  box?: readonly [number, number, number, number];
  hasAlpha?: boolean;
}

export interface OpenCVOptions {
  /** [width, height]; without it fx and fy decide. */
  dsize?: readonly [number, number];
  fx?: number;
  fy?: number;
  interpolation?: "nearest" | "linear" | "cubic" | "area" | "lanczos4" | "linear_exact" | "nearest_exact";
  /** Whether Intel's IPP computes what it computes in OpenCV's packages for x86-64. */
  ipp?: boolean;
  release?: string;
}

export interface TensorFlowOptions {
  /** [height, width] */
  size: readonly [number, number];
  method?: "bilinear" | "nearest" | "bicubic" | "area" | "lanczos3" | "lanczos5" | "gaussian" | "mitchellcubic";
  preserveAspectRatio?: boolean;
  antialias?: boolean;
  /** Whether to do what tf.compat.v1.image.resize_... do, which have the next two. */
  legacy?: boolean;
  alignCorners?: boolean;
  halfPixelCenters?: boolean;
}

export interface JaxOptions {
  shape: readonly number[];
  method: "nearest" | "linear" | "cubic" | "lanczos3" | "lanczos5" | "cubic-pytorch" | "area";
  antialias?: boolean;
}

export interface JaxTranslateOptions extends JaxOptions {
  spatialDims: readonly number[];
  scale: readonly number[];
  translation: readonly number[];
}

export interface ConvTransposeOptions {
  bias?: Tensor;
  stride?: number | readonly number[];
  padding?: number | readonly number[];
  outputPadding?: number | readonly number[];
  groups?: number;
  dilation?: number | readonly number[];
}

export interface GridSampleOptions {
  mode?: "bilinear" | "nearest" | "bicubic";
  paddingMode?: "zeros" | "border" | "reflection";
  alignCorners?: boolean;
}

export interface CarafeOptions {
  kernelSize: number;
  groupSize?: number;
  scaleFactor: number;
}

/** The fields of rsmp_preprocess_options in include/swiftresample.h: what is not given is what is named first there. */
export interface PreprocessOptions {
  convention?: "pytorch" | "pillow";
  mode?: Mode;
  antialias?: boolean;
  resize?:
    | "none"
    | "exact"
    | "shortest_edge"
    | "shortest_edge_rounded"
    | "longest_edge"
    | "within"
    | "covering";
  edgeRounding?: "down" | "half_up" | "half_to_even" | "half_to_even_quotient";
  canvas?: "resized" | "crop" | "pad" | "largest";
  anchor?: "top_left" | "center" | "center_cut_off" | "center_down" | "at";
  alpha?: "drop" | "over_white" | "refuse";
  border?: "level" | "value" | "edge";
  channels?: number;
  reverseChannels?: boolean;
  channelsLast?: boolean;
  arithmetic?: "wide_product" | "fused" | "quotient" | "product";
  normalize?: boolean;
  dtype?: "float32" | "float16" | "bfloat16" | "uint8";
  height?: number;
  width?: number;
  shortestEdge?: number;
  longestEdge?: number;
  edgeMultiple?: number;
  canvasHeight?: number;
  canvasWidth?: number;
  canvasMultiple?: number;
  top?: number;
  left?: number;
  rescale?: number;
  mean?: number | readonly number[];
  std?: number | readonly number[];
  fill?: number | readonly number[];
}

/** Where an image lies in its output. */
export interface Placement {
  height: number;
  width: number;
  resizedHeight: number;
  resizedWidth: number;
  canvasHeight: number;
  canvasWidth: number;
  top: number;
  left: number;
}

export interface Preprocess {
  placement(height: number, width: number): Placement;
  /** One batch of images of bytes, (height, width) or (height, width, channels). */
  run(images: Tensor | Image | readonly (Tensor | Image)[]): Result;
  /** Frees its memory now; otherwise that happens once nothing refers to it any more. */
  destroy(): void;
}

type ConvTranspose = <Data extends Samples>(
  input: Tensor<Data>,
  weight: Tensor,
  options?: ConvTransposeOptions,
) => Result<Data>;

interface Resize<Options> {
  resize(image: Image, options: Options): Image;
  resize<Data extends Samples>(input: Tensor<Data>, options: Options): Result<Data>;
}

interface WithTaps<Options> {
  axisTaps(inputLength: number, outputLength: number, options?: Partial<Options> & { dtype?: Dtype }): AxisTaps;
}

export interface Library {
  /** The library's version. */
  readonly version: string;
  /** The module's memory, in bytes: it grows with the largest calls, and stays. */
  readonly memoryBytes: number;

  interpolate(input: Image, options: InterpolateOptions): Image;
  /** `out`: where the result goes, instead of a new array. */
  interpolate<Data extends Samples>(input: Tensor<Data>, options: InterpolateOptions & { out?: Data }): Result<Data>;
  interpolateBackward<Data extends Samples>(
    gradOutput: Tensor<Data>,
    inputSize: readonly number[],
    options: InterpolateOptions,
  ): Result<Data>;
  axisTaps(inputLength: number, outputLength: number, options?: AxisOptions): AxisTaps;
  logitsToLabels(logits: Tensor, options: InterpolateOptions & { dtype?: "uint8" | "int32" | "int64" }): Result;

  pixelShuffle<Data extends Samples>(input: Tensor<Data>, upscaleFactor: number): Result<Data>;
  pixelUnshuffle<Data extends Samples>(input: Tensor<Data>, downscaleFactor: number): Result<Data>;
  readonly convTranspose1d: ConvTranspose;
  readonly convTranspose2d: ConvTranspose;
  readonly convTranspose3d: ConvTranspose;
  convTransposeBackward(
    gradOutput: Tensor,
    input: Tensor,
    weight: Tensor,
    options?: ConvTransposeOptions,
  ): { gradInput: Result; gradWeight: Result; gradBias: Result };
  gridSample<Data extends Samples>(input: Tensor<Data>, grid: Tensor, options?: GridSampleOptions): Result<Data>;
  gridSampleBackward(
    gradOutput: Tensor,
    input: Tensor,
    grid: Tensor,
    options?: GridSampleOptions,
  ): { gradInput: Result; gradGrid: Result };
  affineGrid<Data extends Samples>(
    theta: Tensor<Data>,
    size: readonly number[],
    options?: { alignCorners?: boolean },
  ): Result<Data>;
  carafe<Data extends Samples>(features: Tensor<Data>, masks: Tensor, options: CarafeOptions): Result<Data>;
  carafeBackward(
    gradOutput: Tensor,
    features: Tensor,
    masks: Tensor,
    options: CarafeOptions,
  ): { gradFeatures: Result; gradMasks: Result };

  readonly Preprocess: new (options: PreprocessOptions) => Preprocess;

  readonly onnx: Resize<OnnxOptions> & WithTaps<OnnxOptions>;
  readonly pillow: Resize<PillowOptions> &
    WithTaps<PillowOptions> & {
      reduce(image: Image, options: PillowReduceOptions): Image;
      reduce<Data extends Samples>(image: Tensor<Data>, options: PillowReduceOptions): Result<Data>;
    };
  readonly opencv: Resize<OpenCVOptions> & WithTaps<OpenCVOptions>;
  readonly tensorflow: {
    resize(images: Tensor | Image, options: TensorFlowOptions): Result | Image;
  } & WithTaps<TensorFlowOptions>;
  readonly jax: {
    resize(image: Tensor | Image, options: JaxOptions): Result | Image;
    scaleAndTranslate(image: Tensor | Image, options: JaxTranslateOptions): Result | Image;
  } & WithTaps<JaxOptions>;
}

/**
 * Loads the library: from libresample.wasm beside the module, or from `source`, an address, bytes, a WebAssembly.Module,
 * or an instance of it that nobody has called yet.
 */
export function load(
  source?: string | URL | BufferSource | WebAssembly.Module | WebAssembly.Instance,
): Promise<Library>;
