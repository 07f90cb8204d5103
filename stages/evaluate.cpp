// Compares predictions with labels: images/ + predictions/ + segments/ -> evaluation/.
#include "metrics/evaluate.hpp"

#include <fmt/format.h>

#include <charconv>
#include <functional>
#include <utility>

#include "core/error.hpp"
#include "metrics/comparison.hpp"
#include "metrics/evaluation_output.hpp"
#include "metrics/external_stacks.hpp"
#include "metrics/inversion.hpp"
#include "metrics/picture_source.hpp"
#include "metrics/stack_files.hpp"
#include "stage.hpp"

using namespace unetflow;

namespace {

/// What they measured, a row per evaluation.
Json rows_of(const std::vector<NamedEvaluation>& others) {
  Json rows = Json::array();
  for (const auto& other : others) {
    rows.push_back(comparison_row(other.name, read_metrics_json(other.manifest)));
  }
  return rows;
}

/// Throws InputError where an option's text is not a whole number.
std::optional<std::int64_t> number(const std::string& text, const char* option) {
  if (text.empty()) return {};
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc() && rest == end) return value;
  throw InputError(fmt::format("{} {}", option, text), "expected a whole number");
}

/// Two stacks of another tool's, as the options say.
struct Options {
  std::string labels, predictions, labels_are, predictions_are, ignored, background, label_axes,
      axes;
  bool instances = false;

  ExternalStacks stacks() const {
    ExternalStacks given{labels,
                         predictions,
                         meaning_named(labels_are, "--labels-are"),
                         meaning_named(predictions_are, "--predictions-are"),
                         number(ignored, "--ignored"),
                         number(background, "--background"),
                         label_axes,
                         axes};
    for (const auto& [option, text] :
         {std::pair("--label-axes", label_axes), std::pair("--axes", axes)}) {
      if (!text.empty()) parse_axes(text, option);
    }
    if (given.labels_are == Meaning::kProbabilities) {
      throw InputError("--labels-are probabilities", "expected mask, ids or classes");
    }
    if (instances && !labels_are.empty()) {
      throw InputError("usage", "expected either --instances or --labels-are");
    }
    if (instances) given.labels_are = Meaning::kIds;
    if (given.background.value_or(0) < 0) {
      throw InputError("--background " + background, "expected a number from 0 on");
    }
    if (given.background && !predictions_are.empty()) {
      throw InputError("--background", "says what predictions are; expected no --predictions-are");
    }
    return given;
  }
};

void add_stack_options(Stage& stage, Options& options) {
  stage.option("--labels", options.labels,
               "Stack of labels: a mask, ids of cells, or classes; or outlines of cells");
  stage.option("--predictions", options.predictions,
               "Stack of predictions: foreground probabilities (8 bits / 255, 16 bits / 65535, or "
               "float), a mask, ids of cells, or classes");
  stage.option("--labels-are", options.labels_are,
               "mask, ids or classes (default: told by the contents)");
  stage.option("--predictions-are", options.predictions_are,
               "probabilities, mask, ids or classes (default: told by the contents)");
  stage.flag("--instances", options.instances, "Short for --labels-are ids");
  stage.option("--ignored", options.ignored, "The label of pixels that are not annotated");
  stage.option("--background", options.background,
               "What is background in predictions: of a channel per class, as ilastik's "
               "probabilities, the channel's number from 0 on; of masks the value");
  stage.option("--label-axes", options.label_axes,
               "The axes of each file of labels, as label_axes of ingest.json states them");
  stage.option("--axes", options.axes, "The same of the predictions");
}

/// Throws InputError where what is said of stacks has no effect on shards, or the reverse.
void check_effect(const EvaluateConfig& config, const Options& options, bool external,
                  const std::string& place) {
  if (external && config.subsets != EvaluateConfig{}.subsets) {
    throw InputError(place + " at /subsets",
                     "is for shards, expected images and predictions manifests as --input");
  }
  for (const auto& [option, text] : {std::pair("--labels-are", options.labels_are),
                                     {"--predictions-are", options.predictions_are},
                                     {"--ignored", options.ignored},
                                     {"--background", options.background},
                                     {"--label-axes", options.label_axes},
                                     {"--axes", options.axes},
                                     {"--instances", options.instances ? "ids" : ""}}) {
    if (!external && !text.empty()) {
      throw InputError(option, "is for --labels and --predictions; shards say what they hold");
    }
  }
}

/// The configuration and what else the figures depend on. Of stacks, that is the datasets: their
/// files are among the sources.
Json recorded(const EvaluateConfig& config, const Options& options,
              const std::vector<NamedEvaluation>& others, bool spread) {
  Json json = config;
  for (const auto& stack : {options.labels, options.predictions}) {
    const auto colon = stack.rfind(':');
    if (colon != std::string::npos) json["datasets"].push_back(stack.substr(colon + 1));
  }
  for (const auto& [key, value] :
       {std::pair{"labels_are", options.instances ? "ids" : options.labels_are},
        {"predictions_are", options.predictions_are},
        {"ignored", options.ignored},
        {"background", options.background},
        {"label_axes", options.label_axes},
        {"axes", options.axes}}) {
    if (!value.empty()) json[key] = value;
  }
  for (const auto& other : others) json["compare"].push_back(other.name);
  if (spread) json["spread"] = true;
  return json;
}

/// What `read` gives, measured.
using Measure = std::function<Evaluation(const std::string&, const PictureSource::Read&)>;

/// Cells where there are some, probabilities where there are some, and what is compared with.
Evaluation measured(const EvaluateConfig& config, const PictureSource& source,
                    const Measure& measure, Json rows, bool spread) {
  Evaluation evaluation = measure("evaluate", source.read);
  if (source.probabilities) {
    evaluation = joined(std::move(evaluation), measure("probabilities", source.probabilities));
  }
  evaluation.unlabelled = source.unlabelled;
  evaluation.remarks = source.remarks;
  if (!rows.empty() || spread || config.baseline) {
    rows.insert(rows.begin(), comparison_row("this run", evaluation.metrics));
  }
  if (spread) {
    for (const auto& row : spread_rows(rows)) rows.push_back(row);
  }
  if (config.baseline) {
    const auto baseline = measure("baseline", source.baseline);
    rows.insert(rows.begin() + 1, comparison_row("threshold only", baseline.metrics));
  }
  evaluation.comparison = std::move(rows);
  return evaluation;
}

std::string names_of_metrics() {
  std::vector<std::string> names;
  for (const auto& metric : all_metrics()) names.push_back(metric.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

constexpr int kRevision = 7;

int main(int argc, char** argv) {
  Stage stage(
      "evaluate", kRevision,
      "Measures predictions by " + names_of_metrics() +
          ". --input are images manifests with predictions or segments manifests, or both, of "
          "any number of shards or folds; or --labels and --predictions are stacks of "
          "another tool's (TIFF, PNG or HDF5; predictions also JPEG): a file, a folder, a "
          "pattern, or FILE.h5:DATASET.",
      "unetflow-evaluate --labels L.tif --predictions P.tif");
  Options options;
  bool spread = false;
  std::vector<std::string> compare;
  add_stack_options(stage, options);
  stage.option("--compare", compare, "NAME=MANIFEST of another evaluation to show beside this one");
  stage.flag("--spread", spread,
             "Also show the mean, lowest and highest of this evaluation and those it is compared "
             "with, for example one training with several seeds");
  stage.input_is_optional();
  stage.output_is_optional();
  stage.takes({"images", "predictions", "segments"});
  return stage.run(argc, argv, [&] {
    const auto config = stage.config<EvaluateConfig>();
    const bool external = !options.labels.empty();
    if (external == options.predictions.empty() || external != stage.inputs().empty()) {
      throw InputError("usage", "expected either --input or both --labels and --predictions");
    }
    check_effect(config, options, external, stage.config_place());
    const auto others = read_named_evaluations("--compare", compare);
    auto manifest = stage.manifest("evaluation", recorded(config, options, others, spread));
    if (!stage.output.empty()) {
      for (const auto& other : others) {
        manifest.inputs.push_back(input_record(other.manifest.path, stage.output));
      }
    }
    // Shards are named by the manifest; which files a stack consists of must be looked up.
    if (external && !stage.output.empty()) {
      for (const auto& file : files_of(options.stacks())) {
        manifest.sources.push_back({file.filename().string(), stage.digest(file)});
      }
    }
    if (!stage.output.empty() && stage.up_to_date(manifest)) return;
    PictureSource source = external ? external_stacks(options.stacks())
                                    : predicted_shards(stage.inputs(), config.subsets);
    if (config.baseline && !source.baseline) {
      throw InputError(stage.config_place() + " at /baseline",
                       "needs the images, expected images manifests as --input");
    }
    InversionCheck inversion;
    source.read = [&, read = source.read](size_t i) {
      PredictedPicture picture = read(i);
      inversion.add(picture);
      return picture;
    };
    const auto measure = [&](const std::string& title, const PictureSource::Read& read) {
      auto progress = stage.progress(title, static_cast<std::int64_t>(source.count), "images");
      return evaluate(metrics_asked_for(config), config.bootstrap, source.count, read,
                      stage.threads, [&] { progress.advance(); });
    };
    const auto evaluation = measured(config, source, measure, rows_of(others), spread);
    if (const auto doubt = inversion.doubt()) stage.warn(*doubt);
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
