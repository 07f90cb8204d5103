// How "images", "predictions" and "segments" shards store whole images: each in a group
// pictures/<index>, with `image` and, where labelled, `label` and `instances`; or with
// `probability`; or with `segments`. The manifest's contents.pictures lists them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "artifact/shard.hpp"
#include "image/probability.hpp"
#include "image/view.hpp"

namespace unetflow {

/// One image as contents.pictures lists it.
struct PictureEntry {
  std::int64_t index = 0;  ///< in natural order of all sources, whatever the shard
  std::string name;        ///< file name without its ending, and ":page" for stacks
  std::string subset;      ///< by default train or test; by a split validation or holdout too
  std::int64_t height = 0;
  std::int64_t width = 0;
  bool labelled = false;
  bool instances = false;
  std::string source = {};               ///< its file, relative to the source folder
  std::vector<std::string> labels = {};  ///< those of its labels, with their pages in stacks
  std::string mask = {};                 ///< what it was masked by; empty: by nothing
  std::string title = {};                ///< what the file itself calls it
  /// Its place in time and depth, [t, z], counted from 0, as the file's axes say; -1 where it has
  /// no such axis; empty where it has neither.
  std::vector<std::int64_t> time_and_depth = {};
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(PictureEntry, index, name, subset, height, width,
                                                labelled, instances, source, labels, mask, title,
                                                time_and_depth)

/// Those entries whose subset is one of these; all when there are none.
std::vector<PictureEntry> in_subsets(std::vector<PictureEntry> entries,
                                     const std::vector<std::string>& subsets);

/// contents.pictures of a manifest, those of the given subsets only (all when empty).
std::vector<PictureEntry> picture_entries(const Manifest& manifest,
                                          const std::vector<std::string>& subsets = {});

/// Writes the image, and its label and instances where the entry says that there are some.
void write_picture(ShardWriter& shard, const PictureEntry& entry, const LabelledPicture& picture);
LabelledPicture read_labelled_picture(const ShardReader& shard, const PictureEntry& entry);
/// The image alone.
Picture<float> read_image(const ShardReader& shard, const PictureEntry& entry);
/// What is annotated of it, without the image.
LabelledPicture read_label_and_instances(const ShardReader& shard, const PictureEntry& entry);
/// The label of an image that has one, alone.
Picture<std::uint8_t> read_label(const ShardReader& shard, const PictureEntry& entry);

/// Writes class probabilities [class, y, x] of an image as its rows come, from the first to the
/// last.
class ProbabilityWriter {
 public:
  ProbabilityWriter(ShardWriter& shard, const PictureEntry& entry, Index classes);
  /// The next rows, of all classes.
  void add(const Picture<float>& rows);

 private:
  ShardWriter& shard_;
  std::string name_;
  Index height_;
  Index first_ = 0;       ///< row of the image that is the first of `chunk_`
  Index filled_ = 0;      ///< rows of `chunk_`
  Picture<float> chunk_;  ///< the rows that are written together
};
/// Those of a whole image.
void write_probability(ShardWriter& shard, const PictureEntry& entry,
                       const Picture<float>& probability);
Picture<float> read_probability(const ShardReader& shard, const PictureEntry& entry);

/// What cells are made of, read in parts: probabilities of all classes are never held together.
Foreground read_foreground(const ShardReader& shard, const PictureEntry& entry);

/// Cells that were found in a whole image, [y, x]; 0 is background. With more than two classes,
/// also the class of each pixel's cell.
void write_segments(ShardWriter& shard, const PictureEntry& entry,
                    const Picture<std::uint32_t>& segments,
                    const Picture<std::uint8_t>& classes = {});
std::string segments_dataset(const PictureEntry& entry);  ///< where they are in the shard's file
Picture<std::uint32_t> read_segments(const ShardReader& shard, const PictureEntry& entry);
Picture<std::uint8_t> read_segment_classes(const ShardReader& shard, const PictureEntry& entry);

}  // namespace unetflow
