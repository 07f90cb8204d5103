// The end of a training by the clock.
#pragma once

#include <functional>
#include <string>

#include "training/train_config.hpp"

namespace unetflow {

class TimeLimit {
 public:
  TimeLimit(const TrainConfig& config, std::int64_t planned_steps);
  /// Whether the limit ends training, `minutes` after this run began at update `first`, before
  /// update `step` with this learning rate. Tells early that it will, and then what that means for
  /// the schedule.
  bool is_over(double minutes, std::int64_t first, std::int64_t step, double rate,
               const std::function<void(const std::string& line)>& say);
  /// Whether it has ended training before all updates were done.
  bool was_over() const { return was_over_; }

 private:
  double limit_;  ///< minutes; 0: none
  std::uint32_t epochs_;
  double largest_rate_;
  std::string schedule_;
  std::int64_t planned_steps_;
  bool estimated_ = false, was_over_ = false;
};

}  // namespace unetflow
