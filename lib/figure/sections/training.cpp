// The loss and what was measured while the network was trained.
#include "figure/report_builder.hpp"
#include "figure/training_figures.hpp"

namespace unetflow::section {

void training(ReportBuilder& builder) {
  const auto models = builder.of("model");
  const fs::path& file = builder.training;
  if (file.empty() && models.empty()) return;
  builder.page.section("Training");
  const TrainingLog log = file.empty()
                              ? read_training_log(models.front()->manifest, "metrics.jsonl")
                              : read_training_log(file);
  if (!log.loss.empty()) builder.draw(training_figure(log));
}

}  // namespace unetflow::section
