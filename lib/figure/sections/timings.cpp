// How long each stage took, where the configuration asks for it: seconds vary from run to run.
#include <fmt/format.h>

#include "figure/report_builder.hpp"

namespace unetflow::section {
namespace {

struct Total {
  std::string stage;
  double seconds = 0;
  int artifacts = 0;
  Json threads;
};

/// From the timing logs beside the artifacts, in the order of the pipeline.
std::vector<Total> totals_of(const std::vector<Artifact>& artifacts) {
  std::vector<Total> totals;
  for (const auto& artifact : artifacts) {
    const fs::path file = fs::path(artifact.path).replace_extension(".log");
    if (!fs::exists(file)) continue;
    const Json log = load_json(file);
    if (!log.is_object() || !log.value("stage", Json()).is_string() ||
        !log.value("seconds", Json()).is_number() || !log.contains("threads")) {
      throw InputError(file.string(), "is not a timing log, expected stage, seconds and threads");
    }
    const std::string stage = log.at("stage");
    if (totals.empty() || totals.back().stage != stage) totals.push_back({stage, 0, 0, {}});
    totals.back().seconds += log.at("seconds").get<double>();
    totals.back().threads = log.at("threads");
    ++totals.back().artifacts;
  }
  return totals;
}

}  // namespace

void timings(ReportBuilder& builder) {
  if (!builder.config.timings) return;
  std::vector<std::vector<std::string>> rows;
  for (const auto& total : totals_of(builder.artifacts)) {
    rows.push_back({total.stage, fmt::format("{:.1f}", total.seconds),
                    std::to_string(total.artifacts), total.threads.dump()});
  }
  if (rows.empty()) return;
  builder.page.section("Timing");
  builder.page.table("Seconds of each stage when it was last run, all its shards together.",
                     {"Stage", "Seconds", "Artifacts", "Threads"}, rows);
}

}  // namespace unetflow::section
