#include "image/read_picture.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>

#include "core/error.hpp"
#include "image/decode.hpp"

namespace unetflow {
namespace detail {

std::string place(const std::filesystem::path& file, Index page) {
  return fmt::format("{} page {}", file.string(), page);
}

void check_claimed_bytes(double claimed, std::uintmax_t file_bytes, bool compressed,
                         const std::string& where) {
  const double most = static_cast<double>(file_bytes) * (compressed ? 8192 : 1);
  if (claimed > most) {
    throw InputError(where, fmt::format("claims {:.3g} bytes of pixels, more than a file of {} "
                                        "bytes can hold; is it damaged or cut short?",
                                        claimed, file_bytes));
  }
}

namespace {

std::unique_ptr<Decoder> open(const std::filesystem::path& file) {
  std::error_code failure;
  if (!std::filesystem::is_regular_file(file, failure)) {
    throw InputError(file.string(), "is no file, expected a PNG or TIFF picture");
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw InputError(file.string(), "cannot be opened for reading");
  char head[4] = {};
  stream.read(head, sizeof head);
  // By content: names lie.
  if (std::memcmp(head, "\x89PNG", 4) == 0) return open_png(file);
  for (const char* magic : {"II*\0", "MM\0*", "II+\0", "MM\0+"}) {
    if (std::memcmp(head, magic, 4) == 0) return open_tiff(file);
  }
  throw InputError(file.string(), "is neither a PNG nor a TIFF picture");
}

}  // namespace
}  // namespace detail

double full_scale(const PicturePage& page) {
  if (page.bits > 0) return std::exp2(page.bits) - 1;
  return std::visit(
      [](const auto& picture) {
        using T = typename std::decay_t<decltype(picture.values)>::value_type;
        return std::is_integral_v<T> ? static_cast<double>(std::numeric_limits<T>::max()) : 1.0;
      },
      page.values);
}

Index count_pages(const std::filesystem::path& file) { return detail::open(file)->pages(); }

PicturePage read_page(const std::filesystem::path& file, Index page) {
  return detail::open(file)->read(page);
}

std::vector<PicturePage> read_picture(const std::filesystem::path& file) {
  const auto decoder = detail::open(file);
  std::vector<PicturePage> result;
  for (Index page = 0; page < decoder->pages(); ++page) result.push_back(decoder->read(page));
  return result;
}

}  // namespace unetflow
