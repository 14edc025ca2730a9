/*
 * resize.c in C++17: shrinks two pictures with one plan, as a classifier's preprocessing does:
 *
 *   torch.nn.functional.interpolate(picture, size=(4, 8), mode="bilinear", antialias=True)
 *
 *   c++ -std=c++17 resize.cpp -lresample -o resize
 */
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <swiftresample.hpp>
#include <vector>

namespace sr = swiftresample;

namespace {

constexpr int height = 12, width = 24;

void print(const char *name, const std::vector<std::uint8_t> &samples, const sr::dims &shape) {
  std::printf("%s\n", name);
  auto sample = samples.begin();
  for (std::int64_t y = 0; y < shape[2]; y++) {
    for (std::int64_t x = 0; x < shape[3]; x++) std::printf("%5d", *sample++);
    std::printf("\n");
  }
}

void resize() {
  std::vector<std::uint8_t> ramp, disc;
  for (int y = 0; y < height; y++) {
    for (int x = 0; x < width; x++) {
      const int across = 2 * x - width + 1, down = 2 * (2 * y - height + 1); /* from the middle */
      ramp.push_back(static_cast<std::uint8_t>(10 * x + y));
      disc.push_back(across * across + down * down < width * width ? 255 : 0);
    }
  }

  /* What does not depend on the pictures is computed once. */
  sr::interpolate_options options;
  options.mode = sr::mode::bilinear;
  options.antialias = true;
  options.size = {4, 8};
  const sr::dims shape{1, 1, height, width};
  const sr::plan plan(shape, sr::dtype<std::uint8_t>, options);

  const sr::dims small_shape = plan.output_shape();
  std::vector<std::uint8_t> small(4 * 8);
  plan.execute(sr::tensor_view(ramp, shape), sr::tensor_view(small, small_shape));
  print("ramp", small, small_shape);
  plan.execute(sr::tensor_view(disc, shape), sr::tensor_view(small, small_shape));
  print("disc", small, small_shape);
}

}  // namespace

int main() {
  try {
    resize();
  } catch (const std::exception &failure) {
    std::fprintf(stderr, "resize: %s\n", failure.what());
    return EXIT_FAILURE;
  }
}
