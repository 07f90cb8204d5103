// Which images train, validate and are held out: by patterns, and by folds of cross-validation that
// deal out whole files or folders, so that pages of one movie are never on both sides.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "artifact/picture_split.hpp"

namespace unetflow {

struct FoldsConfig {
  int count = 0;  ///< 0: no cross-validation
  int held = 0;   ///< the fold that becomes the "validation" subset
  std::uint64_t seed = 1;
  std::string by = "file";  ///< what is dealt out as a whole: file, folder or picture
};

struct SplitConfig {
  static constexpr const char* kSchema = "split";
  std::vector<std::string> holdout;     ///< patterns of labelled images that never train
  std::vector<std::string> validation;  ///< patterns; with folds, the held fold instead
  FoldsConfig folds;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FoldsConfig, count, held, seed, by)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SplitConfig, holdout, validation, folds)

/// Whether a pattern names an image, as schemas/split.schema.json explains patterns. One that
/// equals a name matches it, whatever *, ? and [ it holds.
bool names_picture(const std::string& pattern, const PictureEntry& picture);

/// The split of all images, in any order; in the order of their indices. Throws InputError(place at
/// pointer, ...) when a pattern matches no labelled image, the held fold does not exist, or there
/// are fewer groups than folds; and InputError when an image is missing or there twice.
std::vector<SplitEntry> split_pictures(const SplitConfig& config,
                                       std::vector<PictureEntry> pictures,
                                       const std::string& place);

/// Files that do not train but are, byte by byte, one that does, as "b.tif, which is a.tif"; by the
/// digests of all files.
std::vector<std::string> trained_copies(const std::vector<SplitEntry>& split,
                                        const std::map<std::string, std::string>& sha256_of);

/// Files of which some pages train and others do not, in order.
std::vector<std::string> divided_files(const std::vector<SplitEntry>& split);

}  // namespace unetflow
