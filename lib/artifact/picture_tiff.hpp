// Whole images as TIFF files beside a shard, for people and other programs: a stack of all of them,
// or a file per image where they differ in size.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "artifact/picture_shard.hpp"
#include "image/write_picture.hpp"

namespace unetflow {

/// What a file of this image's may be called on every system: "00012-stem_3" for "stem:3".
std::string file_name_of(const PictureEntry& entry);

/// What a TIFF of these images says of itself: their names, their places in time and depth where
/// all of them are known, and the pixel size ([y, x], um; empty: unknown).
FileDescription description_of(const std::vector<PictureEntry>& entries,
                               const std::vector<double>& pixel_size_um);

/// T: as TiffWriter's.
template <class T>
class PictureTiffs {
 public:
  /// `entries` are all images that will come, in order. The stack is called `stem`.tif.
  PictureTiffs(ShardWriter& shard, const std::string& stem, std::vector<PictureEntry> entries,
               std::vector<double> pixel_size_um);
  /// The next image.
  void add(Plane<const T> image);
  /// After the last one.
  void close();

 private:
  ShardWriter& shard_;
  std::vector<PictureEntry> entries_;
  std::vector<double> pixel_size_um_;
  std::size_t next_ = 0;
  std::optional<TiffWriter> stack_;  ///< where all are of one size
};

}  // namespace unetflow
