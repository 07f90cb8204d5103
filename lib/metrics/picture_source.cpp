#include "metrics/picture_source.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <memory>
#include <set>

#include "artifact/picture_shard.hpp"
#include "artifact/value_checks.hpp"
#include "core/error.hpp"
#include "image/probability.hpp"
#include "ingest/ingest.hpp"
#include "ingest/picture_folder.hpp"

namespace unetflow {
namespace {

using Size = std::pair<Index, Index>;

void check_size(Size size, const std::string& where, Size expected, const std::string& other) {
  if (size != expected) {
    throw InputError(
        where, fmt::format("is {} x {} (height x width), expected {} x {} like {}", size.first,
                           size.second, expected.first, expected.second, other));
  }
}

// ---- shards

struct ShardPicture {
  const ShardReader* images = nullptr;
  const ShardReader* predictions = nullptr;
  PictureEntry image, prediction;
};

PredictedPicture with_label(const ShardPicture& source, LabelledPicture& labelled) {
  PredictedPicture picture;
  picture.name = source.image.name;
  picture.index = source.image.index;
  picture.label = std::move(labelled.label);
  picture.instances = std::move(labelled.instances);
  return picture;
}

PredictedPicture read_prediction(const ShardPicture& source) {
  LabelledPicture labelled = read_labelled_picture(*source.images, source.image);
  PredictedPicture picture = with_label(source, labelled);
  const std::string where =
      fmt::format("{} image {}", source.predictions->path().string(), source.prediction.name);
  const Picture<float> probability = read_probability(*source.predictions, source.prediction);
  check_size({probability.height, probability.width}, where,
             {picture.label.height, picture.label.width}, source.images->path().string());
  const size_t size = picture.label.values.size();
  picture.foreground = foreground_probability(probability);
  picture.class_count = static_cast<int>(probability.channels);
  if (probability.channels > 2) {
    picture.classes = Picture<std::uint8_t>(probability.height, probability.width);
    for (size_t i = 0; i < size; ++i) {
      size_t best = 0;
      for (size_t c = 1; c < static_cast<size_t>(probability.channels); ++c) {
        if (probability.values[c * size + i] > probability.values[best * size + i]) best = c;
      }
      picture.classes.values[i] = static_cast<std::uint8_t>(best);
    }
  }
  return picture;
}

PredictedPicture read_gray_values(const ShardPicture& source) {
  LabelledPicture labelled = read_labelled_picture(*source.images, source.image);
  PredictedPicture picture = with_label(source, labelled);
  picture.foreground = Picture<float>(labelled.input.height, labelled.input.width);
  const auto channels = static_cast<float>(labelled.input.channels);
  for (size_t i = 0; i < labelled.input.values.size(); ++i) {
    picture.foreground.values[i % picture.foreground.values.size()] +=
        labelled.input.values[i] / channels;
  }
  return picture;
}

// ---- stacks from elsewhere

/// A page of one channel, of the same type as the stack's first page.
PicturePage read_checked(PictureFolder& folder, const PageAddress& address,
                         const std::string& type) {
  PicturePage page = folder.read(address);
  const Index channels =
      std::visit([](const auto& picture) { return picture.channels; }, page.values);
  if (channels != 1) {
    throw InputError(folder.place(address), fmt::format("has {} channels, expected one", channels));
  }
  if (type_name(page) != type) {
    throw InputError(
        folder.place(address),
        fmt::format("has {} values, expected {} like the first page", type_name(page), type));
  }
  return page;
}

void set_label(PredictedPicture& out, const PicturePage& page, bool instances,
               const std::string& where) {
  check_lossless(page, where);
  if (instances) {
    out.instances = label_values(page, where);
    out.label = Picture<std::uint8_t>(out.instances.height, out.instances.width);
    for (size_t i = 0; i < out.label.values.size(); ++i) {
      out.label.values[i] = out.instances.values[i] > 0;
    }
    return;
  }
  std::visit(
      [&](const auto& picture) {
        out.label = Picture<std::uint8_t>(picture.height, picture.width);
        for (size_t i = 0; i < picture.values.size(); ++i) {
          const auto value = static_cast<double>(picture.values[i]);
          if (std::isnan(value)) {
            const auto pixel = static_cast<Index>(i);
            throw InputError(
                where, fmt::format("has the value {} at y = {}, x = {}, expected labels", value,
                                   pixel / picture.width, pixel % picture.width));
          }
          out.label.values[i] = value > 0;
        }
      },
      page.values);
}

Picture<float> probabilities(const PicturePage& page, const std::string& where) {
  Picture<float> out = std::visit(
      [&](const auto& picture) -> Picture<float> {
        using T = typename std::decay_t<decltype(picture.values)>::value_type;
        if constexpr (std::is_same_v<T, float>) return picture;
        const auto scale = static_cast<float>(full_scale(page));
        Picture<float> scaled(picture.height, picture.width);
        for (size_t i = 0; i < picture.values.size(); ++i) {
          scaled.values[i] = static_cast<float>(picture.values[i]) / scale;
        }
        return scaled;
      },
      page.values);
  check_probabilities(out, where);
  return out;
}

// ---- matching shards

/// What the manifests among the inputs of evaluate hold.
struct Shards {
  std::vector<std::unique_ptr<ShardReader>> readers;
  std::map<std::int64_t, ShardPicture> labelled;  ///< by index
  std::set<std::int64_t> unlabelled;              ///< indices
  std::vector<ShardPicture> predictions;
};

Shards open_shards(const std::vector<fs::path>& inputs, const std::vector<std::string>& subsets) {
  Shards shards;
  for (const auto& input : inputs) {
    const std::string kind = read_manifest(input).kind;
    if (kind != "images" && kind != "predictions") {
      throw InputError(input.string(), fmt::format("is an artifact of kind \"{}\", expected "
                                                   "\"images\" or \"predictions\"",
                                                   kind));
    }
    shards.readers.push_back(std::make_unique<ShardReader>(input));
    const ShardReader& shard = *shards.readers.back();
    const ShardReader& first = *shards.readers.front();
    if (shard.manifest().classes() != first.manifest().classes()) {
      throw InputError(
          input.string(),
          fmt::format("has {} classes, expected {} like {}", shard.manifest().classes(),
                      first.manifest().classes(), first.path().string()));
    }
    if (kind == "predictions") {
      for (const auto& entry : picture_entries(shard.manifest(), subsets)) {
        shards.predictions.push_back({nullptr, &shard, {}, entry});
      }
      continue;
    }
    for (const auto& entry : picture_entries(shard.manifest())) {
      if (entry.labelled) {
        shards.labelled[entry.index] = {&shard, nullptr, entry, {}};
      } else {
        shards.unlabelled.insert(entry.index);
      }
    }
  }
  return shards;
}

/// Gives each labelled image its prediction.
void match(Shards& shards) {
  for (const auto& found : shards.predictions) {
    const std::string where = found.predictions->path().string();
    const std::string& name = found.prediction.name;
    if (shards.unlabelled.contains(found.prediction.index)) continue;
    const auto image = shards.labelled.find(found.prediction.index);
    if (image == shards.labelled.end()) {
      throw InputError(
          where, fmt::format("predicts image {}, which is in none of the images manifests", name));
    }
    ShardPicture& picture = image->second;
    if (picture.image.name != name) {
      throw InputError(where, fmt::format("predicts image {} where {} has image {}", name,
                                          picture.images->path().string(), picture.image.name));
    }
    if (picture.predictions != nullptr) {
      throw InputError(where, fmt::format("predicts image {}, which {} predicts already", name,
                                          picture.predictions->path().string()));
    }
    picture.predictions = found.predictions;
    picture.prediction = found.prediction;
  }
}

}  // namespace

PictureSource predicted_shards(const std::vector<fs::path>& inputs,
                               const std::vector<std::string>& subsets) {
  // The lambdas keep the shards open.
  const auto shards = std::make_shared<Shards>(open_shards(inputs, subsets));
  match(*shards);
  const auto chosen = std::make_shared<std::vector<ShardPicture>>();
  for (const auto& [index, picture] : shards->labelled) {
    if (picture.predictions != nullptr) chosen->push_back(picture);
  }
  return {chosen->size(),
          [shards, chosen](size_t i) { return read_prediction((*chosen)[i]); },
          [shards, chosen](size_t i) { return read_gray_values((*chosen)[i]); },
          {}};
}

PictureSource external_stacks(const std::string& labels, const std::string& predictions,
                              bool instances) {
  const auto folder = std::make_shared<PictureFolder>("");
  const auto label_pages = folder->list(labels), pages = folder->list(predictions);
  if (label_pages.size() != pages.size()) {
    throw InputError(predictions, fmt::format("has {} pages, expected {} like {}", pages.size(),
                                              label_pages.size(), labels));
  }
  const std::string label_type = type_name(folder->read(label_pages.front()));
  const std::string type = type_name(folder->read(pages.front()));
  if (type == "32-bit integer") {
    throw InputError(folder->place(pages.front()),
                     "has 32-bit integer values, expected probabilities of 8 or 16 bits or float");
  }
  PictureSource source;
  source.count = pages.size();
  source.read = [=](size_t i) {
    const std::string label_place = folder->place(label_pages[i]), place = folder->place(pages[i]);
    PredictedPicture picture;
    picture.name = label_pages[i].name();
    picture.index = static_cast<std::int64_t>(i);
    set_label(picture, read_checked(*folder, label_pages[i], label_type), instances, label_place);
    picture.foreground = probabilities(read_checked(*folder, pages[i], type), place);
    check_size({picture.foreground.height, picture.foreground.width}, place,
               {picture.label.height, picture.label.width}, label_place);
    return picture;
  };
  for (const auto& stack : {label_pages, pages}) {
    for (const auto& page : stack) {
      if (page.page > 0) continue;
      for (const auto& part : folder->parts(page.file)) source.files.emplace_back(part);
    }
  }
  return source;
}

}  // namespace unetflow
