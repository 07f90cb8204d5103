// What a running training plans, in a file beside its log: for those who watch it. It is written
// when a run begins, so the time of the file is when that was; no clock is in it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

#include "artifact/manifest.hpp"

namespace unetflow {

struct TrainingRun {
  std::int64_t updates = 0;   ///< of the whole training, if nothing ends it earlier
  std::int64_t begun_at = 0;  ///< updates that were done when this run began
  std::int64_t samples = 0;   ///< in an epoch
  Json config;                ///< the training's, with those of augment and weightmap on the fly
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TrainingRun, updates, begun_at, samples, config)

/// `log` is the training's metrics.jsonl. Throws Error when it cannot be written.
void write_training_run(const fs::path& log, const TrainingRun& run);
/// Nothing where there is none, as beside a model's log. Throws InputError when it cannot be read.
std::optional<TrainingRun> read_training_run(const fs::path& log);

/// How long the training will take from the update `done` on, at the speed of this run so far;
/// nothing before its first update.
std::optional<double> seconds_left(const fs::path& log, const TrainingRun& run, std::int64_t done);

}  // namespace unetflow
