#include "image/tiff_tags.hpp"

#include <cstdlib>
#include <span>

namespace unetflow {
namespace {

/// A tag that libtiff does not know, whose values it hands out in the type that the file gives
/// them. Empty where it is absent or of another type.
template <class T>
std::span<const T> private_field(TIFF* tiff, std::uint32_t tag, TIFFDataType type) {
  std::uint32_t count = 0;
  const T* values = nullptr;
  if (TIFFGetField(tiff, tag, &count, &values) != 1) return {};
  const TIFFField* field = TIFFFindField(tiff, tag, TIFF_ANY);
  if (field == nullptr || TIFFFieldDataType(field) != type) return {};
  return {values, count};
}

/// Whether `height` and `width` are those of the whole image divided by 2, 3, ..., rounded up or
/// down.
bool is_level(Index whole_height, Index whole_width, Index height, Index width) {
  if (height < 1 || width < 1) return false;
  const Index factor = (whole_height + height / 2) / height;
  return factor >= 2 && std::abs(whole_height - factor * height) < factor &&
         std::abs(whole_width - factor * width) < factor;
}

}  // namespace

void note_tags(TIFF* tiff, Index page, TiffTags& tags) {
  const std::string_view description = tiff_field<const char*>(tiff, TIFFTAG_IMAGEDESCRIPTION, "");
  // Behind the first page, only those of tifffile's arrays say something.
  if (page == 0 || description.starts_with('{')) tags.descriptions.emplace(page, description);
  const std::string_view name = tiff_field<const char*>(tiff, TIFFTAG_PAGENAME, "");
  if (!name.empty()) tags.page_names.emplace(page, name);
  const Index height = tiff_field<std::uint32_t>(tiff, TIFFTAG_IMAGELENGTH, 0);
  const Index width = tiff_field<std::uint32_t>(tiff, TIFFTAG_IMAGEWIDTH, 0);
  if (page > 0) {
    if (tags.smaller_copy == 0 && is_level(tags.height, tags.width, height, width)) {
      tags.smaller_copy = page;
    }
    return;
  }
  tags.height = height;
  tags.width = width;
  tags.samples = tiff_field<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  tags.samples_apart = tiff_field<std::uint16_t>(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) ==
                       PLANARCONFIG_SEPARATE;
  tags.rgb = tiff_field<std::uint16_t>(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK) ==
             PHOTOMETRIC_RGB;
  tags.resolution = {tiff_field<float>(tiff, TIFFTAG_YRESOLUTION, 0),
                     tiff_field<float>(tiff, TIFFTAG_XRESOLUTION, 0)};
  tags.resolution_unit = tiff_field<std::uint16_t>(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
  constexpr std::uint32_t kPlanes = 33629;  // UIC2Tag of MetaMorph
  std::uint32_t planes = 0;
  const void* ignored = nullptr;
  if (TIFFGetField(tiff, kPlanes, &planes, &ignored) == 1) tags.metamorph_planes = planes;
  constexpr std::uint32_t kByteCounts = 50838, kMetadata = 50839;  // of ImageJ
  const auto counts = private_field<std::uint32_t>(tiff, kByteCounts, TIFF_LONG);
  const auto metadata = private_field<char>(tiff, kMetadata, TIFF_BYTE);
  if (counts.empty() || metadata.empty()) return;
  tags.labels = imagej_labels({counts.begin(), counts.end()}, {metadata.begin(), metadata.end()},
                              TIFFIsBigEndian(tiff) != 0);
}

}  // namespace unetflow
