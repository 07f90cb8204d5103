// What the page was made from, and how to make it again.
#include <fmt/format.h>

#include "core/digest.hpp"
#include "figure/report_builder.hpp"

namespace unetflow::section {

void provenance(ReportBuilder& builder) {
  Page& page = builder.page;
  page.section("Provenance");
  if (!builder.config.name.empty()) {
    page.text("This command makes the page, and all that it shows, again:");
    page.code(fmt::format("make pipeline PIPELINE={}", builder.config.name));
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& artifact : builder.artifacts) {
    rows.push_back({artifact.manifest.kind,
                    input_record(artifact.path, builder.report.manifest_path()).path,
                    artifact.manifest.stage + " " + artifact.manifest.version,
                    sha256(artifact.manifest.config.dump()).substr(0, 12),
                    artifact.manifest.sha256.substr(0, 12)});
  }
  page.table(
      "The artifacts that this page was made from. SHA-256, abbreviated, of each one's "
      "configuration "
      "and of its manifest, which names the digests of its own files and inputs.",
      {"Kind", "Manifest", "Stage", "Configuration", "Manifest's SHA-256"}, rows);
  std::string last;
  for (const auto& artifact : builder.artifacts) {
    if (artifact.manifest.stage == last) continue;
    last = artifact.manifest.stage;
    page.folded("Configuration of " + last, artifact.manifest.config.dump(2));
  }
}

}  // namespace unetflow::section
