#include "metrics/evaluate.hpp"

#include <utility>

#include "metrics/measure_pictures.hpp"

namespace unetflow {

Evaluation evaluate(const Metrics& metrics, const BootstrapConfig& bootstrap, std::size_t count,
                    const std::function<PredictedPicture(std::size_t)>& read, int threads,
                    const std::function<void()>& done) {
  const auto measures = measure_pictures(metrics, count, read, threads, done);
  Evaluation evaluation;
  for (const auto& image : measures) evaluation.images.push_back({image.name, image.index});
  evaluation.metrics = summarise(bootstrap, metrics, measures);
  return evaluation;
}

Evaluation joined(Evaluation cells, Evaluation probabilities) {
  Evaluation both = cells;
  for (size_t m = 0; m < both.metrics.size(); ++m) {
    if (both.metrics[m].metric->of_probabilities) both.metrics[m] = probabilities.metrics[m];
  }
  both.segments = std::move(cells.metrics);
  both.probabilities = std::move(probabilities.metrics);
  return both;
}

}  // namespace unetflow
