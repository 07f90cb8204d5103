#include "training/check_checkpoint.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "training/accumulation.hpp"

namespace unetflow {
namespace {

[[noreturn]] void refuse(const std::string& place, const char* pointer, std::int64_t found,
                         const std::string& expected) {
  throw InputError(fmt::format("{} at {}", place, pointer),
                   fmt::format("is {}, expected {}", found, expected));
}

}  // namespace

void check_position(const TrainConfig& config, std::int64_t samples,
                    const TrainingPosition& position, const std::string& place) {
  if (position.epoch >= config.epochs) {
    refuse(place, "/position/epoch", position.epoch,
           fmt::format("less than {}, the training's epochs", config.epochs));
  }
  const AccumulationGroups groups{config.accumulation_steps, divided_up(samples, config.batch)};
  const std::int64_t done = position.samples_done;
  const std::int64_t batches = divided_up(done, config.batch);
  const bool whole_updates = done == samples || (done % config.batch == 0 && done < samples &&
                                                 batches % config.accumulation_steps == 0);
  if (done < 0 || !whole_updates) {
    refuse(place, "/position/samples_done", done,
           fmt::format("whole updates of {} samples in {}",
                       std::int64_t{config.batch} * config.accumulation_steps, samples));
  }
  const std::int64_t step =
      position.epoch * groups.count() + divided_up(batches, config.accumulation_steps);
  if (position.step != step) {
    refuse(place, "/position/step", position.step,
           fmt::format("{} after {} epochs and {} samples", step, position.epoch, done));
  }
}

void check_best(const TrainConfig& config, const TrainingPosition& position,
                const BestWeights& best, const std::string& place) {
  const int every = config.validation.every;
  const std::int64_t measured = every > 0 ? position.epoch / every : 0;
  if (best.empty()) {
    if (measured > 0) {
      refuse(place, "/progress/best/epoch", -1, fmt::format("one of {} measurements", measured));
    }
    return;
  }
  if (best.epoch() >= position.epoch || every == 0 || (best.epoch() + 1) % every != 0) {
    refuse(place, "/progress/best/epoch", best.epoch(),
           every == 0 ? "-1, as nothing is measured"
                      : fmt::format("a multiple of {}, less 1, below {}", every, position.epoch));
  }
  const std::int64_t since = measured - (best.epoch() + 1) / every;
  if (best.measurements_since() != since) {
    refuse(place, "/progress/best/measurements_since", best.measurements_since(),
           fmt::format("{} after {} measurements", since, measured));
  }
}

}  // namespace unetflow
