#include "figure/paint.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/quantile.hpp"

namespace unetflow {
namespace {

// Okabe and Ito's colours for classes, and for segments, where neighbours rarely get the same one.
constexpr std::array<Rgb, 7> kColours = {{{230, 159, 0},
                                          {86, 180, 233},
                                          {0, 158, 115},
                                          {240, 228, 66},
                                          {0, 114, 178},
                                          {213, 94, 0},
                                          {204, 121, 167}}};

void set(ColourPicture& picture, Index y, Index x, const Rgb& rgb) {
  for (Index c = 0; c < 3; ++c) picture.plane(c)(y, x) = rgb[static_cast<size_t>(c)];
}

}  // namespace

std::pair<float, float> gray_range(Stack<const float> values) {
  std::vector<float> sorted(values.data, values.data + values.size());
  if (sorted.empty()) return {0, 1};
  const auto low = static_cast<float>(quantile(std::span(sorted), 0.005));
  const auto high = static_cast<float>(quantile(std::span(sorted), 0.995));
  return {low, high > low ? high : low + 1};
}

ColourPicture as_gray(Stack<const float> values, float low, float high) {
  ColourPicture picture(3, values.height, values.width);
  for (Index c = 0; c < 3; ++c) {
    const auto from = values.plane(values.channels >= 3 ? c : 0);
    const auto to = picture.plane(c);
    for (Index y = 0; y < to.height; ++y) {
      for (Index x = 0; x < to.width; ++x) {
        const float scaled = 255 * (from(y, x) - low) / (high - low);
        to(y, x) = static_cast<std::uint8_t>(std::lround(std::clamp(scaled, 0.0f, 255.0f)));
      }
    }
  }
  return picture;
}

ColourPicture as_classes(Plane<const std::uint8_t> label, int classes) {
  ColourPicture picture(3, label.height, label.width);
  for (Index y = 0; y < label.height; ++y) {
    for (Index x = 0; x < label.width; ++x) {
      const unsigned id = label(y, x);
      if (id == 0) continue;
      set(picture, y, x, classes <= 2 ? Rgb{255, 255, 255} : kColours[(id - 1) % kColours.size()]);
    }
  }
  return picture;
}

ColourPicture as_segments(Plane<const std::uint32_t> segments) {
  ColourPicture picture(3, segments.height, segments.width);
  for (Index y = 0; y < segments.height; ++y) {
    for (Index x = 0; x < segments.width; ++x) {
      const std::uint32_t id = segments(y, x);
      if (id == 0) continue;
      // Seven hues in three tints: a multiplier prime to 21 spreads neighbouring ids.
      const std::uint32_t place = id % 21 * 8 % 21, white = place / 7 * 64;
      Rgb rgb = kColours[place % 7];
      for (auto& value : rgb)
        value = static_cast<std::uint8_t>(value + (255 - value) * white / 255);
      set(picture, y, x, rgb);
    }
  }
  return picture;
}

void tint(ColourPicture& picture, Plane<const std::uint8_t> mask, Rgb colour, double opacity) {
  for (Index c = 0; c < 3; ++c) {
    const auto plane = picture.plane(c);
    for (Index y = 0; y < mask.height; ++y) {
      for (Index x = 0; x < mask.width; ++x) {
        if (mask(y, x) == 0) continue;
        const double mixed = (1 - opacity) * plane(y, x) + opacity * colour[static_cast<size_t>(c)];
        plane(y, x) = static_cast<std::uint8_t>(std::lround(mixed));
      }
    }
  }
}

template <class T>
Picture<T> reduced(const Picture<T>& picture, Index factor) {
  Picture<T> out(picture.channels, picture.height / factor, picture.width / factor);
  for (Index c = 0; c < out.channels; ++c) {
    const auto from = picture.plane(c);
    const auto to = out.plane(c);
    for (Index y = 0; y < to.height; ++y) {
      for (Index x = 0; x < to.width; ++x) {
        double sum = 0;
        for (Index dy = 0; dy < factor; ++dy) {
          for (Index dx = 0; dx < factor; ++dx) sum += from(y * factor + dy, x * factor + dx);
        }
        to(y, x) = static_cast<T>(sum / static_cast<double>(factor * factor));
      }
    }
  }
  return out;
}

template Picture<float> reduced(const Picture<float>&, Index);
template Picture<std::uint8_t> reduced(const Picture<std::uint8_t>&, Index);

}  // namespace unetflow
