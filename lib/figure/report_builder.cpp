#include "figure/report_builder.hpp"

#include <fmt/format.h>

#include "artifact/sample_shard.hpp"
#include "core/error.hpp"
#include "metrics/evaluation_output.hpp"

namespace unetflow {

std::vector<const Artifact*> ReportBuilder::of(std::string_view kind) const {
  std::vector<const Artifact*> found;
  for (const auto& artifact : artifacts) {
    if (artifact.manifest.kind == kind) found.push_back(&artifact);
  }
  return found;
}

Json ReportBuilder::metrics() const {
  const auto evaluations = of("evaluation");
  if (evaluations.empty()) return Json::object();
  return read_metrics_json(evaluations.front()->manifest);
}

const Results& ReportBuilder::results() {
  if (!results_read) results_read = read_results(*this);
  return *results_read;
}

void ReportBuilder::draw(const Places& places) {
  if (places.rows.empty()) return page.text(places.none);
  draw(places.figure);
  page.table(places.caption, places.header, places.rows);
}

void ReportBuilder::draw(const Figure& figure) {
  if (figure.panels.empty()) return;
  const Drawing drawing = unetflow::draw(figure);
  page.figure(figure, drawing);
  report.write("figures/" + figure.name + ".png", drawing.png);
  report.write("figures/" + figure.name + ".svg", drawing.svg);
  figures.push_back({{"name", figure.name}, {"caption", figure.caption}});
}

std::optional<std::pair<const Artifact*, PictureEntry>> find_picture(
    const std::vector<const Artifact*>& shards, std::int64_t index) {
  for (const auto* shard : shards) {
    for (const auto& entry : picture_entries(shard->manifest)) {
      if (entry.index == index) return {{shard, entry}};
    }
  }
  return {};
}

std::optional<std::pair<const Artifact*, PictureEntry>> find_same_picture(
    const std::vector<const Artifact*>& shards, const PictureEntry& entry) {
  auto found = find_picture(shards, entry.index);
  if (!found) return found;
  const PictureEntry& other = found->second;
  if (other.name != entry.name || other.height != entry.height || other.width != entry.width) {
    throw InputError(
        found->first->path.string(),
        fmt::format("has image {} \"{}\" of {} x {} px, expected \"{}\" of {} x {} px, "
                    "as what was made from it says",
                    entry.index, other.name, other.height, other.width, entry.name, entry.height,
                    entry.width));
  }
  return found;
}

const Artifact* first_filled(const std::vector<const Artifact*>& shards) {
  for (const auto* shard : shards) {
    if (!read_keys(ShardReader(shard->path)).empty()) return shard;
  }
  return nullptr;
}

}  // namespace unetflow
