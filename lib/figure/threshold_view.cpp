#include "figure/threshold_view.hpp"

#include <algorithm>

#include "core/scratch_folder.hpp"
#include "figure/paint.hpp"
#include "image/box.hpp"
#include "image/probability.hpp"
#include "image/write_picture.hpp"

namespace unetflow {
namespace {

constexpr Index kMost = 512;  // px; of a side

/// The middle of an image [height, width].
Box middle(Index height, Index width) {
  const Index h = std::min(height, kMost), w = std::min(width, kMost);
  return {(height - h) / 2, (width - w) / 2, h, w};
}

}  // namespace

std::vector<ThresholdImage> threshold_images(const std::vector<Result>& results) {
  std::vector<ThresholdImage> images;
  const ScratchFolder folder;
  for (const auto& result : results) {
    const auto [y, x, height, width] = middle(result.foreground.height, result.foreground.width);
    const auto [low, high] = gray_range(result.image.stack());
    ColourPicture picture = as_gray(part(result.image, y, x, height, width).stack(), low, high);
    const auto probability = in_8_bits(part(result.foreground, y, x, height, width));
    std::copy(probability.values.begin(), probability.values.end(), picture.plane(1).data);
    const bool labelled = result.label.height > 0;
    std::fill_n(picture.plane(2).data, picture.plane(2).size(), std::uint8_t{0});
    if (labelled) {
      const auto label = part(result.label, y, x, height, width);
      std::transform(label.values.begin(), label.values.end(), picture.plane(2).data,
                     [](std::uint8_t id) -> std::uint8_t {
                       return id == kIgnored ? 128 : id != 0 ? 255 : 0;
                     });
    }
    write_png(folder.path() / "image.png", picture.stack());
    images.push_back({result.name, folder.read("image.png"), labelled});
    std::filesystem::remove(folder.path() / "image.png");
  }
  return images;
}

}  // namespace unetflow
