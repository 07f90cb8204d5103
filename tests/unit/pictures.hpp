// Small pictures for the tests of metrics: drawn in text, random, and their slow segmentation.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "image/view.hpp"

namespace unetflow {

/// '#' is 1, anything else 0.
inline Picture<std::uint8_t> mask_of(const std::vector<std::string>& rows) {
  Picture<std::uint8_t> mask(static_cast<Index>(rows.size()),
                             static_cast<Index>(rows.front().size()));
  for (size_t y = 0; y < rows.size(); ++y) {
    for (size_t x = 0; x < rows[y].size(); ++x) {
      mask.plane()(static_cast<Index>(y), static_cast<Index>(x)) = rows[y][x] == '#';
    }
  }
  return mask;
}

/// Digits are ids, '.' is 0.
inline Picture<std::uint32_t> ids_of(const std::vector<std::string>& rows) {
  Picture<std::uint32_t> ids(static_cast<Index>(rows.size()),
                             static_cast<Index>(rows.front().size()));
  size_t i = 0;
  for (const auto& row : rows) {
    for (const char c : row) ids.values[i++] = c == '.' ? 0 : static_cast<std::uint32_t>(c - '0');
  }
  return ids;
}

/// Probabilities 1 where '#', 0.1 elsewhere.
inline Picture<float> probability_of(const std::vector<std::string>& rows) {
  const auto mask = mask_of(rows);
  Picture<float> probability(mask.height, mask.width);
  for (size_t i = 0; i < mask.values.size(); ++i) {
    probability.values[i] = mask.values[i] != 0 ? 1.0f : 0.1f;
  }
  return probability;
}

/// Blobs of a few px: the mean of 3 x 3 random numbers, in `levels` steps so that ties are common.
inline Picture<float> random_probability(Index height, Index width, std::uint64_t number,
                                         int levels = 20) {
  const auto key = random_key(number, Purpose::kNoise);
  Picture<float> noise(height + 2, width + 2), smooth(height, width);
  for (size_t i = 0; i < noise.values.size(); ++i) {
    noise.values[i] = static_cast<float>(random_uniform(key, i));
  }
  for (Index y = 0; y < height; ++y) {
    for (Index x = 0; x < width; ++x) {
      float sum = 0;
      for (Index v = 0; v < 3; ++v) {
        for (Index u = 0; u < 3; ++u) sum += noise.plane()(y + v, x + u);
      }
      // Means are around 0.5; this spreads them.
      const float spread = (sum / 9 - 0.5f) * 3 + 0.5f;
      const auto step =
          static_cast<int>(std::min(std::max(spread, 0.0f), 1.0f) * static_cast<float>(levels));
      smooth.plane()(y, x) = static_cast<float>(step) / static_cast<float>(levels);
    }
  }
  return smooth;
}

inline Picture<std::uint8_t> above(const Picture<float>& probability, double threshold) {
  Picture<std::uint8_t> mask(probability.height, probability.width);
  for (size_t i = 0; i < mask.values.size(); ++i) {
    mask.values[i] = static_cast<double>(probability.values[i]) > threshold;
  }
  return mask;
}

/// 4-connected components by flooding, one after the other.
inline Picture<std::uint32_t> slow_components(const Picture<std::uint8_t>& mask) {
  Picture<std::uint32_t> ids(mask.height, mask.width);
  std::uint32_t count = 0;
  for (Index top = 0; top < mask.height; ++top) {
    for (Index left = 0; left < mask.width; ++left) {
      if (mask.plane()(top, left) == 0 || ids.plane()(top, left) != 0) continue;
      std::deque<std::pair<Index, Index>> flood = {{top, left}};
      ids.plane()(top, left) = ++count;
      while (!flood.empty()) {
        const auto [y, x] = flood.front();
        flood.pop_front();
        for (const auto& [v, u] : {std::pair{y - 1, x}, {y + 1, x}, {y, x - 1}, {y, x + 1}}) {
          if (v < 0 || v >= mask.height || u < 0 || u >= mask.width) continue;
          if (mask.plane()(v, u) == 0 || ids.plane()(v, u) != 0) continue;
          ids.plane()(v, u) = count;
          flood.push_back({v, u});
        }
      }
    }
  }
  return ids;
}

}  // namespace unetflow
