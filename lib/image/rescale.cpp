#include "image/rescale.hpp"

#include <algorithm>
#include <cmath>

namespace unetflow {
namespace {

/// The old pixels that make a new one, and their weights, which add up to 1.
struct Taps {
  Index first = 0;
  std::vector<double> weights;
};

/// Along one axis, by the distances of the pixels' centres.
std::vector<Taps> taps_of(Index from, Index to) {
  const double step = static_cast<double>(from) / static_cast<double>(to);
  const double reach = std::max(step, 1.);
  std::vector<Taps> all(static_cast<std::size_t>(to));
  for (Index i = 0; i < to; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * step - 0.5;
    Taps& taps = all[static_cast<std::size_t>(i)];
    taps.first = std::max<Index>(static_cast<Index>(std::floor(centre - reach)) + 1, 0);
    const Index last = std::min<Index>(static_cast<Index>(std::ceil(centre + reach)) - 1, from - 1);
    double sum = 0;
    for (Index j = taps.first; j <= last; ++j) {
      taps.weights.push_back(1 - std::abs(static_cast<double>(j) - centre) / reach);
      sum += taps.weights.back();
    }
    for (double& weight : taps.weights) weight /= sum;
  }
  return all;
}

}  // namespace

Index rescaled_size(Index size, double by) {
  return std::max<Index>(std::llround(static_cast<double>(size) * by), 1);
}

Picture<float> rescaled(Stack<const float> image, Index height, Index width) {
  const auto rows = taps_of(image.height, height), columns = taps_of(image.width, width);
  Picture<float> out(image.channels, height, width);
  std::vector<double> mean(static_cast<std::size_t>(image.width));  // of old rows
  for (Index channel = 0; channel < image.channels; ++channel) {
    const auto from = image.plane(channel);
    for (Index y = 0; y < height; ++y) {
      const Taps& down = rows[static_cast<std::size_t>(y)];
      std::fill(mean.begin(), mean.end(), 0.);
      for (std::size_t j = 0; j < down.weights.size(); ++j) {
        const float* row = from.row(down.first + static_cast<Index>(j));
        for (std::size_t x = 0; x < mean.size(); ++x) mean[x] += down.weights[j] * double{row[x]};
      }
      float* to = out.plane(channel).row(y);
      for (Index x = 0; x < width; ++x) {
        const Taps& along = columns[static_cast<std::size_t>(x)];
        double value = 0;
        for (std::size_t j = 0; j < along.weights.size(); ++j) {
          value += along.weights[j] * mean[static_cast<std::size_t>(along.first) + j];
        }
        to[x] = static_cast<float>(value);
      }
    }
  }
  return out;
}

}  // namespace unetflow
