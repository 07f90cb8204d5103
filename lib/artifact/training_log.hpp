// metrics.jsonl, the log of a training: one JSON object per line, one for each update of the
// weights and one at the end of each epoch. While a training runs its log only grows, in the folder
// of its checkpoints, each of which says how many bytes of it came before; the model gets a copy.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "artifact/manifest.hpp"

namespace unetflow {

/// What the validation measures, on all of its images together at the best thresholds.
struct ValidationScores {
  double v_rand = 0;
  double v_info = 0;
  double pixel_error = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ValidationScores, v_rand, v_info, pixel_error)

struct UpdateRecord {
  std::int64_t step = 0;  ///< updates before this one
  std::uint32_t epoch = 0;
  double loss = 0;  ///< mean over the update's batches
  double learning_rate = 0;
};

struct EpochRecord {
  std::uint32_t epoch = 0;
  double mean_loss = 0;  ///< over the epoch's samples
  std::optional<ValidationScores> validation;
};

/// A line without its end. A loss that is not a number is written as null.
std::string log_line(const UpdateRecord& record);
std::string log_line(const EpochRecord& record);

/// A log that grows on disk.
class TrainingLogWriter {
 public:
  /// Opens the log, cut to its first `bytes`; or creates it, with its folder.
  TrainingLogWriter(fs::path file, std::uintmax_t bytes);
  /// Throws Error naming the file if it cannot be written. A line can be read as soon as this
  /// returns.
  void append(const std::string& line);

 private:
  fs::path file_;
};

/// A log as series, for figures.
struct TrainingLog {
  using Series = std::vector<std::array<double, 2>>;
  Series loss, learning_rate;                ///< by step
  Series mean_loss;                          ///< by epoch
  std::map<std::string, Series> validation;  ///< by epoch, for each score
};

/// Values that are not numbers are left out. Throws InputError naming the line that is not a JSON
/// object.
TrainingLog read_training_log(const fs::path& file);
/// The same of the file `name` of an artifact, compared with the manifest's SHA-256.
TrainingLog read_training_log(const Manifest& manifest, const std::string& name);

/// The log of the training whose model is, or will be, in this folder: that of the running training
/// if there is one, else the model's. Throws InputError if there is neither.
fs::path find_training_log(const fs::path& model_folder);

}  // namespace unetflow
