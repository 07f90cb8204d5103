#include "artifact/picture_split.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"

namespace unetflow {

void to_json(nlohmann::json& json, const SplitEntry& entry) {
  json = {{"index", entry.index},
          {"name", entry.name},
          {"source", entry.source},
          {"subset", entry.subset}};
  if (entry.fold) json["fold"] = *entry.fold;
}

void from_json(const nlohmann::json& json, SplitEntry& entry) {
  json.at("index").get_to(entry.index);
  json.at("name").get_to(entry.name);
  json.at("source").get_to(entry.source);
  json.at("subset").get_to(entry.subset);
  if (json.contains("fold")) entry.fold = json["fold"].get<int>();
}

PictureSplit::PictureSplit(const fs::path& manifest) : path_(manifest) {
  for (auto& entry :
       read_manifest(manifest, "split").content<std::vector<SplitEntry>>("pictures")) {
    const auto index = entry.index;
    if (!entries_.emplace(index, std::move(entry)).second) {
      throw InputError(manifest.string() + " at /contents/pictures",
                       fmt::format("lists image {} twice", index));
    }
  }
}

PictureSplit PictureSplit::of(const std::vector<fs::path>& manifests) {
  if (manifests.size() > 1) {
    throw InputError(manifests[1].string(), fmt::format("is a second split beside {}, expected one",
                                                        manifests.front().string()));
  }
  return manifests.empty() ? PictureSplit() : PictureSplit(manifests.front());
}

std::vector<PictureEntry> PictureSplit::entries(const Manifest& manifest,
                                                const std::vector<std::string>& subsets) const {
  auto entries = picture_entries(manifest);
  for (auto& entry : entries) {
    if (!given()) break;
    const auto found = entries_.find(entry.index);
    if (found == entries_.end() || found->second.name != entry.name ||
        found->second.source != entry.source) {
      throw InputError(path_.string(),
                       fmt::format("does not list image {} \"{}\" of {}, expected a split of "
                                   "the same images",
                                   entry.index, entry.name, manifest.path.string()));
    }
    entry.subset = found->second.subset;
  }
  if (std::find(subsets.begin(), subsets.end(), "calibration") == subsets.end()) {
    return in_subsets(std::move(entries), subsets);
  }
  const auto chosen = calibration(entries);
  std::erase_if(entries, [&](const PictureEntry& entry) {
    return !chosen.contains(entry.index) &&
           std::find(subsets.begin(), subsets.end(), entry.subset) == subsets.end();
  });
  return entries;
}

std::set<std::int64_t> PictureSplit::calibration(const std::vector<PictureEntry>& entries) const {
  std::vector<std::int64_t> validating, training;
  const auto add = [&](const std::string& subset, std::int64_t index) {
    if (subset == "validation") validating.push_back(index);
    if (subset == "train") training.push_back(index);
  };
  // What the split lets train has labels.
  for (const auto& [index, entry] : entries_) add(entry.subset, index);
  for (const auto& entry : entries) {
    if (!given() && entry.labelled) add(entry.subset, entry.index);
  }
  if (!validating.empty()) return {validating.begin(), validating.end()};
  const size_t count = std::min(training.size(), kMostCalibration);
  std::set<std::int64_t> chosen;
  for (size_t i = 0; i < count; ++i) chosen.insert(training[i * training.size() / count]);
  return chosen;
}

}  // namespace unetflow
