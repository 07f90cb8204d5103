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

}  // namespace unetflow
