// The loss and what was measured while the network was trained.
#include "figure/report_builder.hpp"
#include "figure/training_figures.hpp"

namespace unetflow::section {

void training(ReportBuilder& builder) {
  const auto models = builder.of("model");
  fs::path file = builder.training;
  if (file.empty() && models.empty()) return;
  if (file.empty()) file = models.front()->path.parent_path() / "metrics.jsonl";
  builder.page.section("Training");
  const TrainingLog log = read_training_log(file);
  if (!log.loss.empty()) builder.draw(training_figure(log));
}

}  // namespace unetflow::section
