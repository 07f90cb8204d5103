#include "artifact/training_run.hpp"

#include <algorithm>
#include <chrono>

#include "artifact/atomic_file.hpp"
#include "core/error.hpp"

namespace unetflow {
namespace {

fs::path run_beside(const fs::path& log) { return fs::path(log).replace_filename("training.run"); }

}  // namespace

void write_training_run(const fs::path& log, const TrainingRun& run) {
  make_folder(folder_of(log));
  write_file_atomically(run_beside(log), Json(run).dump(2) + "\n");
}

std::optional<TrainingRun> read_training_run(const fs::path& log) {
  const fs::path file = run_beside(log);
  if (!fs::exists(file)) return {};
  const Json json = load_json(file);
  try {
    auto run = json.get<TrainingRun>();
    if (run.samples > 0 && run.config.is_object()) return run;
  } catch (const Json::exception&) {  // told below
  }
  throw InputError(file.string(),
                   "is not of a training, expected updates, begun_at, samples and config");
}

std::optional<double> seconds_left(const fs::path& log, const TrainingRun& run, std::int64_t done) {
  if (done <= run.begun_at) return {};
  const std::chrono::duration<double> taken =
      fs::last_write_time(log) - fs::last_write_time(run_beside(log));
  if (taken.count() <= 0) return {};
  return taken.count() / static_cast<double>(done - run.begun_at) *
         static_cast<double>(std::max<std::int64_t>(run.updates - done, 0));
}

}  // namespace unetflow
