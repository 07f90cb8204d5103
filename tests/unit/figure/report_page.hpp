// Small artifacts, and the report's page of them, for the tests of the report and its sections.
#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "artifact/picture_shard.hpp"
#include "artifact/sample_shard.hpp"
#include "figure/report.hpp"
#include "sample/augment.hpp"
#include "sample/weight_map.hpp"
#include "temporary_folder.hpp"

namespace unetflow {

using Paths = std::vector<fs::path>;

inline Manifest manifest_of(const std::string& kind, Json contents = nullptr,
                            Json config = Json::object()) {
  Manifest manifest;
  manifest.kind = kind;
  manifest.stage = kind + "-stage";
  manifest.config = std::move(config);
  manifest.contents = std::move(contents);
  return manifest;
}

/// A folder for artifacts, and what the report makes of them.
class ReportPage : public testing::Test {
 protected:
  /// report.html.
  std::string page(const Paths& inputs, const ReportConfig& config = {},
                   const fs::path& training_log = {}) {
    ArtifactWriter report(folder_.path / "report.json");
    contents_ = write_report(config, inputs, training_log, report, true);
    report.commit(manifest_of("report"));
    return file_bytes(folder_.path / "report.html");
  }
  /// Names of the figures that it has.
  std::vector<std::string> figures() const {
    std::vector<std::string> names;
    for (const auto& figure : contents_.at("figures")) names.push_back(figure.at("name"));
    return names;
  }

  /// metrics.json with what a test does not name filled in.
  fs::path write_evaluation(Json metrics, const std::string& name = "evaluation.json") {
    metrics.emplace("pictures", Json::array());
    for (size_t i = 0; i < metrics["pictures"].size(); ++i) {
      metrics["pictures"][i].emplace("index", i);
    }
    for (auto& result : metrics["pooled"]) {
      result.emplace("threshold", nullptr);
      result.emplace("interval", nullptr);
    }
    ArtifactWriter evaluation(folder_.path / name);
    evaluation.write("metrics.json", metrics.dump());
    evaluation.commit(manifest_of("evaluation", {{"pictures", 1}}));
    return evaluation.manifest_path();
  }

  fs::path shard_path(const std::string& kind) const {
    return folder_.path / kind / "00000-of-00001.json";
  }
  static PictureEntry entry(bool labelled) { return {3, "three", "test", 8, 8, labelled, false}; }
  static Json model_contents() {
    return {{"network", Json::object()},
            {"input_size", 24},
            {"output_size", 8},
            {"first_layer", "first.weight"}};
  }
  static Json contents(bool labelled) {
    return {{"classes", 2},
            {"channels", 1},
            {"input_size", 24},
            {"output_size", 8},
            {"pictures", {entry(labelled)}}};
  }

  /// Of samples, with as many tiles of the image.
  static Json contents_with(int tiles) {
    Json json = contents(true);
    json["pictures"][0]["tiles"] = tiles;
    return json;
  }

  /// An image [8, 8]; its label is foreground.
  fs::path write_image(bool labelled) {
    LabelledPicture picture{{8, 8}, {}, {}};
    if (labelled) picture.label = Picture<std::uint8_t>(8, 8);
    std::fill(picture.label.values.begin(), picture.label.values.end(), 1);
    ShardWriter images(shard_path("images"));
    write_picture(images, entry(labelled), picture);
    images.commit(manifest_of("images", contents(labelled)));
    return images.manifest_path();
  }
  /// Foreground with probability 0.75 everywhere.
  fs::path write_prediction(bool labelled) {
    Picture<float> probability(2, 8, 8);
    std::fill(probability.values.begin(), probability.values.end(), 0.75f);
    std::fill_n(probability.values.begin(), 64, 0.25f);
    ShardWriter predictions(shard_path("predictions"));
    unetflow::write_probability(predictions, entry(labelled), probability);
    predictions.commit(manifest_of("predictions", contents(labelled)));
    return predictions.manifest_path();
  }

  /// Two tiles of the image: input [24, 24], label [8, 8].
  fs::path write_tiles(const std::string& kind, const Json& config = Json::object()) {
    const TileShape shape{1, 24, 8, false};
    ShardWriter tiles(shard_path(kind));
    create_tiles(tiles, 2, shape);
    LabelledPicture tile = shape.memory();
    std::fill(tile.label.values.begin(), tile.label.values.begin() + 32, 1);
    for (std::int64_t i = 0; i < 2; ++i) write_tile(tiles, i, tile.view());
    write_keys(tiles, {{{3, 0}, 0, 0, 0}, {{3, 1}, 0, 0, 4}}, kind == "augmented", true);
    tiles.commit(manifest_of(kind, contents_with(2), config));
    return tiles.manifest_path();
  }

  TemporaryFolder folder_;
  Json contents_;
};

}  // namespace unetflow
