/*
 * swiftresample.hpp - swiftresample.h for C++17 and later: views of arrays, options with defaults, exceptions.
 *
 *   std::vector<float> image{1, 2, 3, 4}, result(16);
 *   using namespace swiftresample;
 *   interpolate_options options;
 *   options.mode = mode::bilinear;
 *   options.size = {4, 4};
 *   interpolate(tensor_view(image, {1, 1, 2, 2}), tensor_view(result, {1, 1, 4, 4}), options);
 *
 * swiftresample.h says what each function computes, and which dtypes and shapes it takes; here is what is different.
 *  - Views, shapes and options are values that allocate nothing; plans and axes release what they own.
 *  - Failure is an exception: std::bad_alloc for RSMP_OUT_OF_MEMORY, else swiftresample::error, which has the status.
 *  - A tensor that may be NULL there is {} here, a bias or a gradient: conv_transpose(input, weight, {}, output).
 *
 * Everything is in this header; link with -lresample, as for C.
 */
#ifndef SWIFTRESAMPLE_HPP
#define SWIFTRESAMPLE_HPP

#include <swiftresample.h>

#include <algorithm>
#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace swiftresample {

/* ---- Errors ------------------------------------------------------------------------------------------------------ */

/* Any failure but that of an allocation; what() is the library's sentence. */
class error : public std::runtime_error {
 public:
  error(rsmp_status status, const char *message) : std::runtime_error(message), status_(status) {}
  rsmp_status status() const noexcept { return status_; }

 private:
  rsmp_status status_;
};

namespace detail {
constexpr void require(bool condition, const char *message) {
  if (!condition) throw error(RSMP_INVALID_VALUE, message);
}
}  // namespace detail

/* ---- Shapes and dtypes ------------------------------------------------------------------------------------------- */

/* Up to Capacity numbers: numbers of any types in braces, or a container that has data() and size(). */
template <class Number, std::size_t Capacity>
class number_list {
  template <class Other>
  static constexpr bool takes = /* no floats as integers */
      std::is_integral_v<Other> || (std::is_floating_point_v<Number> && std::is_floating_point_v<Other>);

 public:
  constexpr number_list() = default;
  template <class... Numbers, std::enable_if_t<(sizeof...(Numbers) > 0) && (takes<Numbers> && ...), int> = 0>
  constexpr number_list(Numbers... numbers) : numbers_{static_cast<Number>(numbers)...}, size_(sizeof...(Numbers)) {
    static_assert(sizeof...(Numbers) <= Capacity, "more numbers than the library takes");
  }
  template <class Container, class Pointer = decltype(std::data(std::declval<const Container &>())),
            std::enable_if_t<!std::is_same_v<Container, number_list> && takes<std::remove_pointer_t<Pointer>>, int> = 0>
  number_list(const Container &container) {
    resize(std::size(container));
    const auto *from = std::data(container);
    std::transform(from, from + size_, data(), [](auto number) { return static_cast<Number>(number); });
  }
  constexpr void resize(std::size_t size) {
    detail::require(size <= Capacity, "a list has more numbers than the library takes");
    for (std::size_t index = size_; index < size; index++) numbers_[index] = Number();
    size_ = size;
  }
  constexpr std::size_t size() const noexcept { return size_; }
  constexpr bool empty() const noexcept { return size_ == 0; }
  constexpr const Number *data() const noexcept { return numbers_.data(); }
  constexpr Number *data() noexcept { return numbers_.data(); }
  constexpr const Number *begin() const noexcept { return data(); }
  constexpr const Number *end() const noexcept { return data() + size_; }
  constexpr Number operator[](std::size_t index) const { return numbers_[index]; }
  constexpr Number &operator[](std::size_t index) { return numbers_[index]; }
  friend bool operator==(const number_list &a, const number_list &b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }
  friend bool operator!=(const number_list &a, const number_list &b) { return !(a == b); }

 private:
  std::array<Number, Capacity> numbers_{};
  std::size_t size_ = 0;
};

/* A shape, or strides: one number an axis. */
using dims = number_list<std::int64_t, RSMP_MAX_AXES>;
/* Options: one number a spatial axis; empty: not given. */
using spatial_sizes = number_list<std::int64_t, RSMP_MAX_SPATIAL_AXES>;
using spatial_factors = number_list<double, RSMP_MAX_SPATIAL_AXES>;

/* Elements of 16 bits that are floats, held as std::uint16_t: tensor_view<float16>(words, shape). */
struct float16 {};
struct bfloat16 {};

template <class Storage, int code>
struct element_of_dtype {
  using storage = Storage;
  static constexpr rsmp_dtype dtype{static_cast<std::uint8_t>(code), static_cast<std::uint8_t>(8 * sizeof(Storage)), 1};
};

/* What holds an element of a type, and its dtype. May be specialized for types of one's own, say _Float16. */
template <class Element, class = void>
struct element_traits;
template <class Integer>
struct element_traits<Integer, std::enable_if_t<std::is_integral_v<Integer>>>
    : element_of_dtype<Integer, std::is_signed_v<Integer> ? RSMP_INT : RSMP_UINT> {};
template <>
struct element_traits<bool> : element_of_dtype<bool, RSMP_BOOL> {};
template <>
struct element_traits<float> : element_of_dtype<float, RSMP_FLOAT> {};
template <>
struct element_traits<double> : element_of_dtype<double, RSMP_FLOAT> {};
template <>
struct element_traits<float16> : element_of_dtype<std::uint16_t, RSMP_FLOAT> {};
template <>
struct element_traits<bfloat16> : element_of_dtype<std::uint16_t, RSMP_BFLOAT> {};
template <class Part>
struct element_traits<std::complex<Part>> : element_of_dtype<std::complex<Part>, RSMP_COMPLEX> {};

/* dtype<float>, for what is asked without samples: plans, axes, shapes. */
template <class Element>
inline constexpr rsmp_dtype dtype = element_traits<std::remove_const_t<Element>>::dtype;

/* ---- Tensors ----------------------------------------------------------------------------------------------------- */

/* What functions read: a tensor_view of any elements, or a tensor of C; {} is none. Memory stays the caller's. */
class const_tensor {
 public:
  const_tensor() = default;
  /* A tensor of C, or of DLPack: const_tensor(reinterpret_cast<const rsmp_tensor &>(dl_tensor)). */
  explicit const_tensor(const rsmp_tensor &c) : tensor_(c), is_given_(true) {
    detail::require(c.ndim >= 0 && (c.ndim == 0 || c.shape != nullptr), "a tensor has no shape");
    shape_.resize(static_cast<std::size_t>(c.ndim));
    std::copy_n(c.shape, shape_.size(), shape_.data());
    if (c.strides == nullptr) return;
    strides_.resize(shape_.size());
    std::copy_n(c.strides, shape_.size(), strides_.data());
  }
  explicit operator bool() const noexcept { return is_given_; }
  const dims &shape() const noexcept { return shape_; }
  /* In elements; empty: contiguous. */
  const dims &strides() const noexcept { return strides_; }
  /* For the functions of swiftresample.h. Its shape and strides are those in this object, and live as long. */
  rsmp_tensor c_tensor() const noexcept {
    rsmp_tensor c = tensor_;
    c.ndim = static_cast<std::int32_t>(shape_.size());
    c.shape = const_cast<std::int64_t *>(shape_.data());
    c.strides = strides_.empty() ? nullptr : const_cast<std::int64_t *>(strides_.data());
    return c;
  }

 protected:
  const_tensor(const void *data, rsmp_dtype dtype, const dims &shape, const dims &strides)
      : shape_(shape), strides_(strides), is_given_(true) {
    detail::require(strides.empty() || strides.size() == shape.size(), "strides have one entry for each axis");
    tensor_.data = const_cast<void *>(data);
    tensor_.dtype = dtype;
  }

 private:
  rsmp_tensor tensor_{}; /* without shape and strides */
  dims shape_, strides_;
  bool is_given_ = false;
};

/* What functions write: only of elements that are not const. */
class tensor : public const_tensor {
 public:
  tensor() = default;
  explicit tensor(const rsmp_tensor &c) : const_tensor(c) {}

 protected:
  using const_tensor::const_tensor;
};

namespace detail {
template <class Source>
constexpr auto data_of(Source &source) {
  if constexpr (std::is_pointer_v<Source>) return source;
  else return std::data(source);
}
template <class Source>
using element_of = std::remove_pointer_t<decltype(data_of(std::declval<std::remove_reference_t<Source> &>()))>;

/* Whether every element lies among the first `size` ones, where element (0, 0, ...) is the first. */
inline bool is_within(std::size_t size, const dims &shape, const dims &strides) {
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return true;
  std::uint64_t last = 0, contiguous = 1;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    if (shape[axis] < 0 || (!strides.empty() && strides[axis] < 0)) return false;
    const std::uint64_t steps = static_cast<std::uint64_t>(shape[axis]) - 1;
    const std::uint64_t stride = strides.empty() ? contiguous : static_cast<std::uint64_t>(strides[axis]);
    if (steps > 0 && stride > (size - 1) / steps) return false;
    last += steps * stride;
    if (last >= size) return false;
    contiguous *= steps + 1;
  }
  return size > 0;
}
}  // namespace detail

/*
 * A strided array of elements of one type, in memory that stays the caller's. Of const elements it is only an input.
 *   tensor_view(samples, {1, 3, 480, 640})                         a container or array: too small a one is refused
 *   tensor_view(pointer, {1, 3, 480, 640}, {921600, 1, 1920, 3})   channels last; pointer: to element (0, 0, 0, 0)
 *   tensor_view<float16>(words, {1, 8, 16})                        words of std::uint16_t
 */
template <class Element>
class tensor_view : public std::conditional_t<std::is_const_v<Element>, const_tensor, tensor> {
  using base = std::conditional_t<std::is_const_v<Element>, const_tensor, tensor>;
  using traits = element_traits<std::remove_const_t<Element>>;

 public:
  using storage =
      std::conditional_t<std::is_const_v<Element>, const typename traits::storage, typename traits::storage>;

  /* Containers that are about to go are not taken. Negative strides want a pointer. */
  template <class Source, std::enable_if_t<std::is_convertible_v<detail::element_of<Source> (*)[], storage (*)[]> &&
                                               (std::is_lvalue_reference_v<Source> || std::is_pointer_v<Source>),
                                           int> = 0>
  tensor_view(Source &&source, const dims &shape, const dims &strides = {})
      : base(detail::data_of(source), traits::dtype, shape, strides), data_(detail::data_of(source)) {
    if constexpr (!std::is_pointer_v<std::remove_cv_t<std::remove_reference_t<Source>>>) {
      detail::require(detail::is_within(std::size(source), shape, strides), "a view reaches beyond its container");
    }
  }

  storage *data() const noexcept { return data_; }

 private:
  storage *data_;
};
template <class Source>
tensor_view(Source &&, const dims &, const dims & = {}) -> tensor_view<detail::element_of<Source>>;

namespace detail {
/* What functions of C take by address, for the time of a call. */
template <class C>
struct argument {
  C value;
  bool is_given;
  operator const C *() const noexcept { return is_given ? &value : nullptr; }
};

template <class Argument>
auto pass(const Argument &value) {
  if constexpr (std::is_same_v<Argument, const_tensor> || std::is_same_v<Argument, tensor>) {
    return argument<rsmp_tensor>{value.c_tensor(), static_cast<bool>(value)};
  } else if constexpr (std::is_same_v<Argument, dims>) {
    return value.data();
  } else if constexpr (std::is_scalar_v<Argument> || std::is_same_v<Argument, rsmp_dtype>) {
    return value;
  } else {
    return argument<decltype(value.c_options())>{value.c_options(), true};
  }
}

template <class Function, class... Arguments>
void call(Function *function, const Arguments &...arguments) {
  rsmp_error failure;
  const rsmp_status status = function(pass(arguments)..., &failure);
  if (status == RSMP_OUT_OF_MEMORY) throw std::bad_alloc();
  if (status != RSMP_OK) throw error(status, failure.message);
}

template <class Function, class... Arguments>
dims shape_of(std::size_t rank, Function *function, const Arguments &...arguments) {
  dims shape;
  shape.resize(rank);
  call(function, arguments..., shape.data());
  return shape;
}
inline std::int32_t rank(const dims &shape) noexcept { return static_cast<std::int32_t>(shape.size()); }

/* A list as an option of C. */
template <class Number, std::size_t Capacity>
void store(const number_list<Number, Capacity> &list, Number (&places)[Capacity], std::int32_t &count) {
  std::copy(list.begin(), list.end(), places);
  count = static_cast<std::int32_t>(list.size());
}
}  // namespace detail

/* ---- Interpolate ------------------------------------------------------------------------------------------------- */

enum class mode : std::int32_t {
  nearest = RSMP_MODE_NEAREST,
  nearest_exact = RSMP_MODE_NEAREST_EXACT,
  linear = RSMP_MODE_LINEAR,
  bilinear = RSMP_MODE_BILINEAR,
  trilinear = RSMP_MODE_TRILINEAR,
  bicubic = RSMP_MODE_BICUBIC,
  area = RSMP_MODE_AREA,
  lanczos = RSMP_MODE_LANCZOS,
  mitchell = RSMP_MODE_MITCHELL,
  hamming = RSMP_MODE_HAMMING,
  box = RSMP_MODE_BOX
};

/* From C++20 on also written {.mode = mode::bilinear, .size = {8, 8}}. Either size or scale_factor is given. */
struct interpolate_options {
  swiftresample::mode mode = swiftresample::mode::nearest;
  spatial_sizes size{};
  spatial_factors scale_factor{};
  std::optional<bool> align_corners{};
  bool antialias = false;
  bool recompute_scale_factor = false;
  std::optional<double> clamp_low{}, clamp_high{};
  /* The part of the output: samples start to stop - 1 of each spatial axis, where a stop of 0 is the end; empty: all of it. */
  spatial_sizes region_start{}, region_stop{};

  rsmp_interpolate_options c_options() const {
    rsmp_interpolate_options options{};
    options.struct_size = sizeof options;
    options.mode = static_cast<std::int32_t>(mode);
    if (align_corners) options.align_corners = *align_corners ? RSMP_ALIGN_CORNERS_TRUE : RSMP_ALIGN_CORNERS_FALSE;
    options.antialias = antialias;
    options.recompute_scale_factor = recompute_scale_factor;
    detail::store(size, options.size, options.size_count);
    detail::store(scale_factor, options.scale_factor, options.scale_factor_count);
    options.clamp = (clamp_low ? RSMP_CLAMP_LOW : 0) | (clamp_high ? RSMP_CLAMP_HIGH : 0);
    options.clamp_low = clamp_low.value_or(0);
    options.clamp_high = clamp_high.value_or(0);
    std::int32_t entries = 0;
    detail::store(region_start, options.region_start, entries);
    detail::store(region_stop, options.region_stop, entries);
    return options;
  }
};

/* interpolate_shape({1, 3, 480, 640}, dtype<float>, options) */
inline dims interpolate_shape(const dims &shape, rsmp_dtype type, const interpolate_options &options) {
  return detail::shape_of(shape.size(), rsmp_interpolate_shape, detail::rank(shape), shape, type, options);
}
inline void interpolate(const const_tensor &input, const tensor &output, const interpolate_options &options) {
  detail::call(rsmp_interpolate, input, options, output);
}
/* The options are those of interpolate: size is that of grad_output. */
inline void interpolate_backward(const const_tensor &grad_output, const tensor &grad_input,
                                 const interpolate_options &options) {
  detail::call(rsmp_interpolate_backward, grad_output, options, grad_input);
}

/* ---- Labels of pixels -------------------------------------------------------------------------------------------- */

/* (N, H, W) of logits (N, C, H, W) */
inline dims logits_to_labels_shape(const dims &shape, rsmp_dtype type, const interpolate_options &options) {
  detail::require(shape.size() == 4, "logits must be (N, C, H, W)");
  return detail::shape_of(3, rsmp_logits_to_labels_shape, detail::rank(shape), shape, type, options);
}
inline void logits_to_labels(const const_tensor &logits, const tensor &labels, const interpolate_options &options) {
  detail::call(rsmp_logits_to_labels, logits, options, labels);
}

/* ---- ONNX's Resize ----------------------------------------------------------------------------------------------- */

enum class onnx_mode : std::int32_t { nearest = RSMP_ONNX_NEAREST, linear = RSMP_ONNX_LINEAR, cubic = RSMP_ONNX_CUBIC };
enum class onnx_coordinates : std::int32_t {
  half_pixel = RSMP_ONNX_HALF_PIXEL,
  half_pixel_symmetric = RSMP_ONNX_HALF_PIXEL_SYMMETRIC,
  pytorch_half_pixel = RSMP_ONNX_PYTORCH_HALF_PIXEL,
  align_corners = RSMP_ONNX_ALIGN_CORNERS,
  asymmetric = RSMP_ONNX_ASYMMETRIC,
  tf_half_pixel_for_nn = RSMP_ONNX_TF_HALF_PIXEL_FOR_NN,
  tf_crop_and_resize = RSMP_ONNX_TF_CROP_AND_RESIZE
};
enum class onnx_nearest : std::int32_t {
  round_prefer_floor = RSMP_ONNX_ROUND_PREFER_FLOOR,
  round_prefer_ceil = RSMP_ONNX_ROUND_PREFER_CEIL,
  floor = RSMP_ONNX_FLOOR,
  ceil = RSMP_ONNX_CEIL
};
enum class onnx_policy : std::int32_t {
  stretch = RSMP_ONNX_STRETCH,
  not_larger = RSMP_ONNX_NOT_LARGER,
  not_smaller = RSMP_ONNX_NOT_SMALLER
};

/* Either scales or sizes is given, with an entry for each of `axes`, or of all axes where that is empty; roi has two. */
struct onnx_resize_options {
  onnx_mode mode = onnx_mode::nearest;
  onnx_coordinates coordinate_transformation_mode = onnx_coordinates::half_pixel;
  onnx_nearest nearest_mode = onnx_nearest::round_prefer_floor;
  bool antialias = false, exclude_outside = false;
  onnx_policy keep_aspect_ratio_policy = onnx_policy::stretch;
  dims axes{};
  number_list<float, RSMP_MAX_AXES> scales{};
  dims sizes{};
  number_list<double, 2 * RSMP_MAX_AXES> roi{};
  std::optional<float> cubic_coeff_a{};
  float extrapolation_value = 0;

  rsmp_onnx_resize_options c_options() const {
    rsmp_onnx_resize_options options{};
    options.struct_size = sizeof options;
    options.mode = static_cast<std::int32_t>(mode);
    options.coordinate_transformation_mode = static_cast<std::int32_t>(coordinate_transformation_mode);
    options.nearest_mode = static_cast<std::int32_t>(nearest_mode);
    options.antialias = antialias;
    options.exclude_outside = exclude_outside;
    options.keep_aspect_ratio_policy = static_cast<std::int32_t>(keep_aspect_ratio_policy);
    detail::store(axes, options.axes, options.axis_count);
    detail::store(scales, options.scales, options.scale_count);
    detail::store(sizes, options.sizes, options.size_count);
    detail::store(roi, options.roi, options.roi_count);
    options.has_cubic_coeff_a = cubic_coeff_a.has_value();
    options.cubic_coeff_a = cubic_coeff_a.value_or(0);
    options.extrapolation_value = extrapolation_value;
    return options;
  }
};

inline dims onnx_resize_shape(const dims &shape, rsmp_dtype type, const onnx_resize_options &options) {
  return detail::shape_of(shape.size(), rsmp_onnx_resize_shape, detail::rank(shape), shape, type, options);
}
inline void onnx_resize(const const_tensor &input, const tensor &output, const onnx_resize_options &options) {
  detail::call(rsmp_onnx_resize, input, options, output);
}

/* ---- Pillow's resize --------------------------------------------------------------------------------------------- */

enum class pillow_filter : std::int32_t {
  nearest = RSMP_PILLOW_NEAREST,
  lanczos = RSMP_PILLOW_LANCZOS,
  bilinear = RSMP_PILLOW_BILINEAR,
  bicubic = RSMP_PILLOW_BICUBIC,
  box = RSMP_PILLOW_BOX,
  hamming = RSMP_PILLOW_HAMMING,
  mks2013 = RSMP_PILLOW_MKS2013,
  mks2021 = RSMP_PILLOW_MKS2021
};

/* `box` is left, upper, right and lower edge; without one the whole image is resized. */
struct pillow_resize_options {
  std::int64_t width = 0, height = 0;
  pillow_filter resample = pillow_filter::bicubic;
  std::optional<std::array<double, 4>> box{};
  std::optional<double> reducing_gap{};
  bool has_alpha = false;
  std::int32_t release = 0;

  rsmp_pillow_resize_options c_options() const {
    rsmp_pillow_resize_options options{};
    options.struct_size = sizeof options;
    options.resample = static_cast<std::int32_t>(resample);
    options.has_alpha = has_alpha;
    options.release = release;
    options.width = width;
    options.height = height;
    options.has_box = box.has_value();
    if (box) std::copy(box->begin(), box->end(), options.box);
    options.reducing_gap = reducing_gap.value_or(0);
    return options;
  }
};

inline void pillow_resize(const const_tensor &image, const tensor &output, const pillow_resize_options &options) {
  detail::call(rsmp_pillow_resize, image, options, output);
}
inline void pillow_reduce(const const_tensor &image, const tensor &output, std::int64_t factor_x, std::int64_t factor_y,
                          const std::optional<std::array<std::int64_t, 4>> &box = {}, bool has_alpha = false) {
  const std::int64_t *edges = box ? box->data() : nullptr;
  detail::call(rsmp_pillow_reduce, image, factor_x, factor_y, edges, static_cast<std::int32_t>(has_alpha), output);
}

/* ---- Axes and plans ---------------------------------------------------------------------------------------------- */

/* For output sample i: its coordinate, and from i * tap_count on, the samples that it reads and their weights. */
struct axis_taps {
  std::vector<double> coordinates;
  std::vector<std::int64_t> indices;
  std::vector<double> weights;
};

/* The taps of one axis, made without a plan, or a plan's, and that plan lives as long. Immutable; copies share it. */
class axis {
 public:
  axis(std::int64_t input_length, std::int64_t output_length, rsmp_dtype type, const interpolate_options &options) {
    rsmp_axis *made = nullptr;
    detail::call(rsmp_axis_create, input_length, output_length, type, options, &made);
    axis_.reset(made, rsmp_axis_destroy);
  }
  /* input_length, output_length and tap_count. */
  rsmp_axis_info describe() const {
    rsmp_axis_info info{};
    info.struct_size = sizeof info;
    detail::call(rsmp_axis_describe, axis_.get(), &info);
    return info;
  }
  axis_taps taps() const {
    const rsmp_axis_info info = describe();
    const auto length = static_cast<std::size_t>(info.output_length);
    const auto all = length * static_cast<std::size_t>(info.tap_count);
    axis_taps taps{std::vector<double>(length), std::vector<std::int64_t>(all), std::vector<double>(all)};
    detail::call(rsmp_axis_taps, axis_.get(), taps.coordinates.data(), taps.indices.data(), taps.weights.data());
    return taps;
  }

 private:
  friend class plan;
  explicit axis(std::shared_ptr<const rsmp_axis> lent) noexcept : axis_(std::move(lent)) {}
  std::shared_ptr<const rsmp_axis> axis_;
};

/* interpolate for one shape and dtype, everything but the samples computed once. Any threads may execute it at once. */
class plan {
 public:
  plan(const dims &input_shape, rsmp_dtype type, const interpolate_options &options)
      : plan(rsmp_plan_create, input_shape, type, options) {}
  /* The same for interpolate_backward: its input is the gradient of the output, its output that of the input. */
  static plan backward(const dims &input_shape, rsmp_dtype type, const interpolate_options &options) {
    return plan(rsmp_plan_create_backward, input_shape, type, options);
  }
  static plan onnx_resize(const dims &input_shape, rsmp_dtype type, const onnx_resize_options &options) {
    return plan(rsmp_plan_create_onnx_resize, input_shape, type, options);
  }
  static plan pillow_resize(const dims &image_shape, rsmp_dtype type, const pillow_resize_options &options) {
    return plan(rsmp_plan_create_pillow_resize, image_shape, type, options);
  }
  plan(plan &&) noexcept = default;
  plan &operator=(plan &&) noexcept = default;

  void execute(const const_tensor &input, const tensor &output) const {
    detail::call(rsmp_plan_execute, plan_.get(), input, output);
  }
  dims output_shape() const { return detail::shape_of(rank_, rsmp_plan_output_shape, plan_.get()); }
  /* The part of the input that is read: samples first[axis] to second[axis] - 1 of each spatial axis. */
  std::pair<spatial_sizes, spatial_sizes> source_region() const {
    std::pair<spatial_sizes, spatial_sizes> region;
    region.first.resize(RSMP_MAX_SPATIAL_AXES);
    region.second.resize(RSMP_MAX_SPATIAL_AXES);
    const rsmp_axis *lent = nullptr;
    std::size_t axes = 0;
    while (axes < region.first.size() &&
           rsmp_plan_axis(plan_.get(), static_cast<std::int32_t>(axes), &lent, nullptr) == RSMP_OK) {
      axes++;
    }
    region.first.resize(axes);
    region.second.resize(axes);
    detail::call(rsmp_plan_source_region, plan_.get(), region.first.data(), region.second.data());
    return region;
  }
  /* Of spatial axis `index`: 0 is the first one, D of a volume. */
  swiftresample::axis axis(std::int32_t index) const {
    const rsmp_axis *lent = nullptr;
    detail::call(rsmp_plan_axis, plan_.get(), index, &lent);
    return swiftresample::axis({plan_, lent});
  }

 private:
  template <class Create, class Options>
  plan(Create *create, const dims &shape, rsmp_dtype type, const Options &options) : rank_(shape.size()) {
    rsmp_plan *made = nullptr;
    detail::call(create, detail::rank(shape), shape, type, options, &made);
    plan_.reset(made, rsmp_plan_destroy);
  }
  std::shared_ptr<const rsmp_plan> plan_;
  std::size_t rank_;
};

/* ---- From an image to a network's input -------------------------------------------------------------------------- */

/* C's options, which Python's Preprocess.c_source() writes; {} with struct_size set is levels as they are, as float32. */
struct preprocess_options : rsmp_preprocess_options {
  preprocess_options() : rsmp_preprocess_options{} { struct_size = sizeof(rsmp_preprocess_options); }
  rsmp_preprocess_options c_options() const { return *this; }
};

/* Images of any sizes to one batch. Immutable; copies share it, and any threads may execute it at once. */
class preprocess {
 public:
  explicit preprocess(const preprocess_options &options) {
    rsmp_preprocess *made = nullptr;
    detail::call(rsmp_preprocess_create, options, &made);
    preprocess_.reset(made, rsmp_preprocess_destroy);
  }
  /* Where an image that is alone lies in its output. */
  rsmp_placement placement(std::int64_t height, std::int64_t width) const {
    rsmp_placement placement{};
    placement.struct_size = sizeof placement;
    detail::call(rsmp_preprocess_placement, preprocess_.get(), height, width, &placement);
    return placement;
  }
  dims output_shape(const std::vector<const_tensor> &images) const {
    const std::vector<rsmp_tensor> all = c_tensors(images);
    return detail::shape_of(4, rsmp_preprocess_output_shape, preprocess_.get(), count(all), all.data());
  }
  void execute(const std::vector<const_tensor> &images, const tensor &output) const {
    const std::vector<rsmp_tensor> all = c_tensors(images);
    detail::call(rsmp_preprocess_execute, preprocess_.get(), count(all), all.data(), output);
  }

 private:
  static std::int64_t count(const std::vector<rsmp_tensor> &images) noexcept {
    return static_cast<std::int64_t>(images.size());
  }
  static std::vector<rsmp_tensor> c_tensors(const std::vector<const_tensor> &images) {
    std::vector<rsmp_tensor> all;
    for (const const_tensor &image : images) all.push_back(image.c_tensor());
    return all;
  }
  std::shared_ptr<const rsmp_preprocess> preprocess_;
};

/* ---- Pixel shuffle ----------------------------------------------------------------------------------------------- */

inline dims pixel_shuffle_shape(const dims &shape, std::int64_t upscale_factor) {
  return detail::shape_of(shape.size(), rsmp_pixel_shuffle_shape, detail::rank(shape), shape, upscale_factor);
}
inline void pixel_shuffle(const const_tensor &input, const tensor &output, std::int64_t upscale_factor) {
  detail::call(rsmp_pixel_shuffle, input, upscale_factor, output);
}
inline dims pixel_unshuffle_shape(const dims &shape, std::int64_t downscale_factor) {
  return detail::shape_of(shape.size(), rsmp_pixel_unshuffle_shape, detail::rank(shape), shape, downscale_factor);
}
inline void pixel_unshuffle(const const_tensor &input, const tensor &output, std::int64_t downscale_factor) {
  detail::call(rsmp_pixel_unshuffle, input, downscale_factor, output);
}

/* ---- Transposed convolution -------------------------------------------------------------------------------------- */

/* Lists that are empty: stride 1, padding 0, output_padding 0, dilation 1. */
struct conv_transpose_options {
  spatial_sizes stride{}, padding{}, output_padding{};
  std::int64_t groups = 1;
  spatial_sizes dilation{};

  rsmp_conv_transpose_options c_options() const {
    rsmp_conv_transpose_options options{};
    options.struct_size = sizeof options;
    detail::store(stride, options.stride, options.stride_count);
    detail::store(padding, options.padding, options.padding_count);
    detail::store(output_padding, options.output_padding, options.output_padding_count);
    detail::store(dilation, options.dilation, options.dilation_count);
    options.groups = groups;
    return options;
  }
};

inline dims conv_transpose_shape(const dims &input, const dims &weight, const conv_transpose_options &options = {}) {
  detail::require(input.size() == weight.size(), "input and weight have different numbers of axes");
  return detail::shape_of(input.size(), rsmp_conv_transpose_shape, detail::rank(input), input, weight, options);
}
inline void conv_transpose(const const_tensor &input, const const_tensor &weight, const const_tensor &bias,
                           const tensor &output, const conv_transpose_options &options = {}) {
  detail::call(rsmp_conv_transpose, input, weight, bias, options, output);
}
inline void conv_transpose_backward(const const_tensor &grad_output, const const_tensor &input,
                                    const const_tensor &weight, const tensor &grad_input, const tensor &grad_weight,
                                    const tensor &grad_bias, const conv_transpose_options &options = {}) {
  detail::call(rsmp_conv_transpose_backward, grad_output, input, weight, options, grad_input, grad_weight, grad_bias);
}

/* ---- Grid sampling ----------------------------------------------------------------------------------------------- */

enum class sample_mode : std::int32_t {
  bilinear = RSMP_SAMPLE_BILINEAR,
  nearest = RSMP_SAMPLE_NEAREST,
  bicubic = RSMP_SAMPLE_BICUBIC
};
enum class padding_mode : std::int32_t {
  zeros = RSMP_PADDING_ZEROS,
  border = RSMP_PADDING_BORDER,
  reflection = RSMP_PADDING_REFLECTION
};

struct grid_sample_options {
  sample_mode mode = sample_mode::bilinear;
  swiftresample::padding_mode padding_mode = swiftresample::padding_mode::zeros;
  bool align_corners = false;

  rsmp_grid_sample_options c_options() const {
    rsmp_grid_sample_options options{};
    options.struct_size = sizeof options;
    options.mode = static_cast<std::int32_t>(mode);
    options.padding_mode = static_cast<std::int32_t>(padding_mode);
    options.align_corners = align_corners;
    return options;
  }
};

inline dims grid_sample_shape(const dims &input, const dims &grid) {
  detail::require(input.size() == grid.size(), "input and grid have different numbers of axes");
  return detail::shape_of(input.size(), rsmp_grid_sample_shape, detail::rank(input), input, grid);
}
inline void grid_sample(const const_tensor &input, const const_tensor &grid, const tensor &output,
                        const grid_sample_options &options = {}) {
  detail::call(rsmp_grid_sample, input, grid, options, output);
}
inline void grid_sample_backward(const const_tensor &grad_output, const const_tensor &input, const const_tensor &grid,
                                 const tensor &grad_input, const tensor &grad_grid,
                                 const grid_sample_options &options = {}) {
  detail::call(rsmp_grid_sample_backward, grad_output, input, grid, options, grad_input, grad_grid);
}
inline void affine_grid(const const_tensor &theta, const tensor &grid, bool align_corners = false) {
  detail::call(rsmp_affine_grid, theta, align_corners, grid);
}

/* ---- CARAFE ------------------------------------------------------------------------------------------------------ */

struct carafe_options {
  std::int64_t kernel_size = 5;
  std::int64_t group_size = 1;
  std::int64_t scale_factor = 2;
};

inline dims carafe_shape(const dims &features, const dims &masks, const carafe_options &options) {
  detail::require(features.size() == 4 && masks.size() == 4, "features and masks have 4 axes");
  return detail::shape_of(4, rsmp_carafe_shape, features, masks, options.kernel_size, options.group_size,
                          options.scale_factor);
}
inline void carafe(const const_tensor &features, const const_tensor &masks, const tensor &output,
                   const carafe_options &options) {
  detail::call(rsmp_carafe, features, masks, options.kernel_size, options.group_size, options.scale_factor, output);
}
inline void carafe_backward(const const_tensor &grad_output, const const_tensor &features, const const_tensor &masks,
                            const tensor &grad_features, const tensor &grad_masks, const carafe_options &options) {
  detail::call(rsmp_carafe_backward, grad_output, features, masks, options.kernel_size, options.group_size,
               options.scale_factor, grad_features, grad_masks);
}

/* ---- The machine ------------------------------------------------------------------------------------------------- */

/* "baseline", "avx2" or "avx512"; on AArch64 "baseline" or "neon". */
inline const char *instruction_set() {
  const char *name = nullptr;
  detail::call(rsmp_instruction_set, &name);
  return name;
}
inline std::int32_t get_num_threads() noexcept { return rsmp_get_num_threads(); }
inline void set_num_threads(std::int32_t count) { detail::call(rsmp_set_num_threads, count); }
inline void limit_threads(std::int32_t count) { detail::call(rsmp_limit_threads, count); }

}  // namespace swiftresample

#endif
