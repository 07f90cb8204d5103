#include "image/tiff_tags.hpp"

namespace unetflow {

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
  std::uint32_t count = 0, bytes = 0;
  const std::uint32_t* counts = nullptr;
  const char* metadata = nullptr;
  if (TIFFGetField(tiff, kByteCounts, &count, &counts) == 1 &&
      TIFFGetField(tiff, kMetadata, &bytes, &metadata) == 1) {
    tags.labels = imagej_labels({counts, counts + count}, std::string(metadata, bytes),
                                TIFFIsBigEndian(tiff) != 0);
  }
}

}  // namespace unetflow
