#include "image/tiff_tags.hpp"

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

}  // namespace

void note_tags(TIFF* tiff, Index page, TiffTags& tags) {
  const std::string_view description = tiff_field<const char*>(tiff, TIFFTAG_IMAGEDESCRIPTION, "");
  // Behind the first page, only those of tifffile's arrays say something.
  if (page == 0 || description.starts_with('{')) tags.descriptions.emplace(page, description);
  const std::string_view name = tiff_field<const char*>(tiff, TIFFTAG_PAGENAME, "");
  if (!name.empty()) tags.page_names.emplace(page, name);
  if (page > 0) return;
  tags.height = tiff_field<std::uint32_t>(tiff, TIFFTAG_IMAGELENGTH, 0);
  tags.width = tiff_field<std::uint32_t>(tiff, TIFFTAG_IMAGEWIDTH, 0);
  tags.samples = tiff_field<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
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
