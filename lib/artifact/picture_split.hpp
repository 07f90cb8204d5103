// Which images train, validate, are held out or are only predicted. An image's own entry says what
// it is by default, the "subset" of its source; a "split" artifact says what it is for one
// training. It is a manifest without further files, whose contents.pictures lists all images, so
// that folds and seeds can share images, tiles and weights.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "artifact/picture_shard.hpp"

namespace unetflow {

/// One image as contents.pictures of a "split" manifest lists it.
struct SplitEntry {
  std::int64_t index = 0;
  std::string name;
  std::string source;       ///< its file, relative to the source folder
  std::string subset;       ///< train, validation, holdout or test
  std::optional<int> fold;  ///< of cross-validation, for the images that take part in it
};
void to_json(nlohmann::json& json, const SplitEntry& entry);
void from_json(const nlohmann::json& json, SplitEntry& entry);

class PictureSplit {
 public:
  /// No split: every image is what its own entry says.
  PictureSplit() = default;
  /// Reads a "split" manifest. Throws InputError when it cannot be read.
  explicit PictureSplit(const fs::path& manifest);
  /// At most one manifest; without one, no split. Throws InputError when there are more.
  static PictureSplit of(const std::vector<fs::path>& manifests);

  bool given() const { return !path_.empty(); }
  /// The images of a manifest (images, tiles, augmented, predictions) with the subsets that the
  /// split gives them, or their own without a split; those of the subsets named only (all when
  /// empty). "calibration" stands for the images on which the threshold of cells is chosen: those
  /// that validate, or where there are none, kMostCalibration labelled ones that train, spread
  /// evenly. Throws InputError when the split does not know one of the images.
  static constexpr std::size_t kMostCalibration = 8;
  std::vector<PictureEntry> entries(const Manifest& manifest,
                                    const std::vector<std::string>& subsets = {}) const;

 private:
  /// By index, of these images, or of all that the split lists.
  std::set<std::int64_t> calibration(const std::vector<PictureEntry>& entries) const;

  fs::path path_;
  std::map<std::int64_t, SplitEntry> entries_;  // by index
};

}  // namespace unetflow
