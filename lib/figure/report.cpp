#include "figure/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "artifact/picture_shard.hpp"
#include "artifact/safetensors.hpp"
#include "artifact/sample_shard.hpp"
#include "core/digest.hpp"
#include "core/progress.hpp"
#include "core/version.hpp"
#include "figure/html.hpp"
#include "figure/result_figures.hpp"
#include "figure/sample_figures.hpp"
#include "figure/training_figures.hpp"
#include "image/probability.hpp"

namespace unetflow {
namespace {

constexpr int kRefreshSeconds = 10;  // of a page on a training that is under way
constexpr Index kRegion = 128;       // px; side of the worst and best regions

struct Artifact {
  fs::path path;
  Manifest manifest;
};

/// What a section is made from, and where it goes.
struct Draft {
  ReportConfig config;
  fs::path training;
  std::vector<Artifact> artifacts;
  ArtifactWriter& report;
  Page page;
  Json figures = Json::array();

  std::vector<const Artifact*> of(std::string_view kind) const {
    std::vector<const Artifact*> found;
    for (const auto& artifact : artifacts) {
      if (artifact.manifest.kind == kind) found.push_back(&artifact);
    }
    return found;
  }
  void draw(const Figure& figure) {
    if (figure.panels.empty()) return;
    const Drawing drawing = unetflow::draw(figure);
    page.figure(figure, drawing);
    report.write("figures/" + figure.name + ".png", drawing.png);
    report.write("figures/" + figure.name + ".svg", drawing.svg);
    figures.push_back({{"name", figure.name}, {"caption", figure.caption}});
  }
};

/// metrics.json of the evaluation; empty without one.
Json metrics_of(const Draft& draft) {
  const auto evaluations = draft.of("evaluation");
  if (evaluations.empty()) return Json::object();
  return load_json(evaluations.front()->path.parent_path() / "metrics.json");
}

/// The shard among `shards` that has the picture, and its entry there.
std::optional<std::pair<const Artifact*, PictureEntry>> find_picture(
    const std::vector<const Artifact*>& shards, std::int64_t index) {
  for (const auto* shard : shards) {
    for (const auto& entry : picture_entries(shard->manifest)) {
      if (entry.index == index) return {{shard, entry}};
    }
  }
  return {};
}

std::string picture_name(const Artifact& shard, SampleId sample) {
  const auto found = find_picture({&shard}, sample.picture);
  return fmt::format("Tile {} of {}", sample.tile,
                     found ? found->second.name : fmt::format("picture {}", sample.picture));
}

std::string number(const Json& value, const char* format = "{:.4f}") {
  return value.is_number() ? fmt::format(fmt::runtime(format), value.get<double>()) : "–";
}

// ---- sections
// ------------------------------------------------------------------------------------

struct Metric {
  const char* key;
  const char* name;
  const char* published;  ///< Ronneberger et al. 2015, table 1
};
constexpr std::array<Metric, 9> kMetrics = {{{"v_rand", "V_rand", ""},
                                             {"v_info", "V_info", ""},
                                             {"rand_error", "Rand error", "0.0382"},
                                             {"pixel_error", "Pixel error", "0.0611"},
                                             {"pixel_disagreement", "Pixel disagreement", ""},
                                             {"warping_error", "Warping error", "0.000353"},
                                             {"seg", "SEG", ""},
                                             {"iou", "IoU", ""},
                                             {"dice", "Dice", ""}}};
const char* format_of(const Metric& metric) {
  return std::string_view(metric.key) == "warping_error" ? "{:.6f}" : "{:.4f}";
}

/// A row for each of `things`, {"name", metric...}, and a column for each metric that any of them
/// has.
void metric_table(Draft& draft, std::string_view caption, const std::string& what,
                  const Json& things) {
  std::vector<std::string> header = {what};
  std::vector<std::vector<std::string>> rows;
  for (const auto& thing : things) rows.push_back({thing.value("name", "")});
  for (const auto& metric : kMetrics) {
    if (std::none_of(things.begin(), things.end(), [&](const Json& thing) {
          return thing.value(metric.key, Json()).is_number();
        })) {
      continue;
    }
    header.push_back(metric.name);
    for (size_t i = 0; i < rows.size(); ++i) {
      rows[i].push_back(number(things[i].value(metric.key, Json()), format_of(metric)));
    }
  }
  if (!rows.empty()) draft.page.table(caption, header, rows);
}

void headline(Draft& draft) {
  std::vector<std::pair<std::string, std::string>> numbers;
  const Json metrics = metrics_of(draft);
  for (const auto& metric : kMetrics) {
    const std::string key = metric.key;
    if (key == "pixel_disagreement" || key == "rand_error" || key == "iou" || key == "dice")
      continue;
    if (!metrics.contains("pooled")) continue;
    const Json pooled = metrics["pooled"].value(key, Json::object());
    if (pooled.contains("value")) {
      numbers.push_back({number(pooled["value"], format_of(metric)), metric.name});
    }
  }
  if (metrics.contains("pictures")) {
    numbers.push_back({std::to_string(metrics["pictures"].size()), "pictures evaluated"});
  }
  for (const auto* model : draft.of("model")) {
    const Json& contents = model->manifest.contents;
    if (contents.contains("steps")) numbers.push_back({contents["steps"].dump(), "training steps"});
    if (contents.contains("parameters")) {
      numbers.push_back(
          {number(contents["parameters"].get<double>() / 1e6, "{:.2f} M"), "weights"});
    }
  }
  draft.page.headline(numbers);
}

void metrics_tables(Draft& draft) {
  const Json metrics = metrics_of(draft);
  if (!metrics.contains("pooled")) return;
  draft.page.section("Metrics");
  std::vector<std::vector<std::string>> rows;
  for (const auto& metric : kMetrics) {
    const Json pooled = metrics["pooled"].value(metric.key, Json::object());
    if (!pooled.contains("value")) continue;
    const Json interval = pooled.value("interval", Json());
    rows.push_back({metric.name, number(pooled["value"], format_of(metric)),
                    interval.is_array() && interval.size() == 2
                        ? number(interval[0], format_of(metric)) + " to " +
                              number(interval[1], format_of(metric))
                        : "–",
                    number(pooled.value("threshold", Json()), "{:.1f}"),
                    *metric.published ? metric.published : "–"});
  }
  draft.page.table(
      "All evaluated pictures together. V_rand, V_info, SEG, IoU and Dice are scores (1 is "
      "perfect), "
      "the others errors (0 is perfect). The last column is what the U-Net paper published for "
      "ISBI "
      "2012, on the challenge's hidden test labels: not these pictures, so for orientation only.",
      {"Metric", "Value", "Interval", "Threshold", "U-Net paper"}, rows);

  metric_table(draft, "Each picture by itself, at the thresholds above.", "Picture",
               metrics.value("pictures", Json::array()));
  metric_table(draft, "This run beside others on the same pictures, each at its best thresholds.",
               "Segmentation", metrics.value("comparison", Json::array()));
  if (metrics.contains("curves")) draft.draw(curves_figure(metrics["curves"]));
}

void results(Draft& draft) {
  const Json pooled = metrics_of(draft).value("pooled", Json::object());
  const double threshold = pooled.value("v_rand", Json::object()).value("threshold", 0.5);
  std::vector<Result> labelled, others;
  int classes = 2;
  for (const auto* shard : draft.of("predictions")) {
    const ShardReader predictions(shard->path);
    for (const auto& entry : picture_entries(shard->manifest)) {
      const auto source = find_picture(draft.of("images"), entry.index);
      const bool shown = others.size() < static_cast<size_t>(draft.config.examples);
      if (!source || (!source->second.labelled && !shown)) continue;
      LabelledPicture picture =
          read_labelled_picture(ShardReader(source->first->path), source->second);
      const Picture<float> probability = read_probability(predictions, entry);
      classes = static_cast<int>(probability.channels);
      (source->second.labelled ? labelled : others)
          .push_back({entry.name, std::move(picture.input), std::move(picture.label),
                      foreground_probability(probability), threshold});
    }
  }
  const auto& shown = labelled.empty() ? others : labelled;
  if (shown.empty()) return;
  draft.page.section("Results");
  const auto count = std::min(shown.size(), static_cast<size_t>(draft.config.examples));
  const std::vector<Result> first(shown.begin(), shown.begin() + static_cast<Index>(count));
  draft.draw(results_figure(first, classes));
  if (labelled.empty()) return;
  draft.draw(splits_figure(first));
  // Pixels are judged at the threshold that is best for pixels, not for cells.
  Index side = kRegion;
  for (auto& result : labelled) {
    result.threshold = pooled.value("pixel_error", Json::object()).value("threshold", threshold);
    side = std::min({side, result.label.height / 2, result.label.width / 2});
  }
  draft.draw(regions_figure(labelled, std::max<Index>(side, 1)));
}

void training(Draft& draft) {
  const auto models = draft.of("model");
  fs::path file = draft.training;
  if (file.empty() && models.empty()) return;
  if (file.empty()) file = models.front()->path.parent_path() / "metrics.jsonl";
  draft.page.section("Training");
  const TrainingLog log = read_training_log(file);
  if (!log.loss.empty()) draft.draw(training_figure(log));
}

/// Shards may be empty.
const Artifact* first_filled(const std::vector<const Artifact*>& artifacts) {
  for (const auto* artifact : artifacts) {
    if (!read_keys(ShardReader(artifact->path)).empty()) return artifact;
  }
  return nullptr;
}

void samples(Draft& draft) {
  const auto* const augmented = first_filled(draft.of("augmented"));
  if (augmented == nullptr) return;
  const ShardReader shard(augmented->path);
  const auto keys = read_keys(shard);
  const auto wanted = std::min(keys.size(), static_cast<size_t>(2 * draft.config.examples));
  std::vector<NamedSample> chosen;
  for (size_t i = 0; i < wanted; ++i) {
    const size_t at = i * keys.size() / wanted;
    NamedSample sample{
        fmt::format("{}, epoch {}", picture_name(*augmented, keys[at].sample), keys[at].epoch),
        TileShape::of(shard).memory()};
    read_tile(shard, static_cast<std::int64_t>(at), sample.tile.buffer());
    chosen.push_back(std::move(sample));
  }
  draft.page.section("Samples");
  draft.draw(samples_figure(chosen));
}

void weights(Draft& draft) {
  const auto* const found = first_filled(draft.of("weights"));
  if (found == nullptr) return;
  const Artifact& artifact = *found;
  const ShardReader shard(artifact.path);
  // The labels it was made from are its input's.
  const ShardReader labels(artifact.path.parent_path() / artifact.manifest.inputs.at(0).path);
  LabelledPicture tile = TileShape::of(labels).memory();
  read_tile(labels, 0, tile.buffer());
  Picture<float> weight(tile.label.height, tile.label.width);
  read_weight(shard, 0, weight.plane());
  draft.page.section("Weight map");
  draft.draw(weight_map_figure(artifact.manifest.config.get<WeightMapConfig>(),
                               labels.manifest().classes(), tile.label.plane(),
                               tile.instances.plane(), weight.plane()));
}

void tiles(Draft& draft) {
  const auto* const artifact = first_filled(draft.of("tiles"));
  if (artifact == nullptr) return;
  const ShardReader shard(artifact->path);
  const auto keys = read_keys(shard);
  const auto source = find_picture(draft.of("images"), keys.front().sample.picture);
  const TileShape shape = TileShape::of(shard);
  if (source) {
    std::vector<TilePosition> positions;
    for (const auto& key : keys) {
      if (key.sample.picture == keys.front().sample.picture) positions.push_back({key.y, key.x});
    }
    const auto count = static_cast<Index>(positions.size());
    positions.resize(std::min<size_t>(positions.size(), 2));
    const LabelledPicture picture =
        read_labelled_picture(ShardReader(source->first->path), source->second);
    draft.page.section("Overlap tiles");
    draft.draw(overlap_tile_figure(picture.input.stack(), shape.input_size, shape.output_size,
                                   positions, count));
  }
  const auto augmented = draft.of("augmented");
  if (!augmented.empty()) {
    const auto config = augmented.front()->manifest.config.get<AugmentConfig>();
    LabelledPicture tile = shape.memory();
    read_tile(shard, 0, tile.buffer());
    draft.page.section("Augmentation");
    for (auto& figure :
         augmentation_figures(config, config.epochs.empty() ? 0 : config.epochs.front(),
                              static_cast<std::uint64_t>(keys.front().sample.pack()),
                              artifact->manifest.classes(), tile.view())) {
      draft.draw(figure);
    }
  }
}

void filters(Draft& draft) {
  for (const auto* model : draft.of("model")) {
    const auto tensors = read_safetensors(model->path.parent_path() / "model.safetensors");
    const auto first = tensors.find(model->manifest.contents.value("first_layer", ""));
    if (first == tensors.end() || first->second.shape.size() != 4) continue;
    draft.page.section("First-layer filters");
    const auto& shape = first->second.shape;
    draft.draw(filters_figure(first->second.floats(), shape[0], shape[1], shape[2], shape[3]));
  }
}

void timings(Draft& draft) {
  if (!draft.config.timings) return;
  struct Total {
    double seconds = 0;
    int shards = 0;
    Json threads;
  };
  std::vector<std::pair<std::string, Total>> totals;  // in the order of the pipeline
  for (const auto& artifact : draft.artifacts) {
    const fs::path file = fs::path(artifact.path).replace_extension(".log");
    if (!fs::exists(file)) continue;
    const Json log = load_json(file);
    const std::string stage = log.at("stage");
    if (totals.empty() || totals.back().first != stage) totals.push_back({stage, {}});
    totals.back().second.seconds += log.at("seconds").get<double>();
    totals.back().second.threads = log.at("threads");
    ++totals.back().second.shards;
  }
  if (totals.empty()) return;
  std::vector<std::vector<std::string>> rows;
  for (const auto& [stage, total] : totals) {
    rows.push_back({stage, fmt::format("{:.1f}", total.seconds), std::to_string(total.shards),
                    total.threads.dump()});
  }
  draft.page.section("Timing");
  draft.page.table("Seconds of each stage when it was last run, its shards together.",
                   {"Stage", "Seconds", "Artifacts", "Threads"}, rows);
}

void provenance(Draft& draft) {
  draft.page.section("Provenance");
  if (!draft.config.name.empty()) {
    draft.page.text("This page, and all it shows, is made again by");
    draft.page.code(fmt::format("make pipeline PIPELINE={}", draft.config.name));
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& artifact : draft.artifacts) {
    rows.push_back({artifact.manifest.kind,
                    input_record(artifact.path, draft.report.manifest_path()).path,
                    artifact.manifest.stage + " " + artifact.manifest.version,
                    sha256(artifact.manifest.config.dump()).substr(0, 12),
                    sha256_of_file(artifact.path).substr(0, 12)});
  }
  draft.page.table(
      "The artifacts this page was made from: SHA-256, abbreviated, of each one's configuration "
      "and "
      "of its manifest, which names the digests of its own files and inputs.",
      {"Kind", "Manifest", "Stage", "Configuration", "Manifest's SHA-256"}, rows);
  std::string last;
  for (const auto& artifact : draft.artifacts) {
    if (artifact.manifest.stage == last) continue;
    last = artifact.manifest.stage;
    draft.page.folded("Configuration of " + last, artifact.manifest.config.dump(2));
  }
}

}  // namespace

Json write_report(const ReportConfig& config, const std::vector<fs::path>& inputs,
                  const fs::path& training_log, ArtifactWriter& report, bool quiet) {
  const std::string title = config.name.empty() ? "U-Net segmentation" : config.name;
  Draft draft{config,
              training_log,
              {},
              report,
              Page(title, fmt::format("U-Net segmentation by unetflow {}", kVersion)),
              Json::array()};
  if (!training_log.empty()) draft.page.refresh(kRefreshSeconds);
  for (const auto& input : inputs) draft.artifacts.push_back({input, read_manifest(input)});

  constexpr std::array kSections = {headline, results, metrics_tables, training, samples,
                                    tiles,    weights, filters,        timings,  provenance};
  Progress progress("report", kSections.size(), "sections", quiet);
  for (const auto section : kSections) {
    section(draft);
    progress.advance();
  }
  report.write("report.html", draft.page.html());
  return {{"figures", draft.figures}};
}

}  // namespace unetflow
