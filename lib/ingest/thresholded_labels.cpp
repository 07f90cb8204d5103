#include "ingest/thresholded_labels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/error.hpp"
#include "ingest/label_values.hpp"

namespace unetflow {
namespace {

bool is_among(const std::set<std::int64_t>& values, const std::vector<double>& pixel) {
  const bool gray =
      std::all_of(pixel.begin(), pixel.end(), [&](double value) { return value == pixel.front(); });
  return std::any_of(values.begin(), values.end(), [&](std::int64_t value) {
    if (gray) return pixel[0] == static_cast<double>(value);
    const double packed = pixel.size() == 3 ? 65536 * pixel[0] + 256 * pixel[1] + pixel[2] : -1;
    return packed == static_cast<double>(value - kColour);
  });
}

/// Throws InputError(place, ...) where integers up to `highest` are never, or nearly always, above
/// the threshold.
void check_scale(const PicturePage& page, double threshold, double highest,
                 const std::string& place) {
  if (std::holds_alternative<Picture<float>>(page.values)) return;
  if (full_scale(page) < threshold) {
    throw InputError(place, fmt::format("holds {}, which never reach labels.threshold, {}",
                                        stored_type(page), threshold));
  }
  if (threshold < 1 && highest > 1) {
    throw InputError(place, fmt::format("has values up to {}, of which labels.threshold, {}, tells "
                                        "only 0 from the rest; expected a gray value",
                                        highest, threshold));
  }
}

template <class T>
Picture<std::uint8_t> divided(const Picture<T>& picture, const PicturePage& page, double threshold,
                              const std::set<std::int64_t>& ignored, const std::string& place) {
  check_scale(page, threshold,
              static_cast<double>(*std::max_element(picture.values.begin(), picture.values.end())),
              place);
  Picture<std::uint8_t> label(picture.height, picture.width);
  const size_t size = label.values.size();
  size_t coloured = 0;
  std::vector<double> pixel(static_cast<size_t>(picture.channels - page.alpha));
  for (size_t i = 0; i < size; ++i) {
    double sum = 0;
    for (size_t c = 0; c < pixel.size(); ++c) {
      sum += pixel[c] = static_cast<double>(picture.values[c * size + i]);
    }
    if (std::isnan(sum)) throw InputError(place, "has labels that are not numbers");
    if (is_among(ignored, pixel)) {
      label.values[i] = kIgnored;
      continue;
    }
    label.values[i] = sum / static_cast<double>(pixel.size()) >= threshold ? 1 : 0;
    const auto [low, high] = std::minmax_element(pixel.begin(), pixel.end());
    coloured += *high - *low > full_scale(page) / 4 ? 1 : 0;
  }
  constexpr size_t kMany = 100;  // of so many pixels, one; JPEG colours some
  if (kMany * coloured > size) {
    throw InputError(place,
                     "has colours, which labels.threshold does not tell apart; expected gray "
                     "values, or colours without smoothing, as labels.foreground or values");
  }
  return label;
}

}  // namespace

Picture<std::uint8_t> divided_by_threshold(const PicturePage& page, double threshold,
                                           const std::set<std::int64_t>& ignored,
                                           const std::string& place) {
  if (page.lossy && !ignored.empty()) {
    throw InputError(place,
                     "is compressed in a way that changes label values (JPEG), so that values of "
                     "labels.ignore cannot be told from others; expected PNG or TIFF");
  }
  return std::visit(
      [&](const auto& picture) { return divided(picture, page, threshold, ignored, place); },
      page.values);
}

}  // namespace unetflow
