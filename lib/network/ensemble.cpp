#include "network/ensemble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

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

Ensemble::Ensemble(Model model) : models_{std::move(model)} {}

void Ensemble::load(const PredictConfig& config, int threads) {
  config_ = config;
  for (const auto& model : models_) {
    networks_.push_back(load_network(config, model, threads));
    predictors_.emplace_back(config, *networks_.back(), model.output_size);
  }
}

bool Ensemble::is_whole() const { return config_.test_time_augmentation || config_.resample; }

Picture<float> Ensemble::mean_of_whole(Stack<const float> image, const std::string& place,
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

namespace {

/// What one model gives, in pieces of any number of rows.
class Pieces {
 public:
  explicit Pieces(TileRows rows) : rows_(std::move(rows)) {}

  /// Adds the next rows of the image to all rows of a sum.
  void add_to(Picture<float>& sum) {
    for (Index y = 0; y < sum.height;) {
      if (used_ == piece_.height) {
        piece_ = rows_.next().value();
        used_ = 0;
      }
      const Index count = std::min(sum.height - y, piece_.height - used_);
      for (Index c = 0; c < sum.channels; ++c) {
        const float* const from = piece_.plane(c).row(used_);
        float* const to = sum.plane(c).row(y);
        std::transform(from, from + count * sum.width, to, to, std::plus<>());
      }
      used_ += count;
      y += count;
    }
  }

 private:
  TileRows rows_;
  Picture<float> piece_;
  Index used_ = 0;  ///< rows of the piece
};

}  // namespace

std::vector<RowRange> Ensemble::parts(Index height, Index width) const {
  if (is_whole()) return {{0, height}};
  std::map<Index, size_t> begins;
  for (const auto& model : models_) {
    for (const RowRange part :
         rows_of_tiles(config_, model.network, model.output_size, height, width)) {
      ++begins[part.first];
    }
  }
  std::vector<RowRange> parts;
  for (const auto& [first, count] : begins) {
    if (count < models_.size()) continue;
    if (!parts.empty()) parts.back().end = first;
    parts.push_back({first, height});
  }
  return parts;
}

void Ensemble::predict(Stack<const float> image, const std::string& place,
                       const std::vector<std::array<double, 2>>& scales, RowRange range,
                       const Rows& rows) const {
  if (is_whole()) return rows(mean_of_whole(image, place, scales));
  std::vector<Pieces> pieces;
  for (const auto& predictor : predictors_) {
    pieces.emplace_back(predictor.rows(image, place, range));
  }
  for (const RowRange part : parts(image.height, image.width)) {
    if (part.first < range.first || part.end > range.end) continue;
    Picture<float> mean(models_[0].network.classes, part.count(), image.width);
    for (auto& of_model : pieces) of_model.add_to(mean);
    if (pieces.size() > 1) {
      for (float& value : mean.values) value /= static_cast<float>(pieces.size());
    }
    rows(mean);
  }
}

}  // namespace unetflow
