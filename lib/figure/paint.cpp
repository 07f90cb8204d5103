#include "figure/paint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/quantile.hpp"

namespace unetflow {
namespace {

using colour::kDistinct;

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

ColourPicture in_gray(Stack<const float> values) {
  const auto [low, high] = gray_range(values);
  return as_gray(values, low, high);
}

ColourPicture as_classes(Plane<const std::uint8_t> label, int classes) {
  ColourPicture picture(3, label.height, label.width);
  for (Index y = 0; y < label.height; ++y) {
    for (Index x = 0; x < label.width; ++x) {
      const unsigned id = label(y, x);
      if (id == 0 || id == kIgnored) continue;
      set(picture, y, x, classes <= 2 ? colour::kWhite : kDistinct[(id - 1) % kDistinct.size()]);
    }
  }
  return picture;
}

std::string channels_shown(Index channels) {
  if (channels == 1) return "";
  return channels == 2
             ? " Of 2 channels the first is shown."
             : fmt::format(" Of {} channels the first three are shown, as red, green and blue.",
                           channels);
}

ColourPicture as_segments(Plane<const std::uint32_t> segments) {
  ColourPicture picture(3, segments.height, segments.width);
  for (Index y = 0; y < segments.height; ++y) {
    for (Index x = 0; x < segments.width; ++x) {
      const std::uint32_t id = segments(y, x);
      if (id == 0) continue;
      // Seven hues in three tints. 8 is coprime to 21, so neighbouring ids get colours that are far
      // apart.
      const std::uint32_t place = id % 21 * 8 % 21, white = place / 7 * 64;
      Rgb rgb = kDistinct[place % 7];
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

void tint_ignored(ColourPicture& picture, Plane<const std::uint8_t> label) {
  Picture<std::uint8_t> ignored(label.height, label.width);
  for (Index y = 0; y < label.height; ++y) {
    for (Index x = 0; x < label.width; ++x) ignored.plane()(y, x) = label(y, x) == kIgnored;
  }
  tint(picture, ignored.plane(), colour::kIgnoredPixel, 0.5);
}

void outline(ColourPicture& picture, Plane<const std::uint8_t> mask, Rgb colour) {
  const auto outside = [&](Index y, Index x) {
    return y >= 0 && x >= 0 && y < mask.height && x < mask.width && mask(y, x) == 0;
  };
  for (Index y = 0; y < mask.height; ++y) {
    for (Index x = 0; x < mask.width; ++x) {
      if (mask(y, x) == 0) continue;
      if (outside(y - 1, x) || outside(y + 1, x) || outside(y, x - 1) || outside(y, x + 1)) {
        set(picture, y, x, colour);
      }
    }
  }
}

ColourPicture side_by_side(const std::vector<ColourPicture>& pictures) {
  Index width = 0;
  for (const auto& one : pictures) width += one.width;
  const Index height = pictures.front().height, gap = std::max<Index>(height / 32, 1);
  ColourPicture row(3, height, width + gap * (std::ssize(pictures) - 1));
  std::fill(row.values.begin(), row.values.end(), std::uint8_t{165});
  Index left = 0;
  for (const auto& one : pictures) {
    for (Index c = 0; c < 3; ++c) {
      for (Index y = 0; y < height; ++y) {
        std::copy_n(one.plane(c).row(y), one.width, row.plane(c).row(y) + left);
      }
    }
    left += one.width + gap;
  }
  return row;
}

template <class T>
Picture<T> part(const Picture<T>& picture, Index y, Index x, Index height, Index width) {
  Picture<T> out(picture.channels, height, width);
  for (Index c = 0; c < out.channels; ++c) {
    for (Index row = 0; row < height; ++row) {
      std::copy_n(picture.plane(c).row(y + row) + x, width, out.plane(c).row(row));
    }
  }
  return out;
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

template Picture<float> part(const Picture<float>&, Index, Index, Index, Index);
template Picture<std::uint8_t> part(const Picture<std::uint8_t>&, Index, Index, Index, Index);
template Picture<std::uint32_t> part(const Picture<std::uint32_t>&, Index, Index, Index, Index);
template Picture<float> reduced(const Picture<float>&, Index);
template Picture<std::uint8_t> reduced(const Picture<std::uint8_t>&, Index);

}  // namespace unetflow
