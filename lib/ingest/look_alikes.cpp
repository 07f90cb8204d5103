#include "ingest/look_alikes.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <string_view>

namespace unetflow {
namespace {

constexpr Index kSide = 32;          // px of thumbnails
constexpr std::size_t kMost = 1000;  // images looked at
constexpr std::size_t kFewest = 4;   // images, so that what they have in common is not one of them
constexpr float kSameBrightness = 1e-6F;

/// Means of kSide x kSide parts of the first channel, without their mean, of length 1.
std::vector<float> thumbnail(Plane<const float> image) {
  std::vector<float> out;
  for (Index v = 0; v < kSide; ++v) {
    const Index top = v * image.height / kSide, bottom = (v + 1) * image.height / kSide;
    for (Index u = 0; u < kSide; ++u) {
      const Index left = u * image.width / kSide, right = (u + 1) * image.width / kSide;
      double sum = 0;
      for (Index y = top; y < bottom; ++y) {
        for (Index x = left; x < right; ++x) sum += image(y, x);
      }
      out.push_back(static_cast<float>(sum / static_cast<double>((bottom - top) * (right - left))));
    }
  }
  const float mean = std::accumulate(out.begin(), out.end(), 0.0F) / static_cast<float>(out.size());
  for (auto& value : out) value -= mean;
  const float length =
      std::sqrt(std::inner_product(out.begin(), out.end(), out.begin(), 0.0F)) + kSameBrightness;
  for (auto& value : out) value /= length;
  return out;
}

double product(const std::vector<float>& a, const std::vector<float>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

}  // namespace

const std::string* Repeated::earlier(const void* values, std::size_t bytes,
                                     const std::string& place) {
  const std::string_view view(static_cast<const char*>(values), bytes);
  const auto [known, is_new] = seen_.try_emplace(std::hash<std::string_view>()(view), place);
  return is_new ? nullptr : &known->second;
}

void Resemblance::add(const Picture<float>& image) {
  if (image.height < kSide || image.width < kSide || thumbnails_.size() == kMost) return;
  thumbnails_.push_back(thumbnail(image.plane()));
}

double Resemblance::of_neighbours() const {
  if (thumbnails_.size() < kFewest) return 0;
  std::vector<float> common(thumbnails_.front().size());
  for (const auto& one : thumbnails_) {
    for (std::size_t i = 0; i < common.size(); ++i) {
      common[i] += one[i] / static_cast<float>(thumbnails_.size());
    }
  }
  auto own = thumbnails_;
  for (auto& one : own) {
    for (std::size_t i = 0; i < common.size(); ++i) one[i] -= common[i];
  }
  std::vector<double> alike;
  for (std::size_t i = 1; i < own.size(); ++i) {
    const double length = std::sqrt(product(own[i], own[i]) * product(own[i - 1], own[i - 1]));
    alike.push_back(length > 0 ? product(own[i], own[i - 1]) / length : 1);
  }
  const auto middle = alike.begin() + static_cast<std::ptrdiff_t>(alike.size() / 2);
  std::nth_element(alike.begin(), middle, alike.end());
  return *middle;
}

}  // namespace unetflow
