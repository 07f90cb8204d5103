#include "image/other_formats.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace unetflow {
namespace {

struct OtherFormat {
  const char* name;
  std::string_view magic;  ///< what its files begin with, where that is theirs alone; ?: any byte
  std::vector<const char*> endings;  ///< lower case
  const char* converter;
};

// Formats of makers come with all their metadata through Bio-Formats.
constexpr const char* kBioFormats =
    "OME-TIFF, as Fiji, bfconvert (Bio-Formats) or bioformats2raw with raw2ometiff make of it";
constexpr const char* kFilm = "TIFF, as Fiji or ffmpeg make of it (films are compressed with loss)";
constexpr const char* kImageMagick = "PNG or TIFF, as ImageMagick makes of it";

using namespace std::string_view_literals;

const std::vector<OtherFormat>& other_formats() {
  static const std::vector<OtherFormat> formats = {
      {"a Zeiss CZI", "ZISRAWFILE"sv, {".czi"}, kBioFormats},
      {"a Nikon ND2", "\xDA\xCE\xBE\x0A"sv, {".nd2"}, kBioFormats},
      {"a Leica LIF", "\x70\0\0\0\x2A"sv, {".lif", ".xlef", ".lof"}, kBioFormats},
      {"an Olympus VSI", ""sv, {".vsi", ".ets"}, kBioFormats},
      {"an Olympus OIR", "OLYMPUSRAWFORMAT"sv, {".oir", ".poir"}, kBioFormats},
      {"an Olympus OIB or Zeiss ZVI",
       "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv,
       {".oib", ".zvi"},
       kBioFormats},
      {"an Imaris or DeltaVision", ""sv, {".ims", ".dv", ".r3d"}, kBioFormats},
      {"an MRC", ""sv, {".mrc", ".rec", ".st"}, "TIFF, as IMOD's mrc2tif or Fiji make of it"},
      {"a DICOM", ""sv, {".dcm"}, "TIFF, as Fiji makes of it"},
      {"a NIfTI or NRRD", ""sv, {".nii", ".nrrd", ".mha", ".mhd"}, "TIFF, as Fiji makes of it"},
      {"a NumPy", "\x93NUMPY"sv, {".npy", ".npz"}, "TIFF, as Python's tifffile writes it"},
      {"a MATLAB", "MATLAB 5.0 MAT-f"sv, {".mat"}, "TIFF, or HDF5 as MATLAB's h5write makes it"},
      {"a WebP", "RIFF????WEBP"sv, {".webp"}, kImageMagick},
      {"a HEIF", "????ftyphe"sv, {".heic", ".heif", ".avif"}, kImageMagick},
      {"a FITS", "SIMPLE  ="sv, {".fits", ".fit"}, "TIFF, as Fiji makes of it"},
      {"a DigitalMicrograph or EMD", ""sv, {".dm3", ".dm4", ".emd", ".ser"}, kBioFormats},
      {"a film", "RIFF????AVI "sv, {".avi", ".mp4", ".mov", ".mkv", ".wmv", ".webm"}, kFilm},
      {"a PDF", "%PDF"sv, {".pdf"}, "the images that the figure was made of"},
      {"a compressed", "\x1F\x8B"sv, {".gz", ".bz2", ".xz", ".7z", ".rar"}, "what is in it"},
      {"a PNM", ""sv, {".pgm", ".ppm", ".pbm", ".pnm"}, kImageMagick},
      {"a ZIP", "PK\x03\x04"sv, {".zip"}, "its unpacked files, or for labels ROIs of ImageJ"},
      {"an ImageJ ROI", "Iout"sv, {".roi"}, "an image; ROIs are read as labels only"}};
  return formats;
}

bool begins_with(std::string_view head, std::string_view magic) {
  return head.size() >= magic.size() &&
         std::equal(magic.begin(), magic.end(), head.begin(),
                    [](char known, char byte) { return known == '?' || known == byte; });
}

}  // namespace

std::string what_to_convert(std::string_view head, const std::string& ending) {
  const auto told = [](const OtherFormat& format) {
    return fmt::format("is {} file, which is not read here; expected {}", format.name,
                       format.converter);
  };
  for (const auto& format : other_formats()) {
    if (!format.magic.empty() && begins_with(head, format.magic)) return told(format);
  }
  for (const auto& format : other_formats()) {
    if (std::any_of(format.endings.begin(), format.endings.end(),
                    [&](const char* known) { return ending == known; })) {
      return told(format);
    }
  }
  return "";
}

}  // namespace unetflow
