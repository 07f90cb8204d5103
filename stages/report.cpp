// Shows a pipeline's results: all its artifacts -> one page, report.html, and figures for papers.
#include "figure/report.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/printable.hpp"
#include "figure/training_figures.hpp"
#include "stage.hpp"

using namespace unetflow;

namespace {

/// The loss so far, drawn over the whole terminal.
std::string drawn_in_terminal(const fs::path& training_log, const fs::path& page) {
  winsize size = {};
  const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 3;
  const int columns = known ? size.ws_col : 80, lines = known ? size.ws_row - 3 : 21;
  constexpr const char* clear = "\033[2J\033[H";
  return fmt::format("{}{}The same as a page: {}\n", clear,
                     training_in_terminal(read_training_log(training_log), columns, lines),
                     printable(page.string()));
}

}  // namespace

constexpr int kRevision = 9;

int main(int argc, char** argv) {
  Stage stage("report", kRevision,
              "Draws a pipeline's artifacts: report.html and figures as PNG and SVG.",
              "unetflow-report"
              " --input work/phantom/*/0*.json work/phantom/evaluation/evaluation.json --output "
              "work/phantom/report/report.json");
  fs::path training_log;
  stage.option(
      "--training", training_log,
      "metrics.jsonl of a running training, or the folder where its model will be; the page then "
      "refreshes itself");
  bool terminal = false;
  stage.flag("--terminal", terminal, "Also draws the loss of --training in the terminal");
  stage.input_is_optional();
  return stage.run(argc, argv, [&] {
    const auto config = stage.config<ReportConfig>();
    if (fs::is_directory(training_log)) training_log = find_training_log(training_log);
    const bool live = !training_log.empty();
    if (terminal && !live) throw InputError("--terminal", "expected --training as well");
    Json recorded = config;
    if (live) recorded["live"] = true;
    auto manifest = stage.manifest("report", recorded);
    if (live) stage.start_writing();
    if (!live && stage.up_to_date(manifest)) return;
    ArtifactWriter report(stage.output);
    manifest.contents = write_report(config, stage.inputs(), training_log, report, stage.quiet);
    stage.commit(report, std::move(manifest));
    if (terminal) {
      stage.print(drawn_in_terminal(training_log, stage.output.parent_path() / "report.html"));
    }
  });
}
