// Shows a pipeline's results: all its artifacts -> one page, report.html, and figures for papers.
#include "figure/report.hpp"

#include "stage.hpp"

using namespace unetflow;

constexpr int kRevision = 2;

int main(int argc, char** argv) {
  Stage stage("report", kRevision,
              "Draws a pipeline's artifacts: report.html and figures as PNG and SVG.",
              "unetflow-report --config pipelines/phantom/report.json"
              " --input work/phantom/*/*.json --output work/phantom/report/report.json");
  fs::path training_log;
  stage.option("--training", training_log,
               "metrics.jsonl of a training that is under way; the page then refreshes itself");
  stage.input_is_optional();
  return stage.run(argc, argv, [&] {
    const auto config = stage.config<ReportConfig>();
    ArtifactWriter report(stage.output);
    auto manifest = stage.manifest("report", config);
    manifest.contents = write_report(config, stage.inputs, training_log, report, stage.quiet);
    report.commit(std::move(manifest));
  });
}
