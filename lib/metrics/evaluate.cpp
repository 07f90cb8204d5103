#include "metrics/evaluate.hpp"

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

}  // namespace unetflow
