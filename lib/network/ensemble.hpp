// Several models, such as those of folds or seeds, whose mean is predicted.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "network/model.hpp"
#include "network/predictor.hpp"

namespace unetflow {

class Ensemble {
 public:
  /// At least one manifest of kind "model". Throws InputError(FILE, ...) where read_model() does,
  /// and where one tells other classes apart than the first. Loads no weights yet.
  explicit Ensemble(const std::vector<std::filesystem::path>& manifests);
  const std::vector<Model>& models() const { return models_; }

  /// Loads all networks.
  void load(const PredictConfig& config, int threads);
  /// The first of them.
  const Network& network() const { return *networks_.front(); }

  /// The mean of what the models predict, as Predictor does; `scales` are of each model.
  Picture<float> predict(Stack<const float> image, const std::string& place,
                         const std::vector<std::array<double, 2>>& scales) const;
  /// Of one model that is alone: rows of tiles, as Predictor gives them.
  void predict(Stack<const float> image, const std::string& place, RowRange range,
               const Predictor::Rows& rows) const {
    predictors_.at(0).predict(image, place, range, rows);
  }

 private:
  std::vector<Model> models_;
  std::vector<std::shared_ptr<const Network>> networks_;
  std::vector<Predictor> predictors_;
};

}  // namespace unetflow
