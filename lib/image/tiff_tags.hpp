// Tags of the directory that libtiff has read. Private to the TIFF reader.
#pragma once

#include <tiffio.h>

#include "image/tiff_description.hpp"

namespace unetflow {

/// A tag's value, that which TIFF gives it by default, or `otherwise`.
template <class T>
T tiff_field(TIFF* tiff, std::uint32_t tag, T otherwise) {
  T value = otherwise;
  return TIFFGetFieldDefaulted(tiff, tag, &value) == 1 ? value : otherwise;
}

/// Notes what the directory of this page says of the file.
void note_tags(TIFF* tiff, Index page, TiffTags& tags);

}  // namespace unetflow
