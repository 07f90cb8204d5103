// From image files to labelled images: which pages belong together, how gray values are scaled,
// and what labels mean.
#pragma once

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "artifact/picture_shard.hpp"
#include "image/view.hpp"
#include "ingest/picture_folder.hpp"

namespace unetflow {

/// Files of one kind, below the source folder, as PictureFolder::list() takes them; every page is
/// an image.
struct SourceConfig {
  std::string pictures = "image/*.png";
  std::string labels;            ///< joined with `pictures` by name; empty: unlabelled
  std::string subset = "train";  ///< or test; which of them really train, a split says
  std::string axes =
      {};  ///< of each file of `pictures`, as parse_axes() takes them; empty: as it says
  std::string label_axes = {};  ///< the same of `labels`
};

struct LabelConfig {
  std::string kind = "binary";  ///< binary, classes or instances
  int foreground = 255;         ///< binary: the pixel value that is foreground
  int classes = 2;              ///< classes: how many, background included
  /// instances: pixels of a cell that touch another cell (8-neighbours) become background, so that
  /// touching cells have a gap, Ronneberger et al. 2015, section 3.1.
  bool cut_touching = true;
};

struct ScalingConfig {
  std::string rule = "dtype";  ///< dtype: by the type's largest value, floats as they are
  /// percentiles: these become 0 and 1, picture by picture and channel by channel.
  std::array<double, 2> percentiles = {0.5, 99.5};
};

struct IngestConfig {
  static constexpr const char* kSchema = "ingest";
  std::vector<SourceConfig> sources = {{}};
  LabelConfig labels;
  ScalingConfig scaling;
  std::vector<double> pixel_size;  ///< um, [y, x]; empty: as the files say
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SourceConfig, pictures, labels, subset, axes, label_axes)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LabelConfig, kind, foreground, classes, cut_touching)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ScalingConfig, rule, percentiles)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(IngestConfig, sources, labels, scaling, pixel_size)

/// One image before it is read.
struct SourcePicture {
  std::int64_t index = 0;  ///< over all sources, in order
  std::string name;        ///< as PageAddress::name() says
  std::string subset;
  PageAddress picture;
  PageAddress labels;  ///< its file is empty where there are no labels
};

/// Throws InputError(place at pointer, ...) for percentiles that contradict each other.
void check_ingest(const IngestConfig& config, const std::string& place);

/// Whether none of the sources' patterns matches a file: the source folder is gone, or is empty.
bool holds_nothing(const IngestConfig& config, const PictureFolder& folder);

/// All images of all sources, with their labels as pair_pages() finds them, and what users should
/// know of how it did, in sentences.
struct Listing {
  std::vector<SourcePicture> pictures;
  std::vector<std::string> remarks;
  std::vector<double> pixel_size;  ///< um, [y, x]; empty: unknown
};

/// Throws InputError naming the pattern or file where PictureFolder::list() or pair_pages() does.
Listing list_pictures(const IngestConfig& config, const PictureFolder& folder);

/// One image that was read, and the gray values that became 0 and 1; without a meaning where
/// percentiles did.
struct IngestedPicture : LabelledPicture {
  std::array<double, 2> range = {0, 1};
};

/// Reads, scales and labels one image. Throws InputError naming file and page.
IngestedPicture ingest_picture(const IngestConfig& config, PictureFolder& folder,
                               const SourcePicture& source);

/// What the manifest says of how gray values were scaled (of the first image, where it is by type)
/// and, of labelled images, what labels mean.
Json scaling_contents(const ScalingConfig& scaling, std::array<double, 2> range);
Json label_contents(const LabelConfig& labels);

/// What the shard's manifest says of an image that was read.
PictureEntry entry_of(const SourcePicture& source, const LabelledPicture& picture);

/// Label values as they are in a file's page. Throws InputError(place, ...) where they are not
/// whole numbers from 0 to 2^32 - 1, have several channels, or the page's compression changes
/// values.
Picture<std::uint32_t> label_values(const PicturePage& page, const std::string& place);

/// Throws InputError(place, ...) where the page's compression changes values, as JPEG's does.
void check_lossless(const PicturePage& page, const std::string& place);

/// Sets instance pixels that have another cell among their 8 neighbours to background.
void cut_touching_instances(Plane<std::uint32_t> instances);

}  // namespace unetflow
