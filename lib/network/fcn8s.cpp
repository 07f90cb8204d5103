// FCN-8s (Long et al. 2015): the trunk of VGG-16 (names as torchvision's, fully connected layers as
// convolutions, all widths scaled by width / 64), scores of pool3, pool4 and fc7, learned
// upsampling that starts bilinear; scores start at 0. Where the paper pads the image by 100, layers
// here pad their inputs by zeros, and the output leaves out the margin of a U-Net's tiles.
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "network/architecture.hpp"
#include "network/network.hpp"

namespace unetflow {
namespace {

struct Layer {
  at::Tensor weight, bias;
};

constexpr int kPoolings = 5;
constexpr const char* kTrunk = "features.";
constexpr const char* kFc6 = "classifier.0";
constexpr const char* kFc7 = "classifier.3";
constexpr const char* kScoreFc7 = "score_fr";

/// Weights [classes, classes, 2 * factor, 2 * factor] that upsample each class by itself,
/// bilinearly.
at::Tensor bilinear(std::int64_t classes, std::int64_t factor) {
  const auto scale = static_cast<double>(factor);
  const at::Tensor ramp = 1 - (at::arange(2 * factor, at::kFloat) + 0.5 - scale).abs() / scale;
  return at::eye(classes).view({classes, classes, 1, 1}) * at::outer(ramp, ramp);
}

class Fcn8s final : public Network {
 public:
  Fcn8s(const NetworkConfig& config, std::optional<std::uint64_t> seed) : Network(config, seed) {
    const std::int64_t width = config.width, classes = config.classes;
    const std::vector<std::vector<std::int64_t>> levels = {{width, width},
                                                           {2 * width, 2 * width},
                                                           {4 * width, 4 * width, 4 * width},
                                                           {8 * width, 8 * width, 8 * width},
                                                           {8 * width, 8 * width, 8 * width}};
    std::int64_t in = config.channels;
    int number = 0;  // as torchvision counts: activations and poolings too
    for (const auto& level : levels) {
      trunk_.emplace_back();
      for (const std::int64_t out : level) {
        trunk_.back().push_back(add_convolution(fmt::format("{}{}", kTrunk, number), in, out, 3));
        number += 2;
        in = out;
      }
      ++number;
    }
    fc6_ = add_convolution(kFc6, in, 64 * width, 7);
    fc7_ = add_convolution(kFc7, 64 * width, 64 * width, 1);
    score_fc7_ = add_score(kScoreFc7, 64 * width);
    score_pool4_ = add_score("score_pool4", 8 * width);
    score_pool3_ = add_score("score_pool3", 4 * width);
    const at::NoGradGuard no_gradients;
    for (const auto& [name, factor, weight] : {std::tuple{"upscore2", 2, &up_fc7_},
                                               {"upscore_pool4", 2, &up_pool4_},
                                               {"upscore8", 8, &up_pool3_}}) {
      *weight = add(fmt::format("{}.weight", name), {classes, classes, 2 * factor, 2 * factor},
                    Draw::kZeros);
      weight->copy_(bilinear(classes, factor));
    }
  }

  at::Tensor forward(at::Tensor x, std::optional<std::uint64_t> dropout_key) const override {
    const auto margin = unet_geometry(config().depth).margin;
    const auto height = x.size(2) - 2 * margin, width = x.size(3) - 2 * margin;
    std::vector<at::Tensor> pooled;
    for (const auto& level : trunk_) {
      for (const auto& layer : level) {
        x = convolved_relu(x, layer.weight, layer.bias, 1);
      }
      // Rounded up, so that nothing of the input is left out.
      x = at::max_pool2d(x, 2, 2, 0, 1, true);
      pooled.push_back(x);
    }
    x = with_dropout(at::conv2d(x, fc6_.weight, fc6_.bias, 1, 3).relu_(), dropout_key, 0);
    x = with_dropout(at::conv2d(x, fc7_.weight, fc7_.bias).relu_(), dropout_key, 1);
    x = at::conv2d(x, score_fc7_.weight, score_fc7_.bias);
    x = fused(upsampled(x, up_fc7_, 2),
              at::conv2d(pooled[3], score_pool4_.weight, score_pool4_.bias));
    x = fused(upsampled(x, up_pool4_, 2),
              at::conv2d(pooled[2], score_pool3_.weight, score_pool3_.bias));
    return upsampled(x, up_pool3_, 8).narrow(2, margin, height).narrow(3, margin, width);
  }

 private:
  Layer add_convolution(const std::string& name, std::int64_t in, std::int64_t out,
                        std::int64_t side) {
    const auto fan_in = static_cast<double>(in * side * side);
    return {add(name + ".weight", {out, in, side, side}, Draw::kNormal, std::sqrt(2 / fan_in)),
            add(name + ".bias", {out}, Draw::kZeros)};
  }

  Layer add_score(const std::string& name, std::int64_t in) {
    return {add(name + ".weight", {config().classes, in, 1, 1}, Draw::kZeros),
            add(name + ".bias", {config().classes}, Draw::kZeros)};
  }

  static at::Tensor upsampled(const at::Tensor& x, const at::Tensor& weight, std::int64_t factor) {
    return at::conv_transpose2d(x, weight, {}, factor, factor / 2);
  }

  /// The sum over what both have; a pooling that was rounded up made `coarse` one larger.
  static at::Tensor fused(const at::Tensor& coarse, const at::Tensor& fine) {
    return coarse.narrow(2, 0, fine.size(2)).narrow(3, 0, fine.size(3)) + fine;
  }

  std::vector<std::vector<Layer>> trunk_;
  Layer fc6_, fc7_, score_fc7_, score_pool4_, score_pool3_;
  at::Tensor up_fc7_, up_pool4_, up_pool3_;
};

/// Starts from VGG-16: "features.*" and, where given, "classifier.0" and "classifier.3". For images
/// of one channel the first convolution's weights are summed over RGB.
void set_trunk(Network& network, const Tensors& weights, const std::string& place) {
  const at::NoGradGuard no_gradients;
  for (const auto& [name, value] : network.parameters()) {
    const bool fully_connected = name.starts_with("classifier.");
    if (!fully_connected && !name.starts_with(kTrunk)) continue;
    const auto found = weights.find(name);
    if (found == weights.end()) {
      if (fully_connected) continue;
      throw InputError(place, fmt::format("has no tensor \"{}\" of VGG-16", name));
    }
    check_values(found->second, name, place);
    at::Tensor given = from_plain(found->second);
    if (given.dim() == 4 && given.size(1) == 3 && value.size(1) == 1) {
      given = given.sum(1, true);  // what it does to a gray RGB image
    }
    // A fully connected layer's [out, in * 7 * 7] is the convolution's [out, in, 7, 7].
    if (given.numel() != value.numel() || given.dim() == 0 || given.size(0) != value.size(0)) {
      throw InputError(
          place, fmt::format("tensor \"{}\" has the shape [{}], the network's has [{}]", name,
                             fmt::join(found->second.shape, ", "), fmt::join(value.sizes(), ", ")));
    }
    value.copy_(given.view(value.sizes()));
  }
}

/// All of the network's weights, or VGG-16's.
void start(Network& network, const Tensors& weights, const std::string& place) {
  const bool whole = weights.contains(std::string(kScoreFc7) + ".weight");
  (whole ? set_weights : set_trunk)(network, weights, place);
}

/// How far a pixel of the output sees, in pixels: follows the layers from the last to the first,
/// for each of the pixels that the poolings treat differently.
Index reach() {
  constexpr Index stride = Index{1} << kPoolings;
  Index furthest = 0;
  for (Index pixel = 100 * stride; pixel < 101 * stride; ++pixel) {
    Index first = pixel, last = pixel;     // of what the pixel depends on, at each layer's scale
    for (const Index scale : {8, 2, 2}) {  // transposed convolutions twice as wide as their stride
      first = (first + scale / 2) / scale - 1;
      last = (last + scale / 2) / scale;
    }
    first -= 3;  // fc6, 7 wide
    last += 3;
    for (const Index convolutions : {3, 3, 3, 2, 2}) {
      first = 2 * first - convolutions;
      last = 2 * last + 1 + convolutions;
    }
    furthest = std::max({furthest, pixel - first, last - pixel});
  }
  return furthest;
}

/// It pads, and sees further than the margin of the U-Net whose tiles it takes.
NetworkGeometry geometry(const NetworkConfig& config) {
  const Index margin = unet_geometry(config.depth).margin;
  return {.margin = margin,
          .padding_affected_border = std::max<Index>(reach() - margin, 0),
          .pooling_stride = Index{1} << kPoolings};
}

void check(const NetworkOptions& options, const std::string& place) {
  if (options.normalisation == "none") return;
  throw InputError(place + " at /network/normalisation",
                   fmt::format("is \"{}\", but FCN-8s has none", options.normalisation));
}

}  // namespace

extern const Architecture kFcn8s;
const Architecture kFcn8s{
    .name = "fcn8s",
    .make = [](const NetworkConfig& config, std::optional<std::uint64_t> seed)
        -> std::unique_ptr<Network> { return std::make_unique<Fcn8s>(config, seed); },
    .geometry = geometry,
    .check = check,
    .start = start,
    .first_layer = "features.0.weight",
};

}  // namespace unetflow
