// Prints whether one pipeline segments the same images better than another, by evaluations of
// several seeds of each.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "core/error.hpp"
#include "core/printable.hpp"
#include "metrics/comparison.hpp"
#include "metrics/evaluation_output.hpp"
#include "metrics/paired_difference.hpp"
#include "stage.hpp"

using namespace unetflow;

namespace {

/// One pipeline's metrics.json of each seed.
struct Pipeline {
  std::string name;  ///< printable
  std::vector<Json> seeds;

  /// [seed][image] of one metric.
  SeedValues values(const std::string& key) const {
    SeedValues of;
    for (const auto& seed : seeds) {
      auto& images = of.emplace_back();
      for (const auto& image : seed.at("pictures")) {
        const Json value = image.value(key, Json());
        images.push_back(value.is_number() ? value.get<double>()
                                           : std::numeric_limits<double>::quiet_NaN());
      }
    }
    return of;
  }
};

std::vector<std::string> image_names(const Json& metrics) {
  std::vector<std::string> names;
  for (const auto& image : metrics.at("pictures")) names.push_back(image.at("name"));
  return names;
}

/// The two pipelines, in the order in which their names come first. Throws InputError where there
/// are not two, or they are of other images.
std::array<Pipeline, 2> read_pipelines(const std::vector<std::string>& given) {
  std::vector<Pipeline> pipelines;
  std::vector<std::string> images;
  for (const auto& [stated, manifest] : read_named_evaluations("--of", given)) {
    const std::string name = printable(stated);
    auto pipeline = std::find_if(pipelines.begin(), pipelines.end(),
                                 [&](const auto& known) { return known.name == name; });
    if (pipeline == pipelines.end()) pipeline = pipelines.insert(pipeline, {name, {}});
    pipeline->seeds.push_back(read_metrics_json(manifest));
    const auto own = image_names(pipeline->seeds.back());
    if (images.empty()) images = own;
    if (own != images) {
      throw InputError(manifest.path.string(),
                       "is of other images than the first evaluation; expected the same");
    }
  }
  if (pipelines.size() != 2) {
    throw InputError("--of", fmt::format("names {} pipelines, expected two", pipelines.size()));
  }
  return {pipelines[0], pipelines[1]};
}

std::string verdict(const std::array<Pipeline, 2>& pipelines, const PairedDifference& paired,
                    bool larger_is_better) {
  if (!paired.doubt.empty()) return "no verdict: " + paired.doubt;
  return pipelines[(paired.difference > 0) == larger_is_better ? 1 : 0].name + " is better";
}

/// A line for each metric that both have.
std::string table(const std::array<Pipeline, 2>& pipelines, const BootstrapConfig& config) {
  const auto& [first, second] = pipelines;
  std::string text = fmt::format(
      "{} ({} seeds) and {} ({} seeds) on the same {} images. Values are means over images and "
      "seeds, the interval holds {:g} % of the differences over images drawn with replacement; "
      "below the spread of seeds nothing is said.\n\n{:<24}{:>12}{:>12}{:>12}  {:<20}{:>10}  {}\n",
      first.name, first.seeds.size(), second.name, second.seeds.size(),
      first.seeds[0].at("pictures").size(), 100 * config.confidence, "metric", first.name,
      second.name, "difference", "interval", "spread", "verdict");
  const Json& pooled = first.seeds[0].at("pooled");
  for (const auto& [key, metric] : pooled.items()) {
    if (!second.seeds[0].at("pooled").contains(key)) continue;
    const auto paired = paired_difference(config, first.values(key), second.values(key));
    const std::string interval =
        fmt::format("{:+.4f} to {:+.4f}", paired.interval[0], paired.interval[1]);
    text += fmt::format("{:<24}{:>12.4f}{:>12.4f}{:>+12.4f}  {:<20}{:>10.4f}  {}\n",
                        printable(metric.value("name", key)), paired.mean[0], paired.mean[1],
                        paired.difference, interval, paired.spread,
                        verdict(pipelines, paired, metric.at("larger_is_better").get<bool>()));
  }
  return text;
}

}  // namespace

constexpr int kRevision = 1;

int main(int argc, char** argv) {
  Stage stage("compare", kRevision,
              "Says whether one pipeline segments the same images better than another: image by "
              "image, over several seeds of each.",
              "unetflow-compare --of a=work/a/seeds/1/evaluation/evaluation.json "
              "a=work/a/seeds/2/evaluation/evaluation.json "
              "b=work/b/seeds/1/evaluation/evaluation.json "
              "b=work/b/seeds/2/evaluation/evaluation.json");
  std::vector<std::string> given;
  stage.option("--of", given, "An evaluation of a pipeline, NAME=MANIFEST; one for each seed");
  stage.has_no({"--config", "--set", "--input", "--output", "--why"});
  return stage.run(argc, argv,
                   [&] { stage.print(table(read_pipelines(given), BootstrapConfig{})); });
}
