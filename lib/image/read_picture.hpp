// Reading PNG and TIFF files; with write_picture, the one place that includes libpng and libtiff.
//
// Values come as they stand in the file, without scaling or gamma:
//
//   unsigned, 1 to 8 / 9 to 16 / 17 to 32 bits   uint8 / uint16 / uint32 (1 bit gives 0 and 1)
//   64-bit or signed integers                    8 and 16 bits float; otherwise uint32 where
//                                                none is negative or too large, else float
//   half, float, double                          float
//   palette                                      uint8 R, G, B, or one channel if all is gray
//   TIFF YCbCr, CIE L*a*b*, LogL, LogLuv         uint8 R, G, B
//
// Alpha is dropped. TIFF "white is zero" is inverted, its Orientation is applied, and thumbnails
// and masks behind the first page are no pages. Everything else that a file says of its look
// (gamma, colour profiles) is left alone: a picture here is a measurement.
#pragma once

#include <cstdint>
#include <filesystem>
#include <variant>
#include <vector>

#include "image/view.hpp"

namespace unetflow {

struct PicturePage {
  std::variant<Picture<std::uint8_t>, Picture<std::uint16_t>, Picture<std::uint32_t>,
               Picture<float>>
      values;    ///< [channel, y, x]
  int bits = 0;  ///< of unsigned values in the file, where it holds them in fewer than the type has
};

/// The largest value that the file could hold; 1 for floats, which are taken as they are.
double full_scale(const PicturePage& page);

/// How many pictures a file holds: 1 for PNG, the pages of a TIFF. Throws InputError as read_page.
Index count_pages(const std::filesystem::path& file);

/// One page, counted from 0. Throws InputError("FILE page N", ...) when the file cannot be opened,
/// is neither PNG nor TIFF, is damaged, cut short, of an unsupported kind, or has no such page.
PicturePage read_page(const std::filesystem::path& file, Index page);

/// All pages, in order.
std::vector<PicturePage> read_picture(const std::filesystem::path& file);

}  // namespace unetflow
