#include "training/time_limit.hpp"

#include <fmt/format.h>

#include <cmath>

namespace unetflow {

TimeLimit::TimeLimit(const TrainConfig& config, std::int64_t planned_steps)
    : limit_(config.time_limit_minutes),
      epochs_(config.epochs),
      largest_rate_(config.optimiser.learning_rate),
      schedule_(config.schedule.kind),
      planned_steps_(planned_steps) {}

bool TimeLimit::is_over(double minutes, std::int64_t first, std::int64_t step, double rate,
                        const std::function<void(const std::string&)>& say) {
  if (limit_ == 0 || step == planned_steps_) return false;
  constexpr double kEnoughToEstimate = 0.05;  // of the limit
  if (!estimated_ && minutes > kEnoughToEstimate * limit_) {
    estimated_ = true;
    const double share = static_cast<double>(step - first) / minutes * limit_ /
                         static_cast<double>(planned_steps_ - first);
    if (share < 1 && say) {
      say(
          fmt::format("about {:.0f} % of the updates fit into time_limit_minutes: {} instead "
                      "of {} /epochs would",
                      100 * share, std::floor(share * epochs_), epochs_));
    }
  }
  if (minutes <= limit_) return false;
  was_over_ = true;
  if (say) {
    say(fmt::format("time_limit_minutes ends training after update {} of {}{}", step,
                    planned_steps_,
                    schedule_ == "constant"
                        ? ""
                        : fmt::format(", in the middle of schedule {}: the learning rate is {:.3g} "
                                      "of at most {:.3g}",
                                      schedule_, rate, largest_rate_)));
  }
  return true;
}

}  // namespace unetflow
