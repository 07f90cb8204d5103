#include "figure/report.hpp"

#include <fmt/format.h>

#include "core/progress.hpp"
#include "core/version.hpp"
#include "figure/all_sections.hpp"

namespace unetflow {

Json write_report(const ReportConfig& config, const std::vector<fs::path>& inputs,
                  const fs::path& training_log, ArtifactWriter& report, bool quiet) {
  constexpr int kRefreshSeconds = 10;
  const std::string title = config.name.empty() ? "U-Net segmentation" : config.name;
  ReportBuilder builder{config,
                        training_log,
                        {},
                        report,
                        Page(title, fmt::format("U-Net segmentation by unetflow {}", kVersion))};
  if (!training_log.empty()) builder.page.refresh(kRefreshSeconds);
  for (const auto& input : inputs) builder.artifacts.push_back({input, read_manifest(input)});

  const auto& sections = all_sections();
  Progress progress("report", static_cast<std::int64_t>(sections.size()), "sections", quiet);
  for (const auto section : sections) {
    section(builder);
    progress.advance();
  }
  report.write("report.html", builder.page.html());
  return {{"figures", builder.figures}};
}

}  // namespace unetflow
