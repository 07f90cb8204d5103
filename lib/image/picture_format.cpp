#include "image/picture_format.hpp"

#include <array>
#include <cmath>
#include <limits>

namespace unetflow {

std::string type_name(const PicturePage& page) {
  constexpr std::array kNames = {"8-bit", "16-bit", "32-bit integer", "float"};
  static_assert(kNames.size() == std::variant_size_v<decltype(page.values)>);
  return kNames[page.values.index()];
}

double full_scale(const PicturePage& page) {
  if (page.bits > 0) return std::exp2(page.bits) - 1;
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
