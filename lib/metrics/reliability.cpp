#include "metrics/reliability.hpp"

#include <algorithm>
#include <cmath>

namespace unetflow {

void Reliability::add(Plane<const std::uint8_t> label, Plane<const float> foreground) {
  for (Index y = 0; y < label.height; ++y) {
    for (Index x = 0; x < label.width; ++x) {
      if (label(y, x) == kIgnored) continue;
      const double p = foreground(y, x);
      Count& count =
          counts_[static_cast<size_t>(std::clamp(static_cast<int>(p * kBins), 0, kBins - 1))];
      ++count.pixels;
      count.foreground += label(y, x) != 0;
      count.probability += p;
    }
  }
}

Reliability::Bin Reliability::bin(int i) const {
  const Count& count = counts_[static_cast<size_t>(i)];
  const auto pixels = static_cast<double>(std::max<std::int64_t>(count.pixels, 1));
  return {count.pixels, count.probability / pixels, static_cast<double>(count.foreground) / pixels};
}

std::int64_t Reliability::pixels() const {
  std::int64_t sum = 0;
  for (const auto& count : counts_) sum += count.pixels;
  return sum;
}

double Reliability::error() const {
  double sum = 0;
  for (int i = 0; i < kBins; ++i) {
    const Bin one = bin(i);
    sum += static_cast<double>(one.pixels) * std::abs(one.said - one.is);
  }
  return sum / static_cast<double>(std::max<std::int64_t>(pixels(), 1));
}

}  // namespace unetflow
