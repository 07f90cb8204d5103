// Whole images as files beside a shard, for people and other programs: a stack of all of them, or a
// file per image where they differ in size.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "artifact/picture_shard.hpp"
#include "image/ome_output.hpp"
#include "image/write_picture.hpp"

namespace unetflow {

/// What a file of this image's may be called on every system: "00012-stem_3" for "stem:3".
std::string file_name_of(const PictureEntry& entry);

/// What a file of these images says of itself: their names, their places in time and depth where
/// all of them are known, and the pixel size ([y, x], um; empty: unknown).
FileDescription description_of(const std::vector<PictureEntry>& entries,
                               const std::vector<double>& pixel_size_um);

/// Which files of whole images are written beside a shard.
struct PictureOutputs {
  bool tiff = true;       ///< STEM.tif, as ImageJ has them
  bool ome_tiff = false;  ///< STEM.ome.tif
  bool ome_zarr = false;  ///< STEM.ome.zarr

  bool any() const { return tiff || ome_tiff || ome_zarr; }
};

/// Where the file of a name is to be written, as ShardWriter::file() and ArtifactWriter::file()
/// say.
using FilePlace = std::function<fs::path(const std::string& name)>;

/// T: as TiffWriter's.
template <class T>
class PictureFiles {
 public:
  /// `entries` are all images that will come, in order. Files of all of them are called `stem`, and
  /// have `suffix` before their ending, as those of single images do.
  PictureFiles(FilePlace place, const std::string& stem, std::vector<PictureEntry> entries,
               std::vector<double> pixel_size_um, PictureOutputs outputs = {},
               std::string suffix = "");
  /// The next image.
  void add(Plane<const T> image);
  /// After the last one.
  void close();

 private:
  /// Those of one stack, open.
  struct Files {
    std::optional<TiffWriter> tiff, ome_tiff;
    std::optional<ZarrWriter> ome_zarr;

    void add(Plane<const T> image);
    void close();
  };
  void open(Files& files, const std::string& stem, const std::vector<PictureEntry>& entries) const;

  FilePlace place_;
  std::vector<PictureEntry> entries_;
  std::vector<double> pixel_size_um_;
  PictureOutputs outputs_;
  std::string suffix_;
  std::size_t next_ = 0;
  bool is_stack_ = false;  ///< all are of one size
  Files stack_;
};

/// Pages of ids, in 16 bits where these suffice, else in 32; arguments as PictureFiles has them.
void write_ids(FilePlace place, const std::string& stem, std::vector<PictureEntry> entries,
               std::vector<double> pixel_size_um, PictureOutputs outputs,
               std::span<const Picture<std::uint32_t>> pages, std::string suffix = "");

}  // namespace unetflow
