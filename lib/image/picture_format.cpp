#include "image/picture_format.hpp"

#include <array>
#include <cmath>
#include <limits>

namespace unetflow {

PageSize size_of(const PicturePage& page) {
  return std::visit(
      [](const auto& picture) {
        return PageSize{picture.channels, picture.height, picture.width};
      },
      page.values);
}

std::string type_name(const PicturePage& page) {
  constexpr std::array kNames = {"8-bit", "16-bit", "32-bit integer", "float"};
  static_assert(kNames.size() == std::variant_size_v<decltype(page.values)>);
  return kNames[page.values.index()];
}

namespace {

bool is_float(const PicturePage& page) {
  return std::holds_alternative<Picture<float>>(page.values) && page.bits == 0;
}

int bits_of(const PicturePage& page) {
  constexpr std::array kBits = {8, 16, 32, 64};
  return page.bits > 0 ? page.bits : kBits[page.values.index()];
}

}  // namespace

std::string stored_type(const PicturePage& page) {
  if (is_float(page)) return "floats";
  return std::string(page.is_signed ? "signed " : "") + std::to_string(bits_of(page)) +
         "-bit integers";
}

bool has_scale(const PicturePage& page) {
  return is_float(page) || (!page.is_signed && bits_of(page) <= 16);
}

double full_scale(const PicturePage& page) {
  if (page.bits > 0 && !page.is_signed) return std::exp2(page.bits) - 1;
  return std::visit(
      [](const auto& picture) {
        using T = typename std::decay_t<decltype(picture.values)>::value_type;
        return std::is_integral_v<T> ? static_cast<double>(std::numeric_limits<T>::max()) : 1.0;
      },
      page.values);
}

FileDescription PictureFile::describe() {
  FileDescription description;
  description.images = image_per_plane(pages());
  return description;
}

}  // namespace unetflow
