/*
 * serve.py in C++17: serves the models that it made, and prints the same.
 *
 *   python serve.py FOLDER
 *   c++ -std=c++17 serve.cpp -I$ORT/include -L$ORT/lib -lonnxruntime -lresample -o serve && ./serve FOLDER
 *
 * ORT is where a release of ONNX Runtime for C and C++ was unpacked; its Python package has the library without the headers.
 */
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <onnxruntime_cxx_api.h>
#include <sstream>
#include <stdexcept>
#include <string>
#include <swiftresample.hpp>
#include <utility>
#include <vector>

namespace sr = swiftresample;

namespace {

/* ---- The photographs: as decoders give them, rows of RGB --------------------------------------------------------- */

using colour = std::array<int, 3>;

struct photograph {
  int height, width;
  std::vector<std::uint8_t> samples;
  sr::tensor_view<const std::uint8_t> view() const { return sr::tensor_view(samples, {height, width, 3}); }
};

/* Sky above a meadow, and a house before both, in light of a colour, and with grain. */
photograph take(int height, int width, const colour &light) {
  const colour sky{120, 180, 235}, meadow{90, 150, 60}, house{180, 70, 50};
  photograph taken{height, width, {}};
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      const bool is_house = 4 * y >= height && 4 * y < 3 * height && 5 * x >= width && 5 * x < 2 * width;
      const colour &thing = is_house ? house : 9 * y >= 5 * height ? meadow : sky;
      const int grain = (x * y + 7 * x + 13 * y) % 31 - 15;
      for (std::size_t c = 0; c < 3; c++)
        taken.samples.push_back(static_cast<std::uint8_t>(std::clamp(thing[c] * light[c] / 255 + grain, 0, 255)));
    }
  return taken;
}

/* ---- How images are prepared: swiftresample preprocess --config FOLDER/.../preprocessor_config.json --c ----------- */

sr::preprocess_options classification_options() {
  sr::preprocess_options options;
  options.mode = RSMP_MODE_BICUBIC;
  options.antialias = 1;
  options.resize = RSMP_RESIZE_SHORTEST_EDGE;
  options.canvas = RSMP_CANVAS_CROP;
  options.anchor = RSMP_ANCHOR_CENTER_CUT_OFF;
  options.alpha = RSMP_ALPHA_OVER_WHITE;
  options.channels = 3;
  options.arithmetic = RSMP_ARITHMETIC_FUSED;
  options.normalize = 1;
  options.shortest_edge = 224;
  options.canvas_height = 224;
  options.canvas_width = 224;
  options.rescale = 0.00392156862745098;
  options.mean[0] = 0.48145466;
  options.mean[1] = 0.4578275;
  options.mean[2] = 0.40821073;
  options.std[0] = 0.26862954;
  options.std[1] = 0.26130258;
  options.std[2] = 0.27577711;
  return options;
}

sr::preprocess_options segmentation_options() {
  sr::preprocess_options options;
  options.mode = RSMP_MODE_BILINEAR;
  options.antialias = 1;
  options.resize = RSMP_RESIZE_EXACT;
  options.alpha = RSMP_ALPHA_REFUSE;
  options.channels = 3;
  options.arithmetic = RSMP_ARITHMETIC_FUSED;
  options.normalize = 1;
  options.height = 512;
  options.width = 512;
  options.rescale = 0.00392156862745098;
  options.mean[0] = 0.485;
  options.mean[1] = 0.456;
  options.mean[2] = 0.406;
  options.std[0] = 0.229;
  options.std[1] = 0.224;
  options.std[2] = 0.225;
  return options;
}

/* ---- The service -------------------------------------------------------------------------------------------------- */

/* A network, and how its images are prepared; made once, and called by any threads. */
class model {
 public:
  model(const Ort::Env &environment, const std::string &folder, const sr::preprocess_options &options)
      : prepare_(options), session_(environment, (folder + "/model.onnx").c_str(), Ort::SessionOptions()) {
    Ort::AllocatorWithDefaultOptions allocator;
    std::istringstream names(session_.GetModelMetadata().LookupCustomMetadataMapAllocated("labels", allocator).get());
    for (std::string name; std::getline(names, name, ',');) labels_.push_back(name);
  }
  const std::vector<std::string> &labels() const { return labels_; }

  /* The label of each image. */
  std::vector<std::string> classify(const std::vector<photograph> &images) {
    const Ort::Value output = logits(images);
    const float *scores = output.GetTensorData<float>();
    std::vector<std::string> found;
    for (std::size_t image = 0; image < images.size(); image++, scores += labels_.size())
      found.push_back(labels_[static_cast<std::size_t>(std::max_element(scores, scores + labels_.size()) - scores)]);
    return found;
  }

  /* The label of each pixel. The network sees all of the image, so that its grid covers just that. */
  std::vector<std::uint8_t> segment(const photograph &image) {
    const Ort::Value output = logits({image});
    sr::interpolate_options options;
    options.mode = sr::mode::bilinear;
    options.size = {image.height, image.width};
    std::vector<std::uint8_t> labels(image.samples.size() / 3);
    sr::logits_to_labels(sr::tensor_view(output.GetTensorData<float>(), output.GetTensorTypeAndShapeInfo().GetShape()),
                         sr::tensor_view(labels, {1, image.height, image.width}), options);
    return labels;
  }

 private:
  /* The network's output for images of any sizes, as one batch. */
  Ort::Value logits(const std::vector<photograph> &images) {
    std::vector<sr::const_tensor> views;
    for (const photograph &image : images) views.push_back(image.view());
    const sr::dims shape = prepare_.output_shape(views);
    Ort::AllocatorWithDefaultOptions allocator;
    Ort::Value input = Ort::Value::CreateTensor<float>(allocator, shape.data(), shape.size());
    prepare_.execute(views, sr::tensor_view(input.GetTensorMutableData<float>(), shape));
    const char *input_name = "pixels", *output_name = "logits";
    return std::move(session_.Run(Ort::RunOptions(), &input_name, &input, 1, &output_name, 1).front());
  }

  sr::preprocess prepare_;
  Ort::Session session_;
  std::vector<std::string> labels_;
};

void serve(const std::string &folder) {
  const Ort::Env environment;
  model classification(environment, folder + "/classification", classification_options());
  model segmentation(environment, folder + "/segmentation", segmentation_options());

  const std::vector<photograph> photographs{
      take(480, 640, {255, 255, 255}),
      take(720, 500, {255, 140, 110}),
      take(300, 900, {40, 60, 100}),
  };
  const std::vector<std::string> found = classification.classify(photographs);
  for (std::size_t image = 0; image < found.size(); image++)
    std::printf("%d x %d: %s\n", photographs[image].height, photographs[image].width, found[image].c_str());

  const photograph &noon = photographs.front();
  const std::vector<std::uint8_t> labels = segmentation.segment(noon);
  for (std::size_t label = 0; label < segmentation.labels().size(); label++) {
    const auto pixels = std::count(labels.begin(), labels.end(), static_cast<std::uint8_t>(label));
    std::printf("%s %.1f %%\n", segmentation.labels()[label].c_str(),
                100 * static_cast<double>(pixels) / static_cast<double>(labels.size()));
  }
  for (int y = 20; y < noon.height; y += 40) { /* a letter for each 40 x 10 pixels */
    for (int x = 5; x < noon.width; x += 10)
      std::putchar(segmentation.labels()[labels[static_cast<std::size_t>(y * noon.width + x)]].front());
    std::putchar('\n');
  }
}

}  // namespace

int main(int count, char **arguments) {
  try {
    if (count != 2) throw std::invalid_argument("usage: serve FOLDER");
    serve(arguments[1]);
  } catch (const std::exception &failure) {
    std::fprintf(stderr, "serve: %s\n", failure.what());
    return EXIT_FAILURE;
  }
}
