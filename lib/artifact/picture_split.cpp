#include "artifact/picture_split.hpp"

#include <fmt/format.h>

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
  if (!given()) return picture_entries(manifest, subsets);
  auto entries = picture_entries(manifest);
  for (auto& entry : entries) {
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
  return in_subsets(std::move(entries), subsets);
}

}  // namespace unetflow
