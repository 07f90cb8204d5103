#include "network/ensemble.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace unetflow {

Ensemble::Ensemble(const std::vector<std::filesystem::path>& manifests) {
  for (const auto& manifest : manifests) {
    models_.push_back(read_model(manifest));
    const auto classes = models_.back().network.classes, expected = models_[0].network.classes;
    if (classes != expected) {
      throw InputError(manifest.string(), fmt::format("has {} classes, expected {} like {}",
                                                      classes, expected, manifests[0].string()));
    }
    const auto rim = models_.back().rim, first = models_[0].rim;
    if (rim != first) {
      throw InputError(manifest.string(),
                       fmt::format("was trained on cells with rims of {} px, expected {} like {}",
                                   rim, first, manifests[0].string()));
    }
  }
}

void Ensemble::load(const PredictConfig& config, int threads) {
  for (const auto& model : models_) {
    networks_.push_back(load_network(config, model, threads));
    predictors_.emplace_back(config, *networks_.back(), model.output_size);
  }
}

Picture<float> Ensemble::predict(Stack<const float> image, const std::string& place,
                                 const std::vector<std::array<double, 2>>& scales) const {
  auto mean = predictors_[0].predict(image, place, scales.at(0));
  if (predictors_.size() == 1) return mean;
  for (size_t i = 1; i < predictors_.size(); ++i) {
    const auto own = predictors_[i].predict(image, place, scales.at(i));
    for (size_t k = 0; k < mean.values.size(); ++k) mean.values[k] += own.values[k];
  }
  for (float& value : mean.values) value /= static_cast<float>(predictors_.size());
  return mean;
}

}  // namespace unetflow
