// From image files to labelled images: which pages belong together, how gray values are scaled,
// and what labels mean.
#pragma once

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "artifact/picture_shard.hpp"
#include "image/view.hpp"
#include "ingest/labels.hpp"
#include "ingest/picture_folder.hpp"
#include "ingest/scaling.hpp"

namespace unetflow {

/// Files of one kind, below the source folder, as PictureFolder::list() takes them; every page is
/// an image.
struct SourceConfig {
  std::string pictures = "image/*.png";
  std::string labels;            ///< joined with `pictures` by name; empty: unlabelled
  std::string subset = "train";  ///< or test; which of them really train, a split says
  /// Of each file of `pictures`, as parse_axes() takes them; empty: as it says.
  std::string axes = {};
  std::string label_axes = {};  ///< the same of `labels`
  /// Which pixels belong to the image, joined with `pictures` like `labels`: what is 0 is ignored.
  std::string mask = {};
  std::string pairs = {};  ///< a list of both (ingest/pair_list.hpp), in place of the two patterns
};

struct IngestConfig {
  static constexpr const char* kSchema = "ingest";
  std::vector<SourceConfig> sources = {{}};
  LabelConfig labels;
  ScalingConfig scaling;
  std::vector<double> pixel_size;  ///< um, [y, x]; empty: as the files say
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SourceConfig, pictures, labels, mask, pairs, subset, axes,
                                   label_axes)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(IngestConfig, sources, labels, scaling, pixel_size)

/// One image before it is read.
struct SourcePicture {
  std::int64_t index = 0;  ///< over all sources, in order
  std::string name;        ///< as PageAddress::name() says
  std::string subset;
  PageAddress picture;
  std::vector<PageAddress> labels;  ///< one, or one per object; none: it is not labelled
  PageAddress mask = {};            ///< its file is empty where there is none

  /// The labels as manifests name them.
  std::vector<std::string> label_names() const;
};

/// Throws InputError(place at pointer, ...) for keys that contradict each other.
void check_ingest(const IngestConfig& config, const std::string& place);

/// Whether none of the sources' patterns matches a file: the source folder is gone, or is empty.
bool holds_nothing(const IngestConfig& config, const PictureFolder& folder);

/// All images of all sources, with their labels as pair_pages() finds them, and what users should
/// know of how it did, in sentences.
struct Listing {
  std::vector<SourcePicture> pictures;
  std::vector<std::string> remarks;
  std::vector<double> pixel_size = {};          ///< um, [y, x]; empty: unknown
  std::vector<std::string> channel_names = {};  ///< of all images; empty: unknown, or they differ
  std::vector<std::string> lists = {};          ///< files of pairs, relative to the folder
};

/// Throws InputError naming the pattern or file where PictureFolder::list() or pair_pages() does.
Listing list_pictures(const IngestConfig& config, const PictureFolder& folder);

/// One image that was read, and what its files held.
struct IngestedPicture : LabelledPicture {
  GrayValues gray;
  bool palette_dropped = false;           ///< see PicturePage
  Index alpha_dropped = 0;                ///< channels of transparency
  Index shared = 0;                       ///< pixels in two objects
  Index empty = 0;                        ///< outlines without a pixel
  std::set<std::string> categories = {};  ///< of outlines
  std::vector<LabelTraits> traits = {};   ///< of the label's pages
};

/// Reads, scales and labels one image. Throws InputError naming file and page.
IngestedPicture ingest_picture(const IngestConfig& config, PictureFolder& folder,
                               const SourcePicture& source);

/// What the manifest of labelled images says of what labels mean; `foreground` as in LabelTraits.
Json label_contents(const LabelConfig& labels, std::int64_t foreground);

/// What the shard's manifest says of an image that was read.
PictureEntry entry_of(const SourcePicture& source, const LabelledPicture& picture);

}  // namespace unetflow
