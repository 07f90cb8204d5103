// What an image format is: all that the rest of the program must know of it. Each format is one
// file (read_png.cpp, read_tiff.cpp, ...) that fills in a PictureFormat, and an entry of
// image_formats() at the end of this one.
//
// Values come as they are in the file, without scaling or gamma:
//
//   unsigned, 1 to 8 / 9 to 16 / 17 to 32 bits   uint8 / uint16 / uint32 (1 bit gives 0 and 1)
//   64-bit or signed integers                    8 and 16 bits float; otherwise uint32 where
//                                                none is negative or too large, else float
//   half, float, double                          float
//   palette                                      uint8 R, G, B, or one channel if all is gray;
//                                                ImageJ's: its gray values
//   TIFF YCbCr, CIE L*a*b*, LogL, LogLuv; JPEG   uint8 R, G, B, or one channel in a gray JPEG
//
// Alpha is dropped. TIFF "white is zero" is inverted. The Orientation of TIFF, and of Exif in JPEG
// and PNG, is applied: it is how annotators saw the image. Thumbnails and masks behind the first
// page of a TIFF are not pages. Everything else that a file says of its look (gamma, colour
// profiles) is ignored: an image is a measurement here.
//
// Labels are not looked at but say something, so they are read as they are stored: the numbers of a
// palette's colours, no inversion, and alpha behind the other channels. The palette comes with
// them.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "image/file_description.hpp"
#include "image/view.hpp"

namespace unetflow {

enum class Reading { kSeen, kStored };

/// R, G, B of each value.
using Palette = std::vector<std::array<std::uint8_t, 3>>;

struct PicturePage {
  std::variant<Picture<std::uint8_t>, Picture<std::uint16_t>, Picture<std::uint32_t>,
               Picture<float>>
      values = {};          ///< [channel, y, x]
  int bits = 0;             ///< of integers in the file; 0: as many as the type has
  bool lossy = false;       ///< the file's compression changes values, so it cannot hold labels
  bool is_signed = false;   ///< integers in the file, whatever `values` became
  Index alpha = 0;          ///< so many of the last channels are transparency; kStored only
  Index alpha_dropped = 0;  ///< so many channels of the file were transparency; kSeen only
  bool palette_dropped = false;  ///< colours by which ImageJ shows gray values; kSeen only
  Palette palette = {};          ///< how the file shows its values, where it says so; kStored only
  bool indexed = false;  ///< its values are numbers of the palette's colours, no gray values
  int orientation = 1;   ///< as the file states it; it is applied
};

struct PageSize {
  Index channels = 0, height = 0, width = 0;
};
PageSize size_of(const PicturePage& page);

/// "8-bit", "16-bit", "32-bit integer" or "float".
std::string type_name(const PicturePage& page);

/// What the file holds: "16-bit integers", "signed 32-bit integers" or "floats".
std::string stored_type(const PicturePage& page);

/// Whether the largest value that the type holds can be the scale of the gray values: that of
/// signed integers and of those of more than 16 bits says nothing of them.
bool has_scale(const PicturePage& page);

/// The largest value that the file could hold; 1 for floats, which are taken as they are.
double full_scale(const PicturePage& page);

/// The planes of an open file, or of a dataset of one; PictureStack makes images of them. Methods
/// throw InputError("FILE page N", ...) when the file is damaged, cut short or of an unsupported
/// kind, or has no such page.
class PictureFile {
 public:
  virtual ~PictureFile() = default;
  virtual Index pages() = 0;
  /// One page, counted from 0.
  virtual PicturePage read(Index page, Reading reading) = 0;
  PicturePage read(Index page) { return read(page, Reading::kSeen); }
  /// What the file says of itself; by default nothing, so that each page is an image.
  virtual FileDescription describe();
};

struct PictureFormat {
  std::string name;                  ///< for messages: "PNG"
  std::vector<std::string> endings;  ///< in lower case, with the dot: which files a folder gives
  std::vector<std::string> magic;    ///< what its files begin with, which decides the format
  bool has_datasets = false;         ///< its images are named FILE:DATASET, not FILE
  std::unique_ptr<PictureFile> (*open_file)(const std::filesystem::path& file,
                                            const std::string& dataset,
                                            const std::string& axes) = nullptr;

  /// `axes` are what the user says of an array, where `has_datasets`: planes are its Y and X.
  std::unique_ptr<PictureFile> open(const std::filesystem::path& file,
                                    const std::string& dataset = "",
                                    const std::string& axes = "") const {
    return open_file(file, dataset, axes);
  }
};

PictureFormat png_format();
PictureFormat tiff_format();
PictureFormat jpeg_format();
PictureFormat jpeg2000_format();
PictureFormat gif_format();
PictureFormat bmp_format();
/// Of folders, not of files.
PictureFormat zarr_format();

/// The formats of image files. lib/ingest adds HDF5 (artifact/hdf5_stack.hpp).
inline std::vector<PictureFormat> image_formats() {
  return {png_format(),      tiff_format(), jpeg_format(),
          jpeg2000_format(), gif_format(),  bmp_format()};
}

}  // namespace unetflow
