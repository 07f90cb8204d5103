// Several models, such as those of folds or seeds, whose mean is predicted.
#pragma once

#include <array>
#include <functional>
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
  /// and where one tells other classes apart than the first, or was trained on cells with other
  /// rims. Loads no weights yet.
  explicit Ensemble(const std::vector<std::filesystem::path>& manifests);
  explicit Ensemble(Model model);
  const std::vector<Model>& models() const { return models_; }

  /// Loads all networks.
  void load(const PredictConfig& config, int threads);
  const std::vector<std::shared_ptr<const Network>>& networks() const { return networks_; }

  /// The parts of an image that predict() can begin with and end with: from each row in which tiles
  /// of all models begin to the next such; the whole image with test-time augmentation and where it
  /// is resampled.
  std::vector<RowRange> parts(Index height, Index width) const;
  /// Takes the next part of an image, [class, rows, width].
  using Rows = std::function<void(const Picture<float>&)>;
  /// Gives the mean of one or more successive parts, which `range` is, each as soon as all models
  /// have it; `scales` are of each model, as Predictor takes them. No more of it is in memory than
  /// a part and, of each model, a row of tiles.
  void predict(Stack<const float> image, const std::string& place,
               const std::vector<std::array<double, 2>>& scales, RowRange range,
               const Rows& rows) const;

 private:
  bool is_whole() const;
  Picture<float> mean_of_whole(Stack<const float> image, const std::string& place,
                               const std::vector<std::array<double, 2>>& scales) const;

  std::vector<Model> models_;
  PredictConfig config_;
  std::vector<std::shared_ptr<const Network>> networks_;
  std::vector<Predictor> predictors_;
};

}  // namespace unetflow
