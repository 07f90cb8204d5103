#include "plan/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "core/error.hpp"
#include "ingest/split.hpp"
#include "network/geometry.hpp"

namespace unetflow {
namespace {

constexpr int kShallowest = 3, kDeepest = 5;  // poolings, unless images are very small
constexpr Index kUsualOutput = 388;           // px; the paper's
constexpr double kPixelsOfBatch = 260 * 260;  // of outputs: smaller tiles come several together
constexpr int kLargestBatch = 8;
constexpr double kFewestUpdates = 200, kMostUpdates = 4000;
constexpr double kUpdatesOfWider = 1500;  // a wider network is worth it from so many on
constexpr double kLeastRounds = 3;        // each tile is seen at least so often
constexpr size_t kCalibrating = 8;        // images (artifact/picture_split.hpp)

/// The middle of heights or of widths.
Index median_side(const Fingerprint& data, size_t axis) {
  std::vector<Index> sides;
  for (const auto& size : data.sizes) sides.push_back(size[axis]);
  std::nth_element(sides.begin(), sides.begin() + static_cast<std::ptrdiff_t>(sides.size() / 2),
                   sides.end());
  return sides[sides.size() / 2];
}

Index smaller_side(const Fingerprint& data) {
  return std::min(median_side(data, 0), median_side(data, 1));
}

/// As many poolings as let an output pixel see half of a large cell, and no more than the images
/// have room for.
int depth_for(const Fingerprint& data) {
  int depth = kShallowest;
  const auto margin = [&] { return unet_geometry(depth).margin; };
  while (depth < kDeepest && 2 * static_cast<double>(margin()) < data.width) ++depth;
  while (depth > 1 && margin() >= smaller_side(data)) --depth;
  return depth;
}

/// Tiles that cover a line of `size` px.
Index tiles_along(Index size, Index output, Index stride) {
  return size <= output ? 1 : 1 + (size - output + stride - 1) / stride;
}

/// Of an average image.
double tiles_per_image(const Fingerprint& data, Index output, Index stride) {
  double sum = 0;
  for (const auto& [height, width] : data.sizes) {
    sum += static_cast<double>(tiles_along(height, output, stride) *
                               tiles_along(width, output, stride));
  }
  return sum / static_cast<double>(data.sizes.size());
}

TrainingWork work_of(const Plan& plan) { return work_of_update(plan.shape); }

/// The tile that the images and the memory have room for; a batch is of no more of them than images
/// train.
void choose_tile(const Fingerprint& data, size_t training, const Machine& machine, Plan& plan) {
  const int most = std::clamp(static_cast<int>(training), 1, kLargestBatch);
  const NetworkGeometry geometry = unet_geometry(plan.shape.depth);
  const auto set = [&](Index wished) {
    plan.output_size = geometry.nearest_output_size(wished);
    plan.shape.input_size = plan.output_size + 2 * geometry.margin;
    const double pixels = static_cast<double>(plan.output_size * plan.output_size);
    plan.shape.batch = std::clamp(static_cast<int>(kPixelsOfBatch / pixels), 1, most);
    plan.bytes = bytes_of(work_of(plan));
  };
  set(std::min(kUsualOutput, smaller_side(data)));
  while (plan.bytes > machine.memory / 2 && plan.output_size > geometry.smallest_output) {
    set(plan.output_size / 2);
  }
}

/// The widest network that the time allows enough updates.
void choose_width(const Machine& machine, double minutes, Plan& plan) {
  const auto updates_with = [&](int width) {
    plan.shape.width = width;
    plan.seconds_per_update = seconds_of(work_of(plan), machine.speed);
    plan.bytes = bytes_of(work_of(plan));
    return 60 * minutes / plan.seconds_per_update;
  };
  for (const int width : {32, 24}) {
    if (updates_with(width) >= kUpdatesOfWider && plan.bytes < machine.memory / 2) return;
  }
  for (const int width : {16, 12, 8}) {
    if (updates_with(width) >= kFewestUpdates) return;
  }
}

/// Tiles overlap as much as leaves each of them seen several times.
void choose_rounds(const Fingerprint& data, size_t training, double minutes, Plan& plan) {
  const double wished =
      std::clamp(60 * minutes / plan.seconds_per_update, kFewestUpdates, kMostUpdates);
  const double samples = wished * plan.shape.batch;
  double tiles = 0;
  for (const Index part : {3, 2, 1}) {
    plan.stride = std::max<Index>(plan.output_size / part / 4 * 4, 4);
    tiles = tiles_per_image(data, plan.output_size, plan.stride) * static_cast<double>(training);
    if (kLeastRounds * tiles <= samples) break;
  }
  plan.tiles = std::max<Index>(static_cast<Index>(std::lround(tiles)), 1);
  const Index of_epoch = (plan.tiles + plan.shape.batch - 1) / plan.shape.batch;
  plan.epochs = std::max(1, static_cast<int>(std::lround(wished / static_cast<double>(of_epoch))));
  plan.updates = plan.epochs * of_epoch;
}

/// Eight orientations where that takes no more than a part of the training's time.
void choose_prediction(const Fingerprint& data, size_t training, Plan& plan) {
  const double images = static_cast<double>(plan.held_out + data.pictures.size() - data.labelled +
                                            std::min(training, kCalibrating));
  const double forward = plan.seconds_per_update / (3 * plan.shape.batch);
  const Index step = std::max<Index>(plan.output_size * 3 / 4, 1);
  plan.prediction_seconds = images * forward * tiles_per_image(data, plan.output_size, step);
  constexpr double kOrientations = 8, kMost = 0.3;
  const double training_seconds = static_cast<double>(plan.updates) * plan.seconds_per_update;
  plan.test_time_augmentation = kOrientations * plan.prediction_seconds < kMost * training_seconds;
  if (plan.test_time_augmentation) plan.prediction_seconds *= kOrientations;
}

void choose_weights(const Fingerprint& data, Plan& plan) {
  constexpr double kSomeTouch = 0.05, kRare = 0.1;
  const std::string& kind = data.ingest.labels.kind;
  const bool objects = data.task == "objects" && kind != "classes" && !data.are_lines;
  plan.weigh_gaps = objects && (kind == "binary" || data.touching > kSomeTouch);
  plan.balance_classes = data.task == "objects" && data.rarest < kRare;
}

/// A name as a pattern of split.json that matches nothing else.
std::string literally(const std::string& name) {
  std::string pattern;
  for (const char c : name) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

/// A fifth, rounded.
size_t held_out_of(size_t count) {
  constexpr size_t kMost = 10;
  return std::clamp<size_t>((count + 2) / 5, 1, kMost);
}

std::vector<std::string> last_pages(const std::vector<const SourcePicture*>& pages) {
  const size_t count = held_out_of(pages.size());
  std::vector<std::string> names;
  for (size_t i = pages.size() - count; i < pages.size(); ++i) {
    names.push_back(literally(pages[i]->name));
  }
  return names;
}

}  // namespace

std::vector<std::string> holdout_of(const std::vector<SourcePicture>& pictures) {
  std::vector<const SourcePicture*> labelled;
  std::vector<std::string> files;
  std::map<std::string, int> stems;
  for (const auto& picture : pictures) {
    const std::string& file = picture.picture.file;
    const bool is_next = files.empty() || files.back() != file;
    if (!picture.labels.empty()) labelled.push_back(&picture);
    if (!picture.labels.empty() && is_next) files.push_back(file);
  }
  if (labelled.size() < 2) return {};
  if (files.size() == 1) return last_pages(labelled);
  const auto stem = [](const std::string& file) { return fs::path(file).stem().string(); };
  for (const auto& file : files) ++stems[stem(file)];
  const size_t count = held_out_of(files.size());
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) {
    const auto& file = files[(2 * i + 1) * files.size() / (2 * count)];
    const bool is_only = stems[stem(file)] == 1;
    names.push_back(
        literally(is_only ? stem(file) : fs::path(file).replace_extension().generic_string()));
  }
  return names;
}

Plan plan_for(const Fingerprint& data, const Machine& machine, double minutes,
              const std::string& place) {
  Plan plan;
  plan.holdout = holdout_of(data.pictures);
  if (plan.holdout.empty()) {
    throw InputError(place,
                     "gives one labelled image, expected at least two: some train, and one "
                     "is held out to be measured; cut it into several");
  }
  for (const auto& picture : data.pictures) {
    PictureEntry entry;
    entry.name = picture.name;
    entry.source = picture.picture.file;
    plan.held_out += !picture.labels.empty() &&
                     std::any_of(plan.holdout.begin(), plan.holdout.end(),
                                 [&](const auto& name) { return names_picture(name, entry); });
  }
  const size_t training = data.labelled - plan.held_out;
  plan.shape.channels = static_cast<int>(data.channels);
  plan.shape.classes = data.classes();
  plan.shape.depth = depth_for(data);
  choose_tile(data, training, machine, plan);
  choose_width(machine, minutes, plan);
  choose_rounds(data, training, minutes, plan);
  choose_prediction(data, training, plan);
  choose_weights(data, plan);
  constexpr size_t kMostShards = 4, kImagesOfShard = 4;
  plan.shards =
      static_cast<int>(std::clamp<size_t>(data.pictures.size() / kImagesOfShard, 1, kMostShards));
  return plan;
}

std::string Plan::about_minutes() const {
  const double whole = std::ceil(minutes());
  return fmt::format("{:.0f} minute{}", whole, whole > 1 ? "s" : "");
}

std::string summary_of(const Fingerprint& data, const Plan& plan) {
  return fmt::format(
      "{}, large ones {:.0f} px wide; tiles of {} px, {} poolings, {} channels at first; {} of {} "
      "labelled images held out; {} updates: about {} and {:.1f} GB",
      data.task, data.width, plan.output_size, plan.shape.depth, plan.shape.width, plan.held_out,
      data.labelled, plan.updates, plan.about_minutes(), plan.bytes / 1e9);
}

}  // namespace unetflow
