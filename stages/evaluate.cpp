// Compares predictions with labels: images/ + predictions/ -> evaluation/.
#include "metrics/evaluate.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "metrics/comparison.hpp"
#include "metrics/evaluation_output.hpp"
#include "metrics/picture_source.hpp"
#include "stage.hpp"

using namespace unetflow;

namespace {

/// NAME=MANIFEST, as --compare takes it.
struct Other {
  std::string name;
  Manifest manifest;
};

std::vector<Other> read_others(const std::vector<std::string>& given) {
  std::vector<Other> others;
  for (const auto& other : given) {
    const auto equals = other.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw InputError("--compare " + other, "expected NAME=MANIFEST");
    }
    others.push_back(
        {other.substr(0, equals), read_manifest(other.substr(equals + 1), "evaluation")});
  }
  return others;
}

/// What they measured, a row per evaluation.
Json rows_of(const std::vector<Other>& others) {
  Json rows = Json::array();
  for (const auto& other : others) {
    rows.push_back(comparison_row(other.name, read_metrics_json(other.manifest)));
  }
  return rows;
}

/// The configuration and what else the figures depend on. Of `stacks`, that is the datasets: their
/// files are among the sources.
Json recorded(const EvaluateConfig& config, const std::vector<std::string>& stacks,
              const std::vector<Other>& others, bool spread, bool instances) {
  Json json = config;
  for (const auto& stack : stacks) {
    const auto colon = stack.rfind(':');
    if (colon != std::string::npos) json["datasets"].push_back(stack.substr(colon + 1));
  }
  for (const auto& other : others) json["compare"].push_back(other.name);
  if (spread) json["spread"] = true;
  if (instances) json["instances"] = true;
  return json;
}

std::string names_of_metrics() {
  std::vector<std::string> names;
  for (const auto& metric : all_metrics()) names.push_back(metric.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

constexpr int kRevision = 5;

int main(int argc, char** argv) {
  Stage stage("evaluate", kRevision,
              "Measures predictions by " + names_of_metrics() +
                  ". --input are images and predictions manifests of any number of shards or "
                  "folds; or --labels and --predictions are stacks of another tool's (TIFF, PNG or "
                  "HDF5; predictions also JPEG): a file, a folder, a pattern, or FILE.h5:DATASET.",
              "unetflow-evaluate --labels L.tif --predictions P.tif");
  std::string labels, predictions;
  bool instances = false, spread = false;
  std::vector<std::string> compare;
  stage.option("--labels", labels, "Stack of labels; above 0 is foreground");
  stage.option("--predictions", predictions,
               "Stack of foreground probabilities: 8 bits / 255, 16 bits / 65535, or float");
  stage.flag("--instances", instances, "The labels' values are ids of cells");
  stage.option("--compare", compare, "NAME=MANIFEST of another evaluation to show beside this one");
  stage.flag("--spread", spread,
             "Also show the mean, lowest and highest of this evaluation and those it is compared "
             "with, for example one training with several seeds");
  stage.input_is_optional();
  stage.output_is_optional();
  stage.takes({"images", "predictions"});
  return stage.run(argc, argv, [&] {
    const auto config = stage.config<EvaluateConfig>();
    if (labels.empty() != predictions.empty() || labels.empty() == stage.inputs().empty()) {
      throw InputError("usage", "expected either --input or both --labels and --predictions");
    }
    const auto others = read_others(compare);
    auto manifest = stage.manifest(
        "evaluation", recorded(config, {labels, predictions}, others, spread, instances));
    if (!stage.output.empty()) {
      for (const auto& other : others) {
        manifest.inputs.push_back(input_record(other.manifest.path, stage.output));
      }
    }
    // Shards are named by the manifest; which files a stack consists of must be looked up.
    std::optional<PictureSource> stacks;
    if (!labels.empty()) {
      stacks = external_stacks(labels, predictions, instances);
      if (stage.output.empty()) stacks->files.clear();
      for (const auto& file : stacks->files) {
        manifest.sources.push_back({file.filename().string(), stage.digest(file)});
      }
    }
    if (!stage.output.empty() && stage.up_to_date(manifest)) return;
    const PictureSource source =
        stacks ? *stacks : predicted_shards(stage.inputs(), config.subsets);
    const auto evaluated = [&](const std::string& title, const auto& read) {
      auto progress = stage.progress(title, static_cast<std::int64_t>(source.count), "images");
      return evaluate(metrics_asked_for(config), config.bootstrap, source.count, read,
                      stage.threads, [&] { progress.advance(); });
    };
    Json rows = rows_of(others);
    if (config.baseline && !source.baseline) {
      throw InputError(stage.config_place() + " at /baseline",
                       "needs the images, expected images manifests as --input");
    }
    Evaluation evaluation = evaluated("evaluate", source.read);
    if (!rows.empty() || spread || config.baseline) {
      rows.insert(rows.begin(), comparison_row("this run", evaluation.metrics));
    }
    if (spread) {
      for (const auto& row : spread_rows(rows)) rows.push_back(row);
    }
    if (config.baseline) {
      const auto baseline = evaluated("baseline", source.baseline);
      rows.insert(rows.begin() + 1, comparison_row("threshold only", baseline.metrics));
    }
    evaluation.comparison = std::move(rows);
    if (!stage.quiet) stage.print(text_table(evaluation, config.bootstrap.confidence));
    if (stage.output.empty()) return;
    ArtifactWriter artifact(stage.output);
    artifact.write("metrics.json", metrics_json(evaluation).dump(2) + "\n");
    artifact.write("metrics.csv", metrics_csv(evaluation));
    artifact.write("pictures.csv", pictures_csv(evaluation));
    manifest.contents = {{"pictures", source.count}};
    stage.commit(artifact, std::move(manifest));
  });
}
