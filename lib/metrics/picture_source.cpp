#include "metrics/picture_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "artifact/picture_shard.hpp"
#include "artifact/preprocessing.hpp"
#include "core/error.hpp"
#include "metrics/check_size.hpp"

namespace unetflow {
namespace {

/// An image's part of a shard of images, predictions or segments.
struct Part {
  const ShardReader* shard = nullptr;  ///< none: there is no such part
  PictureEntry entry;

  bool is_there() const { return shard != nullptr; }

  std::string place() const {
    return fmt::format("{} image {}", shard->path().string(), entry.name);
  }
};

struct ShardPicture {
  Part image;
  Part prediction, segments;
};

PredictedPicture labelled(const ShardPicture& source, LabelledPicture picture) {
  PredictedPicture out;
  out.name = source.image.entry.name;
  out.index = source.image.entry.index;
  out.label = std::move(picture.label);
  out.instances = std::move(picture.instances);
  out.class_count = source.image.shard->manifest().classes();
  return out;
}

PredictedPicture read_label(const ShardPicture& source) {
  return labelled(source, read_label_and_instances(*source.image.shard, source.image.entry));
}

PredictedPicture read_prediction(const ShardPicture& source) {
  PredictedPicture picture = read_label(source);
  auto foreground = read_foreground(*source.prediction.shard, source.prediction.entry);
  check_size(foreground.probability, source.prediction.place(), picture.label,
             source.image.shard->path().string());
  picture.foreground = std::move(foreground.probability);
  picture.classes = std::move(foreground.classes);
  picture.cores = std::move(foreground.cores);
  return picture;
}

PredictedPicture read_cells(const ShardPicture& source) {
  PredictedPicture picture = read_label(source);
  const auto& [shard, entry] = source.segments;
  picture.segments = read_segments(*shard, entry);
  if (picture.class_count > 2) picture.classes = read_segment_classes(*shard, entry);
  check_size(picture.segments, source.segments.place(), picture.label,
             source.image.shard->path().string());
  return picture;
}

PredictedPicture read_gray_values(const ShardPicture& source) {
  auto picture = read_labelled_picture(*source.image.shard, source.image.entry);
  const auto input = std::move(picture.input);
  PredictedPicture out = labelled(source, std::move(picture));
  out.class_count = 2;
  out.foreground = Picture<float>(input.height, input.width);
  const auto channels = static_cast<float>(input.channels);
  for (size_t i = 0; i < input.values.size(); ++i) {
    out.foreground.values[i % out.foreground.values.size()] += input.values[i] / channels;
  }
  return out;
}

/// What the manifests among the inputs of evaluate hold.
struct Shards {
  std::vector<std::unique_ptr<ShardReader>> readers;
  std::map<std::int64_t, ShardPicture> labelled;  ///< by index
  std::set<std::int64_t> unlabelled;              ///< indices
  std::vector<Part> predictions, segments;
  size_t unlabelled_predictions = 0, unlabelled_segments = 0;
  bool has_segments = false;
  std::set<std::int64_t> chosen_on;  ///< indices of the images that the threshold was chosen on
};

void add_images(const ShardReader& shard, Shards& shards) {
  for (const auto& entry : picture_entries(shard.manifest())) {
    if (entry.labelled) {
      shards.labelled[entry.index] = {{&shard, entry}, {}, {}};
    } else {
      shards.unlabelled.insert(entry.index);
    }
  }
}

void add_shard(const ShardReader& shard, const std::vector<std::string>& subsets, Shards& shards) {
  const std::string& kind = shard.manifest().kind;
  if (kind == "images") return add_images(shard, shards);
  const bool segments = kind == "segments";
  auto& parts = segments ? shards.segments : shards.predictions;
  auto& unlabelled = segments ? shards.unlabelled_segments : shards.unlabelled_predictions;
  for (const auto& entry : picture_entries(shard.manifest())) unlabelled += !entry.labelled;
  for (const auto& entry : picture_entries(shard.manifest(), subsets)) {
    parts.push_back({&shard, entry});
  }
  if (!segments) return;
  shards.has_segments = true;
  for (const auto index : shard.manifest().content<std::vector<std::int64_t>>("chosen_on")) {
    shards.chosen_on.insert(index);
  }
}

Shards open_shards(const std::vector<fs::path>& inputs, const std::vector<std::string>& subsets) {
  Shards shards;
  std::vector<fs::path> images;
  for (const auto& input : inputs) {
    const std::string kind = read_manifest(input).kind;
    if (kind != "images" && kind != "predictions" && kind != "segments") {
      throw InputError(input.string(), fmt::format("is an artifact of kind \"{}\", expected "
                                                   "\"images\", \"predictions\" or \"segments\"",
                                                   kind));
    }
    shards.readers.push_back(std::make_unique<ShardReader>(input));
    const ShardReader& shard = *shards.readers.back();
    const ShardReader& first = *shards.readers.front();
    if (cell_classes(shard.manifest()) != cell_classes(first.manifest())) {
      throw InputError(
          input.string(),
          fmt::format("has {} classes, expected {} like {}", cell_classes(shard.manifest()),
                      cell_classes(first.manifest()), first.path().string()));
    }
    add_shard(shard, subsets, shards);
    if (kind == "images") images.push_back(input);
  }
  check_one_set(images);
  return shards;
}

/// Gives the labelled images what was predicted for them; `predicted` is where in one it goes.
void match(const std::vector<Part>& parts, Part ShardPicture::*predicted, Shards& shards) {
  for (const auto& part : parts) {
    const std::string where = part.shard->path().string();
    const std::string& name = part.entry.name;
    if (shards.unlabelled.contains(part.entry.index)) continue;
    const auto image = shards.labelled.find(part.entry.index);
    if (image == shards.labelled.end()) {
      throw InputError(
          where, fmt::format("predicts image {}, which is in none of the images manifests", name));
    }
    ShardPicture& picture = image->second;
    if (picture.image.entry.name != name) {
      throw InputError(where,
                       fmt::format("predicts image {} where {} has image {}", name,
                                   picture.image.shard->path().string(), picture.image.entry.name));
    }
    if ((picture.*predicted).is_there()) {
      throw InputError(where, fmt::format("predicts image {}, which {} predicts already", name,
                                          (picture.*predicted).shard->path().string()));
    }
    picture.*predicted = part;
  }
}

/// Leaves out those that the threshold was chosen on, unless these are all.
void leave_out_chosen_on(const std::set<std::int64_t>& chosen_on,
                         std::vector<ShardPicture>& pictures, std::vector<std::string>& remarks) {
  const auto known = [&](const ShardPicture& picture) {
    return chosen_on.contains(picture.image.entry.index);
  };
  const auto count = std::count_if(pictures.begin(), pictures.end(), known);
  if (count == 0) return;
  if (count < static_cast<Index>(pictures.size())) {
    std::erase_if(pictures, known);
    remarks.push_back(
        fmt::format("{} images are left out: the threshold was chosen on them", count));
  } else {
    remarks.emplace_back(
        "the threshold was chosen on the very images that are measured; hold some out in the "
        "split's configuration");
  }
}

}  // namespace

PictureSource predicted_shards(const std::vector<fs::path>& inputs,
                               const std::vector<std::string>& subsets) {
  // The lambdas keep the shards open.
  const auto shards = std::make_shared<Shards>(open_shards(inputs, subsets));
  PictureSource source;
  match(shards->predictions, &ShardPicture::prediction, *shards);
  match(shards->segments, &ShardPicture::segments, *shards);
  source.unlabelled =
      shards->has_segments ? shards->unlabelled_segments : shards->unlabelled_predictions;
  const auto chosen = std::make_shared<std::vector<ShardPicture>>();
  bool probabilities = !shards->predictions.empty();
  for (const auto& [index, picture] : shards->labelled) {
    if (!(shards->has_segments ? picture.segments : picture.prediction).is_there()) continue;
    chosen->push_back(picture);
    probabilities = probabilities && picture.prediction.is_there();
  }
  leave_out_chosen_on(shards->chosen_on, *chosen, source.remarks);
  source.count = chosen->size();
  for (const auto& picture : *chosen) source.indices.push_back(picture.image.entry.index);
  const auto reads = [&](PredictedPicture (*read)(const ShardPicture&)) {
    return [shards, chosen, read](size_t i) { return read(chosen->at(i)); };
  };
  source.read = reads(shards->has_segments ? read_cells : read_prediction);
  if (shards->has_segments && probabilities) source.probabilities = reads(read_prediction);
  source.baseline = reads(read_gray_values);
  return source;
}

}  // namespace unetflow
