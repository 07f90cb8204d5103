#include "training/accumulation.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace unetflow {

Batches batches_from(std::int64_t first, const TrainConfig& config, std::int64_t samples,
                     int processes) {
  const AccumulationGroups groups{config.accumulation_steps, divided_up(samples, config.batch)};
  const std::int64_t number = first / config.batch, group_size = groups.size(number);
  const std::int64_t left = group_size - number % groups.steps;
  const std::int64_t count = std::min<std::int64_t>(processes, left);
  return {.number = number,
          .count = count,
          .samples = std::min((number + count) * config.batch, samples) - first,
          .group_size = group_size,
          .begin_update = number % groups.steps == 0,
          .end_update = count == left};
}

void check_share(const TrainConfig& config, std::int64_t samples, int processes,
                 const std::string& place) {
  const std::int64_t batches = divided_up(samples, config.batch);
  if (std::min<std::int64_t>(config.accumulation_steps, batches) >= processes) return;
  throw InputError(
      place + " at /accumulation_steps",
      fmt::format("{} processes share out the batches of an update, which are {}: expected at "
                  "least {}, or fewer processes",
                  processes,
                  batches < config.accumulation_steps
                      ? fmt::format("all {} of an epoch", batches)
                      : fmt::format("{}", config.accumulation_steps),
                  processes));
}

}  // namespace unetflow
