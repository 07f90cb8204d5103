#include "metrics/stack_files.hpp"

#include "artifact/picture_shard.hpp"

namespace unetflow {
namespace {

/// The cells of a segments shard, which are datasets of its file.
Predictions cells_of(const fs::path& path) {
  const Manifest manifest = read_manifest(path, "segments");
  const auto file = fs::path(path).replace_extension(".h5").generic_string();
  Predictions cells;
  for (const auto& entry : picture_entries(manifest)) {
    cells.stored.push_back({file, segments_dataset(entry), 0, 1});
    cells.named.push_back({entry.name + ".h5", "", 0, 1});
  }
  return cells;
}

}  // namespace

Predictions list_predictions(const PictureFolder& folder, const ExternalStacks& given) {
  if (fs::path(given.predictions).extension() == ".json" &&
      fs::is_regular_file(given.predictions)) {
    return cells_of(given.predictions);
  }
  const auto pages = folder.list(given.predictions, given.stated_axes());
  return {pages, pages};
}

std::vector<std::filesystem::path> files_of(const ExternalStacks& given) {
  const PictureFolder folder("");
  std::vector<std::filesystem::path> files;
  const auto predictions = list_predictions(folder, given).stored;
  for (const auto& stack :
       {folder.list_labels(given.labels, given.stated_label_axes()), predictions}) {
    for (const auto& page : stack) {
      if (page.page > 0 || (!files.empty() && files.back() == folder.path(page))) continue;
      for (const auto& part : folder.parts(page.file)) files.emplace_back(folder.root() / part);
    }
  }
  return files;
}

}  // namespace unetflow
