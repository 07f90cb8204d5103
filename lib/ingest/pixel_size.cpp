#include "ingest/pixel_size.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/words.hpp"

namespace unetflow {
namespace {

constexpr double kTolerance = 1e-3;  // files round

bool agree(const std::array<double, 2>& a, const std::array<double, 2>& b) {
  return std::abs(a[0] - b[0]) <= kTolerance * b[0] && std::abs(a[1] - b[1]) <= kTolerance * b[1];
}

std::string text_of(const std::array<double, 2>& size) {
  return fmt::format("{:.6g} x {:.6g} um (height x width)", size[0], size[1]);
}

}  // namespace

std::vector<double> pixel_size_of(const std::vector<SourcePicture>& pictures,
                                  const PictureFolder& folder,
                                  const std::vector<double>& configured,
                                  std::vector<std::string>& remarks) {
  std::array<double, 2> known{};
  if (!configured.empty()) known = {configured.front(), configured.back()};
  const SourcePicture* first = nullptr;   // that says something
  const SourcePicture* silent = nullptr;  // the first that says nothing
  for (const auto& picture : pictures) {
    const auto& size = picture.picture.pixel_size_um;
    if (size[0] <= 0 || size[1] <= 0) {
      if (silent == nullptr) silent = &picture;
      continue;
    }
    if (first == nullptr && configured.empty()) known = size;
    if (!agree(size, known)) {
      const std::string file = folder.path(picture.picture).string();
      if (configured.empty()) {
        throw InputError(
            file, fmt::format("has pixels of {}, {} of {}; expected one size: state "
                              "pixel_size if all are to be taken as equal",
                              text_of(size), folder.path(first->picture).string(), text_of(known)));
      }
      remarks.push_back(fmt::format("{}: says that its pixels are {}; taken as {}, as configured",
                                    file, text_of(size), text_of(known)));
      break;
    }
    if (first == nullptr) first = &picture;
  }
  if (first == nullptr && configured.empty()) return {};
  if (silent != nullptr && configured.empty()) {
    remarks.push_back(fmt::format("{}: does not say how large its pixels are; taken as {} like {}",
                                  folder.path(silent->picture).string(), text_of(known),
                                  folder.path(first->picture).string()));
  }
  return {known[0], known[1]};
}

void compare_label_pixels(const std::vector<SourcePicture>& pictures, const PictureFolder& folder,
                          std::vector<std::string>& remarks) {
  const auto says = [](const PageAddress& page) {
    return std::min(page.pixel_size_um[0], page.pixel_size_um[1]) > 0;
  };
  size_t others = 0;
  std::string first;
  for (const auto& picture : pictures) {
    const PageAddress& image = picture.picture;
    for (const auto& label : picture.labels) {
      if (!says(image) || !says(label) || agree(label.pixel_size_um, image.pixel_size_um)) continue;
      if (others++ > 0) continue;
      first = fmt::format(
          "{}: says that its pixels are {}; its image, {}, that they are {}: is it the label of "
          "this image?",
          folder.place(label), text_of(label.pixel_size_um), folder.place(image),
          text_of(image.pixel_size_um));
    }
  }
  if (others > 0) remarks.push_back(first + and_more(others));
}

}  // namespace unetflow
