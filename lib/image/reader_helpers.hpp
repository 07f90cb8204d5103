// What the readers of image formats share.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "image/picture_format.hpp"

namespace unetflow {

/// "FILE dataset NAME", as errors name it; "FILE" where no dataset is named.
std::string dataset_place(const std::filesystem::path& file, const std::string& dataset);

/// "FILE page N", as errors name a page.
std::string page_place(const std::string& file, Index page);

/// Throws InputError naming the file when it cannot be asked.
std::uintmax_t bytes_of_file(const std::filesystem::path& file);

/// A PictureFormat's open_file for files that are one array.
template <class File>
std::unique_ptr<PictureFile> open_as(const std::filesystem::path& file, const std::string&,
                                     const std::string&) {
  return std::make_unique<File>(file);
}

/// Throws InputError(place, ...) for any page but the one that files of this format have.
void check_only_page(const std::string& place, Index page, const std::string& format);
/// Throws InputError(place, ...) for a page that is not one of `pages` of a "file", an "array", ...
void check_page(const std::string& place, Index page, Index pages, const char* of = "file");

/// The first bytes of a file, fewer where it is shorter. Throws InputError naming the file when it
/// cannot be opened.
std::string first_bytes(const std::filesystem::path& file, std::size_t count);

/// A header may claim any size; memory is only taken for what the file's bytes could decompress to.
/// No compression of PNG, TIFF, JPEG and HDF5 does better than a few thousand to one (blank fax
/// pages). Throws InputError(where, ...) for more.
void check_claimed_bytes(double claimed, std::uintmax_t file_bytes, bool compressed,
                         const std::string& where);

/// The same of the pixels in memory, which take at least a byte each where a file may store eight
/// in one: above 1 GB, they must not be more than 2048 for each byte of the file.
void check_pixels_in_memory(double pixels, std::uintmax_t file_bytes, const std::string& where);

/// Integers of up to 64 bits, two's complement where `is_signed`: uint32 where all of them fit,
/// else float. `bits` are those of the file's.
PicturePage narrowed(const Picture<std::uint64_t>& wide, bool is_signed, int bits);

/// The image as an Orientation tag (TIFF 6.0 and Exif: 1 to 8) says it should be seen. The tag says
/// on which side the first row and the first column are; from 5 on, rows are columns.
template <class T>
Picture<T> oriented(Picture<T> stored, int orientation) {
  if (orientation <= 1 || orientation > 8) return stored;
  const bool transposed = orientation >= 5;
  const bool right = orientation % 4 == 2 || orientation % 4 == 3;
  const bool bottom = orientation % 4 == 3 || orientation % 4 == 0;
  Picture<T> out(stored.channels, transposed ? stored.width : stored.height,
                 transposed ? stored.height : stored.width);
  for (Index c = 0; c < out.channels; ++c) {
    const auto from = stored.plane(c);
    const auto to = out.plane(c);
    for (Index y = 0; y < out.height; ++y) {
      for (Index x = 0; x < out.width; ++x) {
        const Index v = bottom ? out.height - 1 - y : y;
        const Index u = right ? out.width - 1 - x : x;
        to(y, x) = transposed ? from(u, v) : from(v, u);
      }
    }
  }
  return out;
}

/// The Orientation that an Exif block states, 1 where it states none. Exif 2.32, section 4.6: the
/// block is a TIFF header and directories of 12 bytes for each tag.
int exif_orientation(std::span<const std::uint8_t> exif);

/// Palette indices to their colours; to one channel when the palette is gray.
template <class T>
Picture<std::uint8_t> apply_palette(const Picture<T>& indices, const Palette& palette,
                                    const std::string& where) {
  const bool gray = std::all_of(palette.begin(), palette.end(),
                                [](const auto& c) { return c[0] == c[1] && c[1] == c[2]; });
  Picture<std::uint8_t> out(gray ? 1 : 3, indices.height, indices.width);
  const std::size_t size = indices.values.size();
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t index = indices.values[i];
    if (index >= palette.size()) {
      throw InputError(where, "has the colour number " + std::to_string(index) +
                                  ", expected less than " + std::to_string(palette.size()));
    }
    for (std::size_t c = 0; c < static_cast<std::size_t>(out.channels); ++c) {
      out.values[c * size + i] = palette[index][c];
    }
  }
  return out;
}

}  // namespace unetflow
