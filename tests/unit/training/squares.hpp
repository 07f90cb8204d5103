// Samples that a network learns in a moment.
#pragma once

#include <algorithm>

#include "core/random.hpp"
#include "training/trainer.hpp"

namespace unetflow {

/// Bright squares on dark ground with noise; the label is where it is bright. A function of sample
/// and epoch, so that it can begin anywhere.
class Squares final : public BatchSource {
 public:
  Squares(const TrainingData& data, TrainingPosition start, int batch)
      : data_(data), position_(start), size_(batch) {}

  const Batch* next() override {
    if (position_.samples_done == data_.samples) position_ = {position_.epoch + 1, 0, 0};
    batch_ = Batch();
    batch_.channels = 1;
    batch_.input_size = data_.input_size;
    batch_.output_size = data_.output_size;
    batch_.epoch = position_.epoch;
    batch_.first = position_.samples_done;
    batch_.size = std::min<Index>(size_, data_.samples - position_.samples_done);
    for (Index i = 0; i < batch_.size; ++i) add(position_.samples_done + i);
    position_.samples_done += batch_.size;
    return &batch_;
  }
  double seconds_waited() const override { return 0; }

  float bright = 1;

 private:
  void add(std::int64_t sample) {
    const auto key =
        random_key(1, Purpose::kNoise, position_.epoch, static_cast<std::uint64_t>(sample));
    for (Index y = 0; y < data_.input_size; ++y) {
      for (Index x = 0; x < data_.input_size; ++x) {
        const bool inside = (y / 7 + x / 7 + sample) % 2 == 0;
        const auto noise = static_cast<float>(
            0.1 * random_uniform(key, static_cast<std::uint64_t>(y * data_.input_size + x)));
        batch_.input.push_back((inside ? bright : 0) + noise);
        const Index margin = (data_.input_size - data_.output_size) / 2;
        if (y < margin || y >= data_.input_size - margin || x < margin ||
            x >= data_.input_size - margin)
          continue;
        batch_.label.push_back(inside);
        batch_.weight.push_back(inside ? 1 : 1.5F);
      }
    }
    batch_.samples.push_back({0, sample});
  }

  TrainingData data_;
  TrainingPosition position_;
  int size_;
  Batch batch_;
};

}  // namespace unetflow
