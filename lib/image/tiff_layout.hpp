// How a page of a TIFF file stores its samples. Private to read_tiff.cpp.
#pragma once

#include <tiffio.h>

#include <cstdint>
#include <map>
#include <string>

#include "core/arithmetic.hpp"
#include "image/picture_format.hpp"
#include "image/tiff_directory.hpp"

namespace unetflow {

/// Strips or tiles of samples.
struct Layout {
  Index height = 0;
  Index width = 0;
  Index samples = 1;   ///< per pixel, alpha included
  Index channels = 1;  ///< those kept
  Index first = 0;     ///< the first of them, where each is apart
  int bits = 1;
  int format = SAMPLEFORMAT_UINT;
  int photometric = PHOTOMETRIC_MINISBLACK;
  int compression = COMPRESSION_NONE;
  int orientation = ORIENTATION_TOPLEFT;
  bool separate = false;  ///< each channel in strips or tiles of its own
  bool tiled = false;
  Index block_height = 0;  ///< px; of a strip or tile
  Index block_width = 0;
};

/// That of the current directory of a file of `file_bytes`. Throws InputError(where, ...) where it
/// claims more than the file can hold, or is of an unsupported kind.
Layout read_layout(TIFF* tiff, std::uintmax_t file_bytes, const std::string& where);

/// Throws InputError(where, ...) unless each strip or tile of the current directory, which is
/// without compression, has the bytes that its pixels need. libtiff would go by the pixels, or
/// guess.
void check_stored_bytes(TIFF* tiff, const Layout& layout, const std::map<int, TiffEntry>& entries,
                        const std::string& where);

/// The colours of the current directory's values: its palette, or where 0 is white the grays that
/// this gives. Empty where values are shown as they are. Throws InputError(where, ...) where its
/// palette is unusable.
Palette palette_of(TIFF* tiff, const Layout& layout, const std::string& where);

}  // namespace unetflow
