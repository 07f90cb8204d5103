#include "image/tiff_layout.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "image/reader_helpers.hpp"
#include "image/tiff_tags.hpp"

namespace unetflow {

Layout read_layout(TIFF* tiff, std::uintmax_t file_bytes, const std::string& where) {
  Layout out;
  out.height = tiff_field<std::uint32_t>(tiff, TIFFTAG_IMAGELENGTH, 0);
  out.width = tiff_field<std::uint32_t>(tiff, TIFFTAG_IMAGEWIDTH, 0);
  if (out.height == 0 || out.width == 0) throw InputError(where, "has no pixels");
  out.samples = tiff_field<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  out.bits = tiff_field<std::uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE, 1);
  out.format = tiff_field<std::uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
  if (out.format == SAMPLEFORMAT_VOID) out.format = SAMPLEFORMAT_UINT;
  out.photometric = tiff_field<std::uint16_t>(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  out.compression = tiff_field<std::uint16_t>(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
  out.orientation = tiff_field<std::uint16_t>(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  out.separate = tiff_field<std::uint16_t>(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) ==
                 PLANARCONFIG_SEPARATE;
  out.tiled = TIFFIsTiled(tiff) != 0;
  if (out.tiled) {
    out.block_height = tiff_field<std::uint32_t>(tiff, TIFFTAG_TILELENGTH, 0);
    out.block_width = tiff_field<std::uint32_t>(tiff, TIFFTAG_TILEWIDTH, 0);
  } else {
    out.block_height = std::min<Index>(
        tiff_field<std::uint32_t>(tiff, TIFFTAG_ROWSPERSTRIP, 0xFFFFFFFF), out.height);
    out.block_width = out.width;
  }
  if (out.block_height == 0 || out.block_width == 0) throw InputError(where, "has empty tiles");

  std::uint16_t extra_count = 0;
  std::uint16_t* extra = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &extra_count, &extra) != 1) extra_count = 0;
  out.channels = out.samples;
  // Alpha comes last.
  for (; extra_count > 0 && extra[extra_count - 1] != EXTRASAMPLE_UNSPECIFIED; --extra_count) {
    --out.channels;
  }
  if (out.channels < 1) throw InputError(where, "has no samples beside alpha");
  if (TIFFIsCODECConfigured(static_cast<std::uint16_t>(out.compression)) == 0) {
    throw InputError(where, fmt::format("has the compression {}, which libtiff does not support",
                                        out.compression));
  }
  const double stored = static_cast<double>(out.height) * static_cast<double>(out.width) *
                        static_cast<double>(out.samples) * out.bits / 8;
  // Subsampled colours need as little as half.
  const bool subsampled = out.photometric == PHOTOMETRIC_YCBCR;
  check_claimed_bytes(subsampled ? stored / 4 : stored, file_bytes,
                      out.compression != COMPRESSION_NONE, where);
  check_pixels_in_memory(stored / out.bits * 8, file_bytes, where);
  // Tiles may reach beyond the picture.
  const double block = static_cast<double>(out.block_height) *
                       static_cast<double>(out.block_width) * static_cast<double>(out.samples) *
                       out.bits / 8;
  check_claimed_bytes(block, file_bytes, true, where);
  return out;
}

void check_stored_bytes(TIFF* tiff, const Layout& layout, const std::map<int, TiffEntry>& entries,
                        const std::string& where) {
  constexpr Index kPadding = 3, kHeader = 8;
  const Index samples = layout.separate ? 1 : layout.samples;
  const Index row = (layout.block_width * samples * layout.bits + 7) / 8;
  const auto check = [&](Index at, Index stored, Index rows, bool full = false) {
    if (at >= kHeader && (full || (stored >= rows * row && stored <= rows * row + kPadding))) {
      return;
    }
    throw InputError(where, fmt::format("is damaged: has a {} of {} bytes at {}, where its size "
                                        "needs {}",
                                        layout.tiled ? "tile" : "strip", stored, at, rows * row));
  };
  const auto offsets = entries.find(TIFFTAG_STRIPOFFSETS);
  const auto counts = entries.find(TIFFTAG_STRIPBYTECOUNTS);
  if (offsets != entries.end() && offsets->second.count == 1) {  // libtiff divides it
    if (counts == entries.end() || counts->second.count != 1) return;
    check(static_cast<Index>(offsets->second.value), static_cast<Index>(counts->second.value),
          layout.height);
    return;
  }
  const Index in_column = (layout.height + layout.block_height - 1) / layout.block_height;
  const auto blocks = layout.tiled ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);
  for (std::uint32_t i = 0; i < blocks; ++i) {
    const Index top = i % in_column * layout.block_height;
    const auto stored = static_cast<Index>(TIFFGetStrileByteCount(tiff, i));
    const Index rows =
        layout.tiled ? layout.block_height : std::min(layout.block_height, layout.height - top);
    // Some write the last strip as long as the others.
    check(static_cast<Index>(TIFFGetStrileOffset(tiff, i)), stored, rows,
          stored == layout.block_height * row);
  }
}

Palette palette_of(TIFF* tiff, const Layout& layout, const std::string& where) {
  if (layout.format != SAMPLEFORMAT_UINT || layout.bits > 16) return {};
  const std::size_t count = std::size_t{1} << layout.bits;
  Palette palette;
  if (layout.photometric == PHOTOMETRIC_MINISWHITE) {
    for (std::size_t value = 0; value < count; ++value) {
      const auto gray = static_cast<std::uint8_t>((count - 1 - value) * 255 / (count - 1));
      palette.push_back({gray, gray, gray});
    }
  } else if (layout.photometric == PHOTOMETRIC_PALETTE) {
    std::uint16_t* red = nullptr;
    std::uint16_t* green = nullptr;
    std::uint16_t* blue = nullptr;
    if (layout.channels != 1 || TIFFGetField(tiff, TIFFTAG_COLORMAP, &red, &green, &blue) != 1) {
      throw InputError(where, "has palette colours without a usable palette");
    }
    const auto in_8_bits = [](std::uint16_t value) {
      return static_cast<std::uint8_t>(value >> 8);
    };
    for (std::size_t i = 0; i < count; ++i) {
      palette.push_back({in_8_bits(red[i]), in_8_bits(green[i]), in_8_bits(blue[i])});
    }
  }
  return palette;
}

}  // namespace unetflow
