#include "artifact/training_log.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "core/read_file.hpp"

namespace unetflow {
namespace {

// The fields of a line.
constexpr const char* kStep = "step";
constexpr const char* kEpoch = "epoch";
constexpr const char* kLoss = "loss";
constexpr const char* kLearningRate = "learning_rate";
constexpr const char* kMeanLoss = "mean_loss";
constexpr const char* kValidation = "validation";

constexpr const char* kFile = "metrics.jsonl";

constexpr std::uint64_t kLargestLog = std::uint64_t{1} << 30;  // bytes

void add_number(const Json& line, const char* key, const char* at, TrainingLog::Series& series) {
  const Json value = line.value(key, Json()), place = line.value(at, Json());
  if (value.is_number() && place.is_number()) series.push_back({place, value});
}

}  // namespace

std::string log_line(const UpdateRecord& record) {
  return Json{{kStep, record.step},
              {kEpoch, record.epoch},
              {kLoss, record.loss},
              {kLearningRate, record.learning_rate}}
      .dump();
}

std::string log_line(const EpochRecord& record) {
  Json line = {{kEpoch, record.epoch}, {kMeanLoss, record.mean_loss}};
  if (record.validation) line[kValidation] = *record.validation;
  return line.dump();
}

TrainingLogWriter::TrainingLogWriter(fs::path file, std::uintmax_t bytes) : file_(std::move(file)) {
  std::error_code error;
  fs::create_directories(file_.parent_path(), error);
  std::ofstream(file_, std::ios::binary | std::ios::app).close();  // makes it where it is missing
  fs::resize_file(file_, bytes, error);
  if (error) throw Error(file_.string() + ": cannot be written: " + error.message());
}

void TrainingLogWriter::append(const std::string& line) {
  // Opened for each line: microseconds beside an update of the weights.
  std::ofstream stream(file_, std::ios::binary | std::ios::app);
  stream << line << '\n';
  stream.close();
  if (!stream) throw Error(file_.string() + ": cannot be written: " + std::strerror(errno));
}

namespace {

TrainingLog parse_log(const std::string& text, const std::string& file) {
  TrainingLog log;
  std::istringstream stream(text);
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    const std::string place = fmt::format("{} line {}", file, number);
    const auto parsed = json_if_valid(line);
    if (!parsed || !parsed->is_object()) throw InputError(place, "is not a JSON object");
    const Json& json = *parsed;
    if (json.contains(kStep)) {
      add_number(json, kLoss, kStep, log.loss);
      add_number(json, kLearningRate, kStep, log.learning_rate);
    } else {
      add_number(json, kMeanLoss, kEpoch, log.mean_loss);
      const Json scores = json.value(kValidation, Json()), epoch = json.value(kEpoch, Json());
      if (!scores.is_object() || !epoch.is_number()) continue;
      for (const auto& [name, value] : scores.items()) {
        if (value.is_number()) log.validation[name].push_back({epoch, value});
      }
    }
  }
  return log;
}

}  // namespace

TrainingLog read_training_log(const fs::path& file) {
  return parse_log(read_file(file, kLargestLog), file.string());
}

TrainingLog read_training_log(const Manifest& manifest, const std::string& name) {
  return parse_log(verified_content(manifest, name), (manifest.path.parent_path() / name).string());
}

fs::path find_training_log(const fs::path& model_folder) {
  fs::path newest;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(model_folder / "checkpoints", missing)) {
    const fs::path log = entry.path() / kFile;
    if (!fs::exists(log)) continue;
    if (newest.empty() || fs::last_write_time(log) > fs::last_write_time(newest)) newest = log;
  }
  if (newest.empty()) newest = model_folder / kFile;
  if (!fs::exists(newest)) throw InputError(model_folder.string(), "has no training log");
  return newest;
}

}  // namespace unetflow
