// What a section of the report is made from, and where it goes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "artifact/artifact_writer.hpp"
#include "artifact/picture_shard.hpp"
#include "core/config.hpp"
#include "figure/html.hpp"
#include "figure/place_figures.hpp"
#include "figure/read_results.hpp"
#include "figure/report.hpp"

namespace unetflow {

struct Artifact {
  fs::path path;  ///< of its manifest
  Manifest manifest;
};

struct ReportBuilder {
  ReportConfig config;
  fs::path training;  ///< log of a running training; or empty
  std::vector<Artifact> artifacts;
  ArtifactWriter& report;
  Page page;
  Json figures = Json::array();  ///< {"name", "caption"} of each figure drawn

  /// The artifacts of this kind.
  std::vector<const Artifact*> of(std::string_view kind) const;
  /// metrics.json of the evaluation; an empty object without one.
  Json metrics() const;
  /// The predicted images, which are read when they are first asked for.
  const Results& results();
  /// Puts a figure on the page and its files beside it; a figure without panels is left out.
  void draw(const Figure& figure);
  /// The same of places, and the table of them; without places a line that says so.
  void draw(const Places& places);

  std::optional<Results> results_read = {};
};

/// The shard among `shards` that has the image of this index, and the image's entry there.
std::optional<std::pair<const Artifact*, PictureEntry>> find_picture(
    const std::vector<const Artifact*>& shards, std::int64_t index);

/// The same image there as `entry` lists it elsewhere. Throws InputError where it has another name
/// or size.
std::optional<std::pair<const Artifact*, PictureEntry>> find_same_picture(
    const std::vector<const Artifact*>& shards, const PictureEntry& entry);

/// The first of these shards of samples that is not empty; nullptr when all are.
const Artifact* first_filled(const std::vector<const Artifact*>& shards);

}  // namespace unetflow
