#include "metrics/picture_source.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <memory>
#include <set>

#include "artifact/hdf5_stack.hpp"
#include "artifact/picture_shard.hpp"
#include "core/error.hpp"
#include "image/glob.hpp"
#include "image/probability.hpp"
#include "image/read_picture.hpp"
#include "ingest/ingest.hpp"

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

void check_probabilities(const Picture<float>& picture, const std::string& where) {
  constexpr float kRounding = 1e-4f;  // a sum of rounded probabilities may be a little off
  for (size_t i = 0; i < picture.values.size(); ++i) {
    const float value = picture.values[i];
    if (value >= -kRounding && value <= 1 + kRounding) continue;  // not so for NaN
    const auto pixel = static_cast<Index>(i) % (picture.height * picture.width);
    throw InputError(where,
                     fmt::format("has the value {} at y = {}, x = {}, expected probabilities from "
                                 "0 to 1",
                                 value, pixel / picture.width, pixel % picture.width));
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
      fmt::format("{} picture {}", source.predictions->path().string(), source.prediction.name);
  const Picture<float> probability = read_probability(*source.predictions, source.prediction);
  check_size({probability.height, probability.width}, where,
             {picture.label.height, picture.label.width}, source.images->path().string());
  check_probabilities(probability, where);
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

struct StackPage {
  fs::path file;
  Index page = 0;
  std::shared_ptr<const Hdf5Stack> hdf5;  ///< null for pictures

  std::string place() const { return fmt::format("{} page {}", file.string(), page); }
  PicturePage read() const { return hdf5 ? PicturePage{hdf5->read(page)} : read_page(file, page); }
};

std::vector<fs::path> stack_files(const fs::path& where) {
  if (fs::is_directory(where)) {
    auto files = glob(where, "*");
    std::erase_if(files, [](const fs::path& file) {
      std::string ending = file.extension().string();
      for (auto& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      return ending != ".png" && ending != ".tif" && ending != ".tiff";
    });
    if (files.empty()) throw InputError(where.string(), "has no PNG or TIFF files");
    for (auto& file : files) file = where / file;
    return files;
  }
  if (fs::exists(where) || where.filename().string().find_first_of("*?[") == std::string::npos) {
    return {where};
  }
  const fs::path folder = where.has_parent_path() ? where.parent_path() : fs::path(".");
  auto files = glob(folder, where.filename().string());
  for (auto& file : files) file = folder / file;
  return files;
}

std::vector<StackPage> stack_pages(const std::string& where) {
  std::vector<StackPage> pages;
  const auto colon = where.rfind(':');
  if (colon != std::string::npos && !fs::exists(where) && fs::exists(where.substr(0, colon))) {
    const auto stack =
        std::make_shared<const Hdf5Stack>(where.substr(0, colon), where.substr(colon + 1));
    for (Index page = 0; page < stack->pages(); ++page) pages.push_back({where, page, stack});
    return pages;
  }
  for (const auto& file : stack_files(where)) {
    const Index count = count_pages(file);
    for (Index page = 0; page < count; ++page) pages.push_back({file, page, nullptr});
  }
  return pages;
}

std::string type_name(const PicturePage& page) {
  constexpr std::array kNames = {"8-bit", "16-bit", "32-bit integer", "float"};
  return kNames[page.values.index()];
}

/// A page of one channel, of the same type as the stack's first page.
PicturePage read_checked(const StackPage& page, const std::string& type) {
  PicturePage read = page.read();
  const Index channels =
      std::visit([](const auto& picture) { return picture.channels; }, read.values);
  if (channels != 1) {
    throw InputError(page.place(), fmt::format("has {} channels, expected one", channels));
  }
  if (type_name(read) != type) {
    throw InputError(page.place(), fmt::format("has {} values, expected {} like the first page",
                                               type_name(read), type));
  }
  return read;
}

void set_label(PredictedPicture& out, const PicturePage& page, bool instances,
               const std::string& where) {
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

std::string stem(const StackPage& page) {
  return page.file.stem().string() + (page.page > 0 ? fmt::format(":{}", page.page) : "");
}

}  // namespace

PictureSource predicted_shards(const std::vector<fs::path>& inputs,
                               const std::vector<std::string>& subsets) {
  const auto readers = std::make_shared<std::vector<std::unique_ptr<ShardReader>>>();
  std::map<std::int64_t, ShardPicture> pictures;  // labelled
  std::set<std::int64_t> unlabelled;
  std::vector<ShardPicture> predictions;
  for (const auto& input : inputs) {
    const std::string kind = read_manifest(input).kind;
    if (kind != "images" && kind != "predictions") {
      throw InputError(input.string(), fmt::format("is an artifact of kind \"{}\", expected "
                                                   "\"images\" or \"predictions\"",
                                                   kind));
    }
    readers->push_back(std::make_unique<ShardReader>(input));
    const ShardReader& shard = *readers->back();
    const ShardReader& first = *readers->front();
    if (shard.manifest().classes() != first.manifest().classes()) {
      throw InputError(
          input.string(),
          fmt::format("has {} classes, expected {} like {}", shard.manifest().classes(),
                      first.manifest().classes(), first.path().string()));
    }
    if (kind == "images") {
      for (const auto& entry : picture_entries(shard.manifest())) {
        if (entry.labelled) {
          pictures[entry.index] = {&shard, nullptr, entry, {}};
        } else {
          unlabelled.insert(entry.index);
        }
      }
    } else {
      for (const auto& entry : picture_entries(shard.manifest(), subsets)) {
        predictions.push_back({nullptr, &shard, {}, entry});
      }
    }
  }
  for (const auto& found : predictions) {
    const auto picture = pictures.find(found.prediction.index);
    if (unlabelled.contains(found.prediction.index)) continue;
    if (picture == pictures.end()) {
      throw InputError(found.predictions->path().string(),
                       fmt::format("predicts picture {}, which is in none of the images manifests",
                                   found.prediction.name));
    }
    if (picture->second.image.name != found.prediction.name) {
      throw InputError(
          found.predictions->path().string(),
          fmt::format("predicts picture {} where {} has picture {}", found.prediction.name,
                      picture->second.images->path().string(), picture->second.image.name));
    }
    if (picture->second.predictions != nullptr) {
      throw InputError(
          found.predictions->path().string(),
          fmt::format("predicts picture {}, which {} predicts already", found.prediction.name,
                      picture->second.predictions->path().string()));
    }
    picture->second.predictions = found.predictions;
    picture->second.prediction = found.prediction;
  }
  const auto chosen = std::make_shared<std::vector<ShardPicture>>();
  for (const auto& [index, picture] : pictures) {
    if (picture.predictions != nullptr) chosen->push_back(picture);
  }
  // The readers live as long as what reads from them.
  return {chosen->size(),
          [readers, chosen](size_t i) { return read_prediction((*chosen)[i]); },
          [readers, chosen](size_t i) { return read_gray_values((*chosen)[i]); },
          {}};
}

PictureSource foreign_stacks(const std::string& labels, const std::string& predictions,
                             bool instances) {
  const auto label_pages = stack_pages(labels), pages = stack_pages(predictions);
  if (label_pages.size() != pages.size()) {
    throw InputError(predictions, fmt::format("has {} pages, expected {} like {}", pages.size(),
                                              label_pages.size(), labels));
  }
  if (pages.empty()) throw InputError(predictions, "has no pages");
  const std::string label_type = type_name(label_pages.front().read());
  const std::string type = type_name(pages.front().read());
  if (type == "32-bit integer") {
    throw InputError(pages.front().place(),
                     "has 32-bit integer values, expected probabilities of 8 or 16 bits or float");
  }
  PictureSource source;
  source.count = pages.size();
  source.read = [=](size_t i) {
    PredictedPicture picture;
    picture.name = stem(label_pages[i]);
    picture.index = static_cast<std::int64_t>(i);
    set_label(picture, read_checked(label_pages[i], label_type), instances, label_pages[i].place());
    picture.foreground = probabilities(read_checked(pages[i], type), pages[i].place());
    check_size({picture.foreground.height, picture.foreground.width}, pages[i].place(),
               {picture.label.height, picture.label.width}, label_pages[i].place());
    return picture;
  };
  for (const auto& stack : {label_pages, pages}) {
    for (const auto& page : stack) {
      if (page.page == 0) {
        const std::string file = page.file.string();
        source.files.push_back(page.hdf5 ? fs::path(file.substr(0, file.rfind(':'))) : page.file);
      }
    }
  }
  return source;
}

}  // namespace unetflow
