#include "image/reader_helpers.hpp"

#include <fmt/format.h>

#include <fstream>

namespace unetflow {

std::string dataset_place(const std::filesystem::path& file, const std::string& dataset) {
  return dataset.empty() ? file.string() : fmt::format("{} dataset {}", file.string(), dataset);
}

std::string page_place(const std::string& file, Index page) {
  return fmt::format("{} page {}", file, page);
}

std::uintmax_t bytes_of_file(const std::filesystem::path& file) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file, error);
  if (error) throw InputError(file.string(), "cannot be read: " + error.message());
  return bytes;
}

void check_only_page(const std::string& place, Index page, const std::string& format) {
  if (page == 0) return;
  throw InputError(place, fmt::format("is not there; a {} file has one page, page 0", format));
}

void check_page(const std::string& place, Index page, Index pages, const char* of) {
  if (page >= 0 && page < pages) return;
  throw InputError(place, fmt::format("is not there; the {} has {} pages", of, pages));
}

std::string first_bytes(const std::filesystem::path& file, std::size_t count) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw InputError(file.string(), "cannot be opened for reading");
  std::string bytes(count, '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(count));
  bytes.resize(static_cast<std::size_t>(stream.gcount()));
  return bytes;
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

void check_pixels_in_memory(double pixels, std::uintmax_t file_bytes, const std::string& where) {
  constexpr double kAlways = 1 << 30;
  constexpr double kPerByte = 2048;
  if (pixels <= kAlways || pixels <= kPerByte * static_cast<double>(file_bytes)) return;
  throw InputError(where,
                   fmt::format("has {:.3g} pixels in a file of {} bytes, expected at most {} "
                               "per byte; is it damaged?",
                               pixels, file_bytes, kPerByte));
}

PicturePage narrowed(const Picture<std::uint64_t>& wide, bool is_signed, int bits) {
  const auto fill = [&]<class T>(Picture<T> out, auto&& value) -> PicturePage {
    std::transform(wide.values.begin(), wide.values.end(), out.values.begin(), value);
    return {.values = std::move(out), .bits = bits, .is_signed = is_signed};
  };
  // Negative ones are huge as unsigned.
  if (std::all_of(wide.values.begin(), wide.values.end(),
                  [](std::uint64_t value) { return value <= 0xFFFFFFFFu; })) {
    return fill(Picture<std::uint32_t>(wide.channels, wide.height, wide.width),
                [](std::uint64_t value) { return static_cast<std::uint32_t>(value); });
  }
  return fill(Picture<float>(wide.channels, wide.height, wide.width), [&](std::uint64_t value) {
    return is_signed ? static_cast<float>(static_cast<std::int64_t>(value))
                     : static_cast<float>(value);
  });
}

int exif_orientation(std::span<const std::uint8_t> exif) {
  const bool big = !exif.empty() && exif[0] == 'M';
  const auto number = [&](std::size_t at, std::size_t bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes && at + bytes <= exif.size(); ++i) {
      value = value << 8 | exif[at + (big ? i : bytes - 1 - i)];
    }
    return value;
  };
  constexpr std::uint32_t kOrientation = 0x0112;
  const std::size_t directory = number(4, 4);
  const std::size_t entries = number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (number(entry, 2) == kOrientation) return static_cast<int>(number(entry + 8, 2));
  }
  return 1;
}

}  // namespace unetflow
