/*
 * swiftresample.hpp beside swiftresample.h: every operator through both, on the same samples, gives the same bytes; and
 * what only C++ has: exceptions, moves, views of const elements, checks of containers.
 */
#include <swiftresample.hpp>
#include <swiftresample.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace sr = swiftresample;

/* ---- Checks ------------------------------------------------------------------------------------------------------ */

namespace {

long passed = 0, failed = 0;

bool check(bool condition, int line, const char *words) {
  ++(condition ? passed : failed);
  if (!condition) std::printf("test_wrapper.cpp:%d: not so: %s\n", line, words);
  return condition;
}
#define CHECK(...) check((__VA_ARGS__), __LINE__, #__VA_ARGS__)

/* The status of the exception that a call throws; RSMP_OK if it throws none. */
template <class Function>
rsmp_status status_of(Function &&function, std::string *message = nullptr) {
  try {
    function();
  } catch (const sr::error &failure) {
    if (message != nullptr) *message = failure.what();
    return failure.status();
  }
  return RSMP_OK;
}

/* Eighths from -12.5 to 12.5 that look random. */
std::vector<float> samples(std::size_t count, std::uint32_t seed) {
  std::vector<float> result(count);
  std::uint32_t state = seed * 2654435761u + 1;
  for (float &sample : result) {
    state = state * 1664525u + 1013904223u;
    sample = static_cast<float>(static_cast<int>((state >> 16) % 201) - 100) / 8;
  }
  return result;
}

bool same(const std::vector<float> &a, const std::vector<float> &b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

/* A tensor of C, with its shape. */
struct c_array {
  template <class Element>
  c_array(std::vector<Element> &memory, const sr::dims &lengths) : shape(lengths) {
    tensor.data = memory.data();
    tensor.ndim = static_cast<std::int32_t>(shape.size());
    tensor.dtype = sr::dtype<Element>;
    tensor.shape = shape.data();
  }
  c_array(const c_array &) = delete;
  c_array &operator=(const c_array &) = delete;
  operator const rsmp_tensor *() const { return &tensor; }
  sr::dims shape;
  rsmp_tensor tensor{};
};

rsmp_error failure;
#define C_OK(call) CHECK((call) == RSMP_OK)

/* ---- Types ------------------------------------------------------------------------------------------------------- */

/* Elements that are const are read and never written. */
static_assert(std::is_convertible_v<sr::tensor_view<const float> &, const sr::const_tensor &>);
static_assert(!std::is_convertible_v<sr::tensor_view<const float> &, const sr::tensor &>);
static_assert(std::is_convertible_v<sr::tensor_view<float> &, const sr::tensor &>);
static_assert(std::is_constructible_v<sr::tensor_view<float>, std::vector<float> &, sr::dims>);
static_assert(!std::is_constructible_v<sr::tensor_view<float>, const std::vector<float> &, sr::dims>);
static_assert(std::is_constructible_v<sr::tensor_view<const float>, const std::vector<float> &, sr::dims>);
static_assert(std::is_constructible_v<sr::tensor_view<const float>, std::vector<float> &, sr::dims>);
static_assert(std::is_constructible_v<sr::tensor_view<float>, float *, sr::dims, sr::dims>);
static_assert(!std::is_constructible_v<sr::tensor_view<float>, const float *, sr::dims>);
static_assert(!std::is_constructible_v<sr::tensor_view<float>, double *, sr::dims>);
static_assert(!std::is_constructible_v<sr::tensor_view<float>, std::uint32_t *, sr::dims>);
/* A container that is about to go is not viewed. */
static_assert(!std::is_constructible_v<sr::tensor_view<const float>, std::vector<float>, sr::dims>);
static_assert(!std::is_convertible_v<sr::const_tensor, sr::tensor>);

static_assert(!std::is_copy_constructible_v<sr::plan> && !std::is_copy_assignable_v<sr::plan>);
static_assert(std::is_nothrow_move_constructible_v<sr::plan> && std::is_nothrow_move_assignable_v<sr::plan>);
static_assert(std::is_base_of_v<std::runtime_error, sr::error>);
static_assert(std::is_aggregate_v<sr::interpolate_options> && std::is_aggregate_v<sr::conv_transpose_options> &&
              std::is_aggregate_v<sr::grid_sample_options> && std::is_aggregate_v<sr::carafe_options>);
static_assert(!std::is_convertible_v<double, sr::dims>, "no length is a fraction");

template <class Element>
constexpr bool is_dtype(int code, int bits) {
  return sr::dtype<Element>.code == code && sr::dtype<Element>.bits == bits && sr::dtype<Element>.lanes == 1 &&
         sr::dtype<const Element>.code == code;
}
static_assert(is_dtype<float>(RSMP_FLOAT, 32) && is_dtype<double>(RSMP_FLOAT, 64));
static_assert(is_dtype<sr::float16>(RSMP_FLOAT, 16) && is_dtype<sr::bfloat16>(RSMP_BFLOAT, 16));
static_assert(is_dtype<std::uint8_t>(RSMP_UINT, 8) && is_dtype<std::int8_t>(RSMP_INT, 8));
static_assert(is_dtype<bool>(RSMP_BOOL, 8));
static_assert(is_dtype<std::uint16_t>(RSMP_UINT, 16) && is_dtype<std::int16_t>(RSMP_INT, 16));
static_assert(is_dtype<std::uint32_t>(RSMP_UINT, 32) && is_dtype<std::int32_t>(RSMP_INT, 32));
static_assert(is_dtype<std::uint64_t>(RSMP_UINT, 64) && is_dtype<std::int64_t>(RSMP_INT, 64));
static_assert(is_dtype<long long>(RSMP_INT, 64) && is_dtype<unsigned long>(RSMP_UINT, 64));
static_assert(is_dtype<std::complex<float>>(RSMP_COMPLEX, 64) && is_dtype<std::complex<double>>(RSMP_COMPLEX, 128));

/* ---- Operators, in C and in C++ ---------------------------------------------------------------------------------- */

/* Options with every field away from its default, in both languages. */
void test_options() {
  sr::interpolate_options options;
  CHECK(options.c_options().struct_size == sizeof(rsmp_interpolate_options));
  CHECK(options.c_options().align_corners == RSMP_ALIGN_CORNERS_NOT_GIVEN && options.c_options().clamp == 0);
  options.mode = sr::mode::trilinear;
  options.size = std::vector<int>{4, 5, 6};
  options.scale_factor = {2, 1.5, 0.5f};
  options.align_corners = false;
  options.antialias = true;
  options.recompute_scale_factor = true;
  options.clamp_low = -1;
  options.region_start = {1, 2, 3};
  options.region_stop = {0, 5};
  const rsmp_interpolate_options c = options.c_options();
  CHECK(c.mode == RSMP_MODE_TRILINEAR && c.align_corners == RSMP_ALIGN_CORNERS_FALSE && c.antialias == 1);
  CHECK(c.recompute_scale_factor == 1 && c.size_count == 3 && c.scale_factor_count == 3);
  CHECK(c.size[0] == 4 && c.size[1] == 5 && c.size[2] == 6);
  CHECK(c.scale_factor[0] > 1.9 && c.scale_factor[1] < 1.6 && c.scale_factor[2] < 0.6);
  CHECK(c.clamp == RSMP_CLAMP_LOW && c.clamp_low < -0.9);
  CHECK(c.region_start[0] == 1 && c.region_start[1] == 2 && c.region_start[2] == 3);
  CHECK(c.region_stop[0] == 0 && c.region_stop[1] == 5 && c.region_stop[2] == 0);
  options.align_corners = true;
  options.clamp_low.reset();
  options.clamp_high = 3;
  CHECK(options.c_options().align_corners == RSMP_ALIGN_CORNERS_TRUE && options.c_options().clamp == RSMP_CLAMP_HIGH);
  CHECK(options.c_options().clamp_high > 2.9);

  sr::conv_transpose_options convolution;
  convolution.stride = {2, 3};
  convolution.padding = {1};
  convolution.output_padding = {1, 0, 4};
  convolution.dilation = {7, 8};
  convolution.groups = 5;
  const rsmp_conv_transpose_options d = convolution.c_options();
  CHECK(d.struct_size == sizeof d && d.reserved == 0 && d.groups == 5);
  CHECK(d.stride_count == 2 && d.stride[0] == 2 && d.stride[1] == 3 && d.padding_count == 1 && d.padding[0] == 1);
  CHECK(d.output_padding_count == 3 && d.output_padding[2] == 4 && d.dilation_count == 2 && d.dilation[1] == 8);

  sr::grid_sample_options sampling;
  sampling.mode = sr::sample_mode::bicubic;
  sampling.padding_mode = sr::padding_mode::reflection;
  sampling.align_corners = true;
  const rsmp_grid_sample_options g = sampling.c_options();
  CHECK(g.struct_size == sizeof g && g.mode == RSMP_SAMPLE_BICUBIC && g.padding_mode == RSMP_PADDING_REFLECTION);
  CHECK(g.align_corners == 1);
}

void test_interpolate() {
  const sr::dims shape{2, 3, 5, 7}, output_shape{2, 3, 8, 11};
  std::vector<float> image = samples(2 * 3 * 5 * 7, 1), by_c(2 * 3 * 8 * 11), by_cpp(by_c.size());
  sr::interpolate_options options;
  options.mode = sr::mode::bicubic;
  options.size = {8, 11};
  options.clamp_high = 10;
  const rsmp_interpolate_options c = options.c_options();
  CHECK(sr::interpolate_shape(shape, sr::dtype<float>, options) == output_shape);
  sr::interpolate(sr::tensor_view(image, shape), sr::tensor_view(by_cpp, output_shape), options);
  C_OK(rsmp_interpolate(c_array(image, shape), &c, c_array(by_c, output_shape), &failure));
  CHECK(same(by_c, by_cpp) && by_c[5] != by_c[6]);

  /* A plan gives the same, from several threads. */
  const sr::plan plan(shape, sr::dtype<float>, options);
  CHECK(plan.output_shape() == output_shape);
  std::vector<std::vector<float>> results(3, std::vector<float>(by_c.size()));
  std::vector<std::thread> threads;
  for (std::vector<float> &result : results) {
    threads.emplace_back([&] { plan.execute(sr::tensor_view(image, shape), sr::tensor_view(result, output_shape)); });
  }
  for (std::thread &thread : threads) thread.join();
  for (const std::vector<float> &result : results) CHECK(same(by_c, result));

  /* Channels last, of const elements, and from the end. */
  const std::vector<float> pixels = [&] {
    std::vector<float> moved(image.size());
    for (std::size_t n = 0; n < 2; n++)
      for (std::size_t channel = 0; channel < 3; channel++)
        for (std::size_t place = 0; place < 35; place++)
          moved[(n * 35 + place) * 3 + channel] = image[(n * 3 + channel) * 35 + place];
    return moved;
  }();
  std::fill(by_cpp.begin(), by_cpp.end(), 0.0f);
  sr::interpolate(sr::tensor_view(pixels, shape, {105, 1, 21, 3}), sr::tensor_view(by_cpp, output_shape), options);
  CHECK(same(by_c, by_cpp));
  std::vector<float> backwards(image.rbegin(), image.rend());
  std::fill(by_cpp.begin(), by_cpp.end(), 0.0f);
  sr::interpolate(sr::tensor_view(&backwards.back(), shape, {-105, -35, -7, -1}), sr::tensor_view(by_cpp, output_shape),
                  options);
  CHECK(same(by_c, by_cpp));

  /* Backward, and by a plan. */
  options.clamp_high.reset();
  const rsmp_interpolate_options unclamped = options.c_options();
  std::vector<float> gradient = samples(by_c.size(), 2);
  std::vector<float> grad_c(image.size()), grad_cpp(image.size()), grad_plan(image.size());
  C_OK(rsmp_interpolate_backward(c_array(gradient, output_shape), &unclamped, c_array(grad_c, shape), &failure));
  sr::interpolate_backward(sr::tensor_view(gradient, output_shape), sr::tensor_view(grad_cpp, shape), options);
  sr::plan::backward(shape, sr::dtype<float>, options)
      .execute(sr::tensor_view(gradient, output_shape), sr::tensor_view(grad_plan, shape));
  CHECK(same(grad_c, grad_cpp) && same(grad_c, grad_plan) && grad_c[0] != grad_c[1]);
}

void test_onnx_resize() {
  sr::onnx_resize_options options;
  CHECK(options.c_options().struct_size == sizeof(rsmp_onnx_resize_options) && options.c_options().has_cubic_coeff_a == 0);
  options.mode = sr::onnx_mode::cubic;
  options.coordinate_transformation_mode = sr::onnx_coordinates::tf_crop_and_resize;
  options.nearest_mode = sr::onnx_nearest::ceil;
  options.antialias = options.exclude_outside = true;
  options.keep_aspect_ratio_policy = sr::onnx_policy::not_smaller;
  options.axes = {-1, 1};
  options.sizes = {8, 6};
  options.scales = {1.5f, 2};
  options.roi = {0.25, 0, 1.25, 1};
  options.cubic_coeff_a = -0.5f;
  options.extrapolation_value = 7;
  rsmp_onnx_resize_options c = options.c_options();
  CHECK(c.mode == RSMP_ONNX_CUBIC && c.coordinate_transformation_mode == RSMP_ONNX_TF_CROP_AND_RESIZE);
  CHECK(c.nearest_mode == RSMP_ONNX_CEIL && c.antialias == 1 && c.exclude_outside == 1);
  CHECK(c.keep_aspect_ratio_policy == RSMP_ONNX_NOT_SMALLER && c.axis_count == 2 && c.axes[0] == -1 && c.axes[1] == 1);
  CHECK(c.size_count == 2 && c.sizes[0] == 8 && c.sizes[1] == 6 && c.scale_count == 2 && c.scales[0] > 1.4f);
  CHECK(c.roi_count == 4 && c.roi[2] > 1.2 && c.has_cubic_coeff_a == 1 && c.cubic_coeff_a < -0.4f);
  CHECK(c.extrapolation_value > 6);

  options.scales = {};
  options.keep_aspect_ratio_policy = sr::onnx_policy::stretch;
  c = options.c_options();
  const sr::dims shape{4, 3, 5}, output_shape{4, 6, 8};
  std::vector<float> image = samples(60, 4), by_c(192), by_cpp(192), by_plan(192);
  C_OK(rsmp_onnx_resize(c_array(image, shape), &c, c_array(by_c, output_shape), &failure));
  CHECK(sr::onnx_resize_shape(shape, sr::dtype<float>, options) == output_shape);
  const sr::tensor_view input(image, shape);
  sr::onnx_resize(input, sr::tensor_view(by_cpp, output_shape), options);
  CHECK(same(by_c, by_cpp) && by_c[0] != by_c[1]);
  const sr::plan plan = sr::plan::onnx_resize(shape, sr::dtype<float>, options);
  CHECK(plan.output_shape() == output_shape);
  plan.execute(input, sr::tensor_view(by_plan, output_shape));
  CHECK(same(by_c, by_plan));
  const auto read = plan.source_region();
  CHECK(read.first == sr::spatial_sizes({0, 0}) && read.second == sr::spatial_sizes({3, 5}));
  CHECK(status_of([&] { options.sizes = {8}; sr::onnx_resize_shape(shape, sr::dtype<float>, options); }) ==
        RSMP_INVALID_VALUE);
}

void test_pillow() {
  sr::pillow_resize_options options;
  CHECK(options.c_options().struct_size == sizeof(rsmp_pillow_resize_options) && options.c_options().has_box == 0);
  options.width = 4;
  options.height = 3;
  options.resample = sr::pillow_filter::mks2021;
  options.box = {1, 0.5, 8, 6};
  options.reducing_gap = 1;
  options.release = 1004;
  options.has_alpha = true;
  rsmp_pillow_resize_options c = options.c_options();
  CHECK(c.resample == RSMP_PILLOW_MKS2021 && c.has_alpha == 1 && c.release == 1004 && c.width == 4 && c.height == 3);
  CHECK(c.has_box == 1 && c.box[0] > 0.9 && c.box[1] < 0.6 && c.box[2] > 7.9 && c.box[3] > 5.9 && c.reducing_gap > 0.9);

  options.has_alpha = false;
  c = options.c_options();
  const sr::dims shape{7, 9}, output_shape{3, 4};
  std::vector<float> image = samples(63, 5), by_c(12), by_cpp(12), by_plan(12);
  const sr::tensor_view input(image, shape);
  C_OK(rsmp_pillow_resize(c_array(image, shape), &c, c_array(by_c, output_shape), &failure));
  sr::pillow_resize(input, sr::tensor_view(by_cpp, output_shape), options);
  CHECK(same(by_c, by_cpp) && by_c[0] != by_c[1]);
  const sr::plan plan = sr::plan::pillow_resize(shape, sr::dtype<float>, options);
  CHECK(plan.output_shape() == output_shape);
  plan.execute(input, sr::tensor_view(by_plan, output_shape));
  CHECK(same(by_c, by_plan));

  const std::int64_t box[] = {1, 1, 9, 7};
  C_OK(rsmp_pillow_reduce(c_array(image, shape), 2, 2, box, 0, c_array(by_c, output_shape), &failure));
  sr::pillow_reduce(input, sr::tensor_view(by_cpp, output_shape), 2, 2, std::array<std::int64_t, 4>{1, 1, 9, 7});
  CHECK(same(by_c, by_cpp));
  std::vector<float> all(20);
  sr::pillow_reduce(input, sr::tensor_view(all, {4, 5}), 2, 2);
  CHECK(status_of([&] { sr::pillow_reduce(input, sr::tensor_view(all, {4, 5}), 2, 2, {}, true); }) == RSMP_INVALID_VALUE);
}

void test_preprocess() {
  sr::preprocess_options options;
  CHECK(options.c_options().struct_size == sizeof(rsmp_preprocess_options) && options.c_options().resize == 0);
  options.mode = RSMP_MODE_BILINEAR;
  options.antialias = 1;
  options.resize = RSMP_RESIZE_SHORTEST_EDGE;
  options.shortest_edge = 6;
  options.canvas = RSMP_CANVAS_CROP;
  options.anchor = RSMP_ANCHOR_CENTER;
  options.canvas_height = options.canvas_width = 5;
  options.rescale = 1 / 255.0;
  const rsmp_preprocess_options c = options.c_options();

  const sr::dims shapes[] = {{9, 12, 3}, {13, 7, 3}}, output_shape{2, 3, 5, 5};
  std::vector<std::uint8_t> bytes[2];
  std::vector<sr::const_tensor> images;
  std::vector<rsmp_tensor> c_images;
  for (int index = 0; index < 2; index++) {
    for (int byte = 0; byte < shapes[index][0] * shapes[index][1] * 3; byte++) {
      bytes[index].push_back(static_cast<std::uint8_t>(byte * 89 + index));
    }
    images.push_back(sr::tensor_view(bytes[index], shapes[index]));
  }
  /* Shapes are those in the views, which a growing vector moves. */
  for (const sr::const_tensor &image : images) c_images.push_back(image.c_tensor());
  rsmp_preprocess *by_hand = nullptr;
  C_OK(rsmp_preprocess_create(&c, &by_hand, &failure));
  std::vector<float> by_c(150), by_cpp(150), by_copy(150);
  C_OK(rsmp_preprocess_execute(by_hand, 2, c_images.data(), c_array(by_c, output_shape), &failure));
  rsmp_preprocess_destroy(by_hand);

  const sr::preprocess preprocess(options);
  CHECK(preprocess.output_shape(images) == output_shape);
  preprocess.execute(images, sr::tensor_view(by_cpp, output_shape));
  CHECK(same(by_c, by_cpp) && by_c[0] != by_c[1]);
  const rsmp_placement placement = preprocess.placement(9, 12);
  CHECK(placement.height == 9 && placement.width == 12 && placement.resized_height == 6 && placement.resized_width == 8);
  CHECK(placement.canvas_height == 5 && placement.canvas_width == 5 && placement.top == 0 && placement.left == 2);

  /* Copies share it, whichever goes first; what was moved from refuses. */
  auto first = std::make_unique<sr::preprocess>(preprocess);
  sr::preprocess copy = *first;
  first.reset();
  copy.execute(images, sr::tensor_view(by_copy, output_shape));
  CHECK(same(by_c, by_copy));
  const sr::preprocess moved = std::move(copy);
  CHECK(moved.output_shape(images) == output_shape);
  CHECK(status_of([&] { copy.output_shape(images); }) == RSMP_INVALID_VALUE);

  std::string message;
  CHECK(status_of([&] { preprocess.output_shape({}); }, &message) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { preprocess.execute({sr::const_tensor()}, sr::tensor_view(by_cpp, output_shape)); }) != RSMP_OK);
  CHECK(status_of([&] { preprocess.placement(0, 5); }, &message) == RSMP_INVALID_VALUE);
  CHECK(message.find("rows and columns") != std::string::npos);
  CHECK(status_of([&] { options.mode = -1; sr::preprocess refused(options); }) == RSMP_INVALID_VALUE);
}

void test_pixel_shuffle() {
  const sr::dims shape{2, 8, 3, 5}, shuffled{2, 2, 6, 10};
  std::vector<float> input = samples(240, 3), by_c(240), by_cpp(240), back(240);
  CHECK(sr::pixel_shuffle_shape(shape, 2) == shuffled && sr::pixel_unshuffle_shape(shuffled, 2) == shape);
  C_OK(rsmp_pixel_shuffle(c_array(input, shape), 2, c_array(by_c, shuffled), &failure));
  sr::pixel_shuffle(sr::tensor_view(input, shape), sr::tensor_view(by_cpp, shuffled), 2);
  CHECK(same(by_c, by_cpp) && !same(by_c, input));
  sr::pixel_unshuffle(sr::tensor_view(by_cpp, shuffled), sr::tensor_view(back, shape), 2);
  CHECK(same(back, input));
}

void test_conv_transpose() {
  const sr::dims shape{1, 4, 3, 5}, weight_shape{4, 3, 2, 3};
  sr::conv_transpose_options options;
  options.stride = {2, 2};
  options.padding = {0, 1};
  options.groups = 2;
  const rsmp_conv_transpose_options c = options.c_options();
  const sr::dims output_shape = sr::conv_transpose_shape(shape, weight_shape, options);
  CHECK(output_shape == sr::dims{1, 6, 6, 9});
  std::vector<float> input = samples(60, 4), weight = samples(72, 5), bias = samples(6, 6), by_c(324), by_cpp(324);
  c_array x(input, shape), w(weight, weight_shape), b(bias, {6}), y(by_c, output_shape);
  const sr::tensor_view view_x(input, shape), view_w(weight, weight_shape), view_b(bias, {6});
  const sr::tensor_view view_y(by_cpp, output_shape);
  C_OK(rsmp_conv_transpose(x, w, b, &c, y, &failure));
  sr::conv_transpose(view_x, view_w, view_b, view_y, options);
  CHECK(same(by_c, by_cpp));
  const std::vector<float> with_bias = by_cpp;
  C_OK(rsmp_conv_transpose(x, w, nullptr, &c, y, &failure));
  sr::conv_transpose(view_x, view_w, {}, view_y, options);
  CHECK(same(by_c, by_cpp) && !same(by_cpp, with_bias));

  std::vector<float> gradient = samples(324, 7);
  std::vector<float> grads_c[3] = {input, weight, bias}, grads_cpp[3] = {input, weight, bias};
  c_array g(gradient, output_shape), gx(grads_c[0], shape), gw(grads_c[1], weight_shape), gb(grads_c[2], {6});
  const sr::tensor_view view_g(gradient, output_shape), view_gx(grads_cpp[0], shape);
  const sr::tensor_view view_gw(grads_cpp[1], weight_shape), view_gb(grads_cpp[2], {6});
  C_OK(rsmp_conv_transpose_backward(g, x, w, &c, gx, gw, gb, &failure));
  sr::conv_transpose_backward(view_g, view_x, view_w, view_gx, view_gw, view_gb, options);
  CHECK(same(grads_c[0], grads_cpp[0]) && same(grads_c[1], grads_cpp[1]) && same(grads_c[2], grads_cpp[2]));
  CHECK(!same(grads_cpp[0], input) && !same(grads_cpp[1], weight) && !same(grads_cpp[2], bias));
  grads_cpp[1] = weight;
  sr::conv_transpose_backward(view_g, view_x, view_w, {}, view_gw, {}, options);
  CHECK(same(grads_c[1], grads_cpp[1]));
}

void test_logits_to_labels() {
  const sr::dims shape{2, 3, 5, 7}, labels_shape{2, 8, 11};
  std::vector<float> logits = samples(2 * 3 * 5 * 7, 1);
  std::vector<std::uint8_t> by_c(2 * 8 * 11), by_cpp(by_c.size());
  sr::interpolate_options options;
  options.mode = sr::mode::bilinear;
  options.size = {8, 11};
  options.align_corners = true;
  const rsmp_interpolate_options c = options.c_options();
  CHECK(sr::logits_to_labels_shape(shape, sr::dtype<float>, options) == labels_shape);
  sr::logits_to_labels(sr::tensor_view(logits, shape), sr::tensor_view(by_cpp, labels_shape), options);
  C_OK(rsmp_logits_to_labels(c_array(logits, shape), &c, c_array(by_c, labels_shape), &failure));
  CHECK(by_c == by_cpp && *std::max_element(by_c.begin(), by_c.end()) == 2);
}

void test_grid_sample() {
  const sr::dims shape{1, 2, 4, 5}, grid_shape{1, 3, 6, 2}, output_shape{1, 2, 3, 6};
  std::vector<float> theta{0.8f, -0.6f, 0.1f, 0.6f, 0.8f, 0}, grid(36), grid_c(36);
  std::vector<float> input = samples(40, 8), by_c(36), by_cpp(36);
  C_OK(rsmp_affine_grid(c_array(theta, {1, 2, 3}), 1, c_array(grid_c, grid_shape), &failure));
  sr::affine_grid(sr::tensor_view(theta, {1, 2, 3}), sr::tensor_view(grid, grid_shape), true);
  CHECK(same(grid, grid_c) && grid[1] < -1.3f);
  std::vector<float> not_aligned(36);
  sr::affine_grid(sr::tensor_view(theta, {1, 2, 3}), sr::tensor_view(not_aligned, grid_shape));
  CHECK(!same(grid, not_aligned));

  sr::grid_sample_options options;
  options.padding_mode = sr::padding_mode::border;
  options.align_corners = true;
  const rsmp_grid_sample_options c = options.c_options();
  CHECK(sr::grid_sample_shape(shape, grid_shape) == output_shape);
  c_array x(input, shape), p(grid, grid_shape);
  const sr::tensor_view view_x(input, shape), view_p(grid, grid_shape);
  C_OK(rsmp_grid_sample(x, p, &c, c_array(by_c, output_shape), &failure));
  sr::grid_sample(view_x, view_p, sr::tensor_view(by_cpp, output_shape), options);
  CHECK(same(by_c, by_cpp) && by_c[0] != by_c[1]);

  std::vector<float> gradient = samples(36, 9), gx_c(40), gp_c(36), gx(40), gp(36);
  c_array g(gradient, output_shape);
  C_OK(rsmp_grid_sample_backward(g, x, p, &c, c_array(gx_c, shape),
                                 c_array(gp_c, grid_shape), &failure));
  sr::grid_sample_backward(sr::tensor_view(gradient, output_shape), view_x, view_p, sr::tensor_view(gx, shape), {},
                           options);
  CHECK(same(gx_c, gx));
  sr::grid_sample_backward(sr::tensor_view(gradient, output_shape), view_x, view_p, {}, sr::tensor_view(gp, grid_shape),
                           options);
  CHECK(same(gp_c, gp));
}

void test_carafe() {
  const sr::dims shape{1, 4, 3, 5}, masks_shape{1, 18, 6, 10}, output_shape{1, 4, 6, 10};
  sr::carafe_options options;
  options.kernel_size = 3;
  options.group_size = 2;
  CHECK(sr::carafe_shape(shape, masks_shape, options) == output_shape);
  std::vector<float> features = samples(60, 10), masks = samples(1080, 11), by_c(240), by_cpp(240);
  c_array x(features, shape), m(masks, masks_shape);
  const sr::tensor_view view_x(features, shape), view_m(masks, masks_shape);
  C_OK(rsmp_carafe(x, m, 3, 2, 2, c_array(by_c, output_shape), &failure));
  sr::carafe(view_x, view_m, sr::tensor_view(by_cpp, output_shape), options);
  CHECK(same(by_c, by_cpp) && by_c[0] != by_c[1]);

  std::vector<float> gradient = samples(240, 12), gx_c(60), gm_c(1080), gx(60), gm(1080);
  C_OK(rsmp_carafe_backward(c_array(gradient, output_shape), x, m, 3, 2, 2,
                            c_array(gx_c, shape), c_array(gm_c, masks_shape), &failure));
  sr::carafe_backward(sr::tensor_view(gradient, output_shape), view_x, view_m, sr::tensor_view(gx, shape),
                      sr::tensor_view(gm, masks_shape), options);
  CHECK(same(gx_c, gx) && same(gm_c, gm) && gx[0] != gx[1]);
}

void test_axis() {
  sr::interpolate_options options;
  options.mode = sr::mode::linear;
  options.align_corners = true;
  const sr::axis axis(4, 8, sr::dtype<double>, options);
  CHECK(axis.describe().input_length == 4 && axis.describe().output_length == 8 && axis.describe().tap_count == 2);
  const sr::axis_taps taps = axis.taps();
  CHECK(taps.coordinates.size() == 8 && taps.indices.size() == 16 && taps.weights.size() == 16);
  CHECK(taps.indices[2] == 0 && taps.indices[3] == 1 && taps.weights[2] > 0.571 && taps.weights[2] < 0.572);

  /* The axis of a plan stays when its plan is gone. */
  options.mode = sr::mode::bilinear;
  options.size = {8, 3};
  auto plan = std::make_unique<sr::plan>(sr::dims{1, 1, 4, 2}, sr::dtype<double>, options);
  const sr::axis first = plan->axis(0), second = plan->axis(1);
  CHECK(status_of([&] { plan->axis(2); }) == RSMP_INVALID_VALUE);
  plan.reset();
  CHECK(first.taps().weights == taps.weights && second.describe().output_length == 3);
}

/* ---- Errors, moves, dtypes --------------------------------------------------------------------------------------- */

void test_errors() {
  std::vector<float> image(16), result(64);
  std::vector<double> other(64);
  sr::interpolate_options options;
  options.mode = sr::mode::bilinear;
  options.size = {8, 8};
  std::string message;
  const sr::tensor_view input(image, {1, 1, 4, 4}), output(result, {1, 1, 8, 8});
  CHECK(status_of([&] { sr::interpolate(input, sr::tensor_view(result, {1, 1, 8, 7}), options); }, &message) ==
        RSMP_INVALID_VALUE);
  CHECK(!message.empty());
  CHECK(status_of([&] { sr::interpolate(input, sr::tensor_view(other, {1, 1, 8, 8}), options); }) == RSMP_INVALID_TYPE);
  options.mode = sr::mode::linear;
  CHECK(status_of([&] { sr::interpolate(input, output, options); }) == RSMP_NOT_IMPLEMENTED);
  options.mode = sr::mode::bilinear;
  options.size = {8, 8, 8};
  CHECK(status_of([&] { sr::interpolate(input, output, options); }) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { options.size = std::vector<int>(4, 8); }) == RSMP_INVALID_VALUE);
  CHECK(options.size.size() == 3);
  options.size = {8, 8};
  CHECK(status_of([&] { sr::interpolate({}, output, options); }) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { sr::interpolate(input, {}, options); }) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { sr::plan({1, 1, 4}, sr::dtype<float>, options); }) != RSMP_OK);
  CHECK(status_of([&] { sr::set_num_threads(0); }) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { sr::limit_threads(-1); }) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { sr::conv_transpose_shape({1, 2, 3}, {2, 2, 3, 3}); }) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { sr::grid_sample_shape({1, 2, 3, 3}, {2, 2, 3}); }) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { sr::carafe_shape({1, 2, 3}, {2, 2, 3, 3}, {}); }) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { sr::interpolate(input, output, options); }) == RSMP_OK);

  /* Views that reach beyond their containers. */
  CHECK(status_of([&] { sr::tensor_view(image, {1, 1, 4, 5}); }) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { sr::tensor_view(image, {17}); }) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { sr::tensor_view(image, {-1}); }) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { sr::tensor_view(image, {4, 4}, {4, 2}); }) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { sr::tensor_view(image, {4, 4}, {4, -1}); }) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { sr::tensor_view(image, {4, 4}, {4}); }) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { sr::tensor_view(image, {INT64_MAX, INT64_MAX, 3}); }) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { sr::tensor_view(image, {3, 2}, {INT64_MAX, INT64_MAX}); }) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { sr::tensor_view(image, {INT64_C(1) << 32, INT64_C(1) << 32}); }) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { sr::tensor_view(image, {4, 4}, {1, 4}); }) == RSMP_OK);
  CHECK(status_of([&] { sr::tensor_view(image, {1000}, {0}); }) == RSMP_OK);
  CHECK(status_of([&] { sr::tensor_view(image, {16}); }) == RSMP_OK);
  std::vector<float> nothing;
  CHECK(status_of([&] { sr::tensor_view(nothing, {0, 3}); }) == RSMP_OK);
  CHECK(status_of([&] { sr::tensor_view(nothing, {1}); }) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { sr::tensor_view(nothing, {2}); }) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { sr::tensor_view(nothing, sr::dims{}); }) == RSMP_INVALID_VALUE);
  /* An empty batch: nothing to do, though the container has no address. */
  options.size = {8, 8};
  CHECK(status_of([&] {
          sr::interpolate(sr::tensor_view(nothing, {0, 1, 4, 4}), sr::tensor_view(nothing, {0, 1, 8, 8}), options);
        }) == RSMP_OK);
}

/* Tables of 2^30 samples, with an address space of 1 GB. */
void test_out_of_memory() {
  if (std::getenv("ADDRESS_SPACE_IS_LARGE") != nullptr) {
    std::printf("SKIPPED: exhausted memory, because valgrind and sanitizers need more address space\n");
    return;
  }
  rlimit before{};
  getrlimit(RLIMIT_AS, &before);
  const rlimit little{1u << 30, before.rlim_max};
  if (!CHECK(setrlimit(RLIMIT_AS, &little) == 0)) return;
  bool is_out_of_memory = false;
  try {
    sr::interpolate_options huge;
    huge.mode = sr::mode::linear;
    huge.size = {1 << 30};
    sr::plan({1, 1, 4}, sr::dtype<float>, huge);
  } catch (const std::bad_alloc &) {
    is_out_of_memory = true;
  }
  setrlimit(RLIMIT_AS, &before);
  CHECK(is_out_of_memory);
}

void test_moves() {
  sr::interpolate_options options;
  options.size = {2, 2};
  std::vector<float> image{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, result(4);
  const sr::tensor_view input(image, {1, 1, 4, 4}), output(result, {1, 1, 2, 2});
  sr::plan first({1, 1, 4, 4}, sr::dtype<float>, options);
  sr::plan second(std::move(first));
  second.execute(input, output);
  CHECK(same(result, {1, 3, 9, 11}));
  /* What was moved from refuses, and takes another. */
  CHECK(status_of([&] { first.execute(input, output); }) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { first.output_shape(); }) == RSMP_INVALID_VALUE);
  CHECK(status_of([&] { first.axis(0); }) == RSMP_INVALID_VALUE);
  options.mode = sr::mode::nearest_exact;
  first = sr::plan({1, 1, 4, 4}, sr::dtype<float>, options);
  first.execute(input, output);
  CHECK(same(result, {6, 8, 14, 16}));
  second = std::move(first);
  second.execute(input, output);
  CHECK(same(result, {6, 8, 14, 16}));
  std::vector<sr::plan> plans;
  for (int index = 0; index < 5; index++) plans.emplace_back(sr::dims{1, 1, 4, 4}, sr::dtype<float>, options);
  plans.front().execute(input, output);
  CHECK(same(result, {6, 8, 14, 16}));
}

void test_dtypes() {
  sr::interpolate_options options;
  options.scale_factor = {2};
  std::uint16_t halves[] = {0x3c00, 0x4000}, doubled[4] = {}; /* 1 and 2 in float16 */
  sr::interpolate(sr::tensor_view<const sr::float16>(halves, {1, 1, 2}),
                  sr::tensor_view<sr::float16>(doubled, {1, 1, 4}), options);
  CHECK(doubled[0] == 0x3c00 && doubled[1] == 0x3c00 && doubled[2] == 0x4000 && doubled[3] == 0x4000);
  options.mode = sr::mode::linear;
  std::uint16_t words[] = {0x3f80, 0x4000}; /* 1 and 2 in bfloat16 */
  sr::interpolate(sr::tensor_view<sr::bfloat16>(words, {1, 1, 2}), sr::tensor_view<sr::bfloat16>(doubled, {1, 1, 4}),
                  options);
  CHECK(doubled[0] == 0x3f80 && doubled[1] == 0x3fa0 && doubled[3] == 0x4000);
  options.mode = sr::mode::nearest;
  const std::array<std::complex<double>, 2> numbers{std::complex<double>{1, 2}, {3, 4}};
  std::array<std::complex<double>, 4> twice;
  sr::interpolate(sr::tensor_view(numbers, {1, 1, 2}), sr::tensor_view(twice, {1, 1, 4}), options);
  CHECK(twice[1] == numbers[0] && twice[2] == numbers[1]);
  const bool flags[] = {true, false};
  bool more[4];
  sr::interpolate(sr::tensor_view(flags, {1, 1, 2}), sr::tensor_view(more, {1, 1, 4}), options);
  CHECK(more[0] && more[1] && !more[2] && !more[3]);
  /* A tensor of DLPack's layout. */
  std::vector<float> image{1, 2}, result(4);
  c_array from(image, {1, 1, 2}), to(result, {1, 1, 4});
  sr::interpolate(sr::const_tensor(from.tensor), sr::tensor(to.tensor), options);
  CHECK(same(result, {1, 1, 2, 2}));
  from.tensor.device.type = 2; /* a GPU */
  CHECK(status_of([&] { sr::interpolate(sr::const_tensor(from.tensor), sr::tensor(to.tensor), options); }) ==
        RSMP_INVALID_VALUE);
  from.tensor.ndim = 9;
  CHECK(status_of([&] { sr::const_tensor{from.tensor}; }) == RSMP_INVALID_VALUE);
  from.tensor.ndim = -1;
  CHECK(status_of([&] { sr::const_tensor{from.tensor}; }) == RSMP_INVALID_VALUE);
}

void test_machine() {
  const std::string name = sr::instruction_set();
  CHECK(name == "baseline" || name == "avx2" || name == "avx512");
  const std::int32_t before = sr::get_num_threads();
  sr::set_num_threads(1);
  CHECK(sr::get_num_threads() == 1);
  sr::set_num_threads(before);
}

}  // namespace

int main() {
  test_options();
  test_interpolate();
  test_onnx_resize();
  test_pillow();
  test_preprocess();
  test_pixel_shuffle();
  test_conv_transpose();
  test_logits_to_labels();
  test_grid_sample();
  test_carafe();
  test_axis();
  test_errors();
  test_out_of_memory();
  test_moves();
  test_dtypes();
  test_machine();
  std::printf("test_wrapper     %-8s %ld passed, %ld failed\n", sr::instruction_set(), passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
