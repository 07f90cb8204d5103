#include "ingest/split.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/error.hpp"
#include "core/random.hpp"
#include "core/words.hpp"

namespace unetflow {
namespace {

bool matches(const std::string& pattern, const std::string& text) {
  return pattern == text || fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

/// Gives `subset` to the labelled images that the patterns name and that are not held out.
void assign(const std::vector<std::string>& patterns, const std::string& subset,
            std::vector<PictureEntry>& pictures, const std::string& place) {
  for (size_t i = 0; i < patterns.size(); ++i) {
    bool found = false;
    for (auto& picture : pictures) {
      if (!picture.labelled || !names_picture(patterns[i], picture)) continue;
      if (subset != "holdout" && picture.subset == "holdout") continue;
      picture.subset = subset;
      found = true;
    }
    if (!found) {
      throw InputError(fmt::format("{} at /{}/{}", place, subset, i),
                       fmt::format("\"{}\" matches no labelled image{}", patterns[i],
                                   subset == "holdout" ? "" : " that is not held out"));
    }
  }
}

/// What an image is dealt to the folds with.
std::string group_of(const PictureEntry& picture, const std::string& by) {
  if (by == "file") return picture.source;
  if (by == "folder") return fs::path(picture.source).parent_path().generic_string();
  return std::to_string(picture.index);
}

/// The fold of each training image, by index; the images of the held fold validate.
std::map<std::int64_t, int> deal(const FoldsConfig& folds, std::vector<PictureEntry>& pictures,
                                 const std::string& place) {
  std::map<std::string, std::int64_t> groups;  // to their numbers, by first appearance
  for (const auto& picture : pictures) {
    if (picture.labelled && picture.subset == "train") {
      groups.try_emplace(group_of(picture, folds.by), static_cast<std::int64_t>(groups.size()));
    }
  }
  const auto count = static_cast<std::int64_t>(groups.size());
  if (count < folds.count) {
    throw InputError(
        place + " at /folds/count",
        fmt::format("is {}, but there {} {} to deal out; expected at most as many folds, or "
                    "another /folds/by than \"{}\"",
                    folds.count, (count == 1 ? "is " : "are ") + counted(count, "group"),
                    "of labelled training images", folds.by));
  }
  const auto order = random_permutation(random_key(folds.seed, Purpose::kFold), count);
  std::vector<int> fold_of_group(groups.size());
  for (std::int64_t i = 0; i < count; ++i) {
    fold_of_group[static_cast<size_t>(order[static_cast<size_t>(i)])] =
        static_cast<int>(i % folds.count);
  }
  std::map<std::int64_t, int> fold_of;
  for (auto& picture : pictures) {
    if (!picture.labelled || picture.subset != "train") continue;
    const int fold = fold_of_group[static_cast<size_t>(groups.at(group_of(picture, folds.by)))];
    fold_of[picture.index] = fold;
    if (fold == folds.held) picture.subset = "validation";
  }
  return fold_of;
}

}  // namespace

bool names_picture(const std::string& pattern, const PictureEntry& picture) {
  const fs::path source = picture.source;
  const std::string file = source.stem().string();
  if (matches(pattern, picture.name)) return true;
  if (pattern.find('/') == std::string::npos) return matches(pattern, file);
  const fs::path folder = source.parent_path();
  return matches(pattern, (folder / file).generic_string()) ||
         matches(pattern, (folder / picture.name).generic_string());
}

std::vector<SplitEntry> split_pictures(const SplitConfig& config,
                                       std::vector<PictureEntry> pictures,
                                       const std::string& place) {
  std::sort(pictures.begin(), pictures.end(),
            [](const auto& a, const auto& b) { return a.index < b.index; });
  for (size_t i = 0; i < pictures.size(); ++i) {
    if (pictures[i].index != static_cast<std::int64_t>(i)) {
      throw InputError(
          "--input", fmt::format("gives image number {}, expected {}: all images shards, each once",
                                 pictures[i].index, i));
    }
  }
  const auto& folds = config.folds;
  if (folds.count > 0 && folds.held >= folds.count) {
    throw InputError(
        place + " at /folds/held",
        fmt::format("is {}, expected a number below /folds/count, {}", folds.held, folds.count));
  }
  assign(config.holdout, "holdout", pictures, place);
  std::map<std::int64_t, int> fold_of;
  if (folds.count > 0) {
    fold_of = deal(folds, pictures, place);
  } else {
    assign(config.validation, "validation", pictures, place);
  }
  std::vector<SplitEntry> split;
  for (const auto& picture : pictures) {
    // What has no labels can only be predicted.
    SplitEntry entry{picture.index,
                     picture.name,
                     picture.source,
                     picture.labelled ? picture.subset : "test",
                     {}};
    const auto fold = fold_of.find(picture.index);
    if (fold != fold_of.end()) entry.fold = fold->second;
    split.push_back(std::move(entry));
  }
  return split;
}

std::vector<std::string> trained_copies(const std::vector<SplitEntry>& split,
                                        const std::map<std::string, std::string>& sha256_of) {
  std::map<std::string, std::string> trains;  // by digest
  const auto digest = [&](const SplitEntry& entry) {
    const auto found = sha256_of.find(entry.source);
    return found == sha256_of.end() ? "" : found->second;
  };
  for (const auto& entry : split) {
    if (entry.subset == "train") trains.try_emplace(digest(entry), entry.source);
  }
  trains.erase("");
  std::vector<std::string> copies;
  for (const auto& entry : split) {
    const auto original = trains.find(digest(entry));
    if (original == trains.end() || original->second == entry.source) continue;
    if (entry.subset != "train") copies.push_back(entry.source + ", which is " + original->second);
  }
  return copies;
}

std::vector<std::string> divided_files(const std::vector<SplitEntry>& split) {
  std::set<std::string> training;
  for (const auto& entry : split) {
    if (entry.subset == "train") training.insert(entry.source);
  }
  std::vector<std::string> divided;
  for (const auto& entry : split) {
    if (entry.subset != "train" && training.erase(entry.source) == 1) {
      divided.push_back(entry.source);
    }
  }
  return divided;
}

}  // namespace unetflow
