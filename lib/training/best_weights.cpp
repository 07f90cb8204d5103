#include "training/best_weights.hpp"

#include <cmath>
#include <limits>

namespace unetflow {

void BestWeights::offer(double score, std::uint32_t epoch,
                        const std::function<Tensors()>& weights) {
  const double comparable = std::isfinite(score) ? score : std::numeric_limits<double>::lowest();
  if (!empty() && comparable <= score_) {
    ++measurements_since_;
    return;
  }
  score_ = comparable;
  epoch_ = epoch;
  measurements_since_ = 0;
  weights_ = weights();
}

Json BestWeights::progress() const {
  return {{"score", score_}, {"epoch", epoch_}, {"measurements_since", measurements_since_}};
}

void BestWeights::restore(const Json& progress, Tensors weights) {
  progress.at("score").get_to(score_);
  progress.at("epoch").get_to(epoch_);
  progress.at("measurements_since").get_to(measurements_since_);
  weights_ = std::move(weights);
}

}  // namespace unetflow
