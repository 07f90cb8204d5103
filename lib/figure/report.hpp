// The report of a pipeline: one page and its figures, from whatever artifacts there are.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "artifact/artifact_writer.hpp"

namespace unetflow {

struct ReportConfig {
  static constexpr const char* kSchema = "report";
  std::string name;      ///< the pipeline's folder under pipelines/, for title and command
  int examples = 3;      ///< images in the figure of results; twice as many samples
  bool timings = false;  ///< show seconds per stage; the page then differs from run to run
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ReportConfig, name, examples, timings)

/// Writes report.html, figures/*.png and figures/*.svg. `inputs` are manifests of any kinds; a
/// section whose artifacts are missing is left out. `training_log` is empty, or the metrics.jsonl
/// of a running training; the page then reloads itself every few seconds. Returns the
/// manifest's contents.
Json write_report(const ReportConfig& config, const std::vector<fs::path>& inputs,
                  const fs::path& training_log, ArtifactWriter& report, bool quiet);

}  // namespace unetflow
