#include "artifact/preprocessing.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace unetflow {
namespace {

constexpr const char* kScaling = "scaling";
constexpr const char* kRange = "range";
constexpr const char* kChannels = "channels";
constexpr const char* kChannelNames = "channel_names";
constexpr const char* kPixelSize = "pixel_size_um";
constexpr const char* kClasses = "classes";
constexpr const char* kLabels = "labels";
constexpr const char* kRim = "rim";

bool is_unknown(const Preprocessed& said, const char* key) {
  const auto found = said.preprocessing.find(key);
  return found == said.preprocessing.end() || found->is_null() ||
         (found->is_array() && found->empty());
}

bool differ(const Preprocessed& one, const Preprocessed& other, const char* key) {
  return !is_unknown(one, key) && !is_unknown(other, key) &&
         one.preprocessing[key] != other.preprocessing[key];
}

std::vector<std::string> channel_names(const Preprocessed& said) {
  if (is_unknown(said, kChannelNames)) return {};
  return said.preprocessing[kChannelNames].get<std::vector<std::string>>();
}

/// "2 channels (DAPI, GFP)".
std::string shown_channels(const Preprocessed& said) {
  const std::string number = said.preprocessing.value(kChannels, Json(1)).dump();
  std::string text = fmt::format("{} channel{}", number, number == "1" ? "" : "s");
  const auto names = channel_names(said);
  if (names.empty()) return text;
  return fmt::format("{} ({})", text, fmt::join(names, ", "));
}

std::string shown_scaling(const Json& scaling) {
  const auto numbers = [&](const char* key) {
    if (!scaling.contains(key)) return std::string();
    return fmt::format(", {} to {}", scaling[key][0].get<double>(), scaling[key][1].get<double>());
  };
  if (scaling["rule"] == "percentiles") return "by percentiles" + numbers("percentiles");
  return (scaling["rule"] == "dtype" ? "by their type" : "by a stated range") + numbers(kRange);
}

/// "3 classes (instances)".
std::string shown_labels(const Preprocessed& said) {
  const Json labels = said.preprocessing.value(kLabels, Json::object());
  return fmt::format(
      "{} classes ({})", said.preprocessing.value(kClasses, Json(2)).dump(),
      labels.contains("names") ? labels["names"].dump() : labels.value("kind", "unknown"));
}

/// Of labels, where rim and core of cells are one; 0 where it is not known.
int cell_classes(const Preprocessed& said) {
  if (!is_unknown(said, kRim)) return 2;
  return is_unknown(said, kClasses) ? 0 : said.preprocessing[kClasses].get<int>();
}

/// Whether both rules make the same of a gray value.
bool is_same_scale(const Json& one, const Json& other) {
  if (one["rule"] == "percentiles" || other["rule"] == "percentiles") return one == other;
  if (one.contains(kRange) && other.contains(kRange)) return one[kRange] == other[kRange];
  return one["rule"] == other["rule"];
}

/// The value of a key that is "labels.foreground" of a binary label; null where it is not known.
Json foreground(const Preprocessed& said) {
  return said.preprocessing.value(kLabels, Json::object()).value("foreground", Json());
}

/// The first of the keys that both have in which two configurations differ, as a JSON pointer, with
/// both values; empty where there is none.
std::string first_difference(const Json& one, const Json& other, const std::string& pointer = "") {
  if (!one.is_object() || !other.is_object()) {
    return one == other ? "" : fmt::format("{} {}, expected {}", pointer, one.dump(), other.dump());
  }
  for (const auto& [key, value] : one.items()) {
    if (!other.contains(key)) continue;
    auto difference = first_difference(value, other[key], pointer + "/" + key);
    if (!difference.empty()) return difference;
  }
  return "";
}

/// um, [y, x].
std::array<double, 2> pixel_size(const Preprocessed& said) {
  const auto all = said.preprocessing[kPixelSize].get<std::vector<double>>();
  return {all[all.size() < 2 ? 0 : all.size() - 2], all.back()};
}

}  // namespace

Json preprocessing_of(const Json& contents) {
  Json said = Json::object();
  for (const char* key :
       {kScaling, kChannels, kChannelNames, kPixelSize, kClasses, kLabels, kRim}) {
    if (contents.contains(key)) said[key] = contents[key];
  }
  return said;
}

bool has_cores(const Json& contents) { return contents.contains(kRim); }

int cell_classes(const Manifest& manifest) {
  return has_cores(manifest.contents) ? 2 : manifest.classes();
}

Json joined(const Preprocessed& one, const Preprocessed& other) {
  Preprocessed first = one, second = other;
  if (differ(one, other, kScaling)) {
    for (Preprocessed* said : {&first, &second}) {
      Json& scaling = said->preprocessing[kScaling];
      if (scaling["rule"] == "dtype") scaling.erase(kRange);
    }
  }
  check_alike(second, first);
  const bool unlabelled = is_unknown(first, kLabels);
  for (const auto& [key, value] : second.preprocessing.items()) {
    if (is_unknown(first, key.c_str()) || (unlabelled && key == kClasses))
      first.preprocessing[key] = value;
  }
  return first.preprocessing;
}

void check_one_set(const std::vector<std::filesystem::path>& manifests) {
  std::optional<Manifest> first;
  Preprocessed all;
  for (const auto& path : manifests) {
    Manifest manifest = read_manifest(path, "images");
    if (manifest.content<Json>("pictures").empty()) continue;
    const Preprocessed said = {path.string(), preprocessing_of(manifest.contents)};
    if (!first) {
      first = std::move(manifest);
      all = said;
      continue;
    }
    const std::string difference = first_difference(manifest.config, first->config);
    if (!difference.empty()) {
      throw InputError(path.string(), fmt::format("was made with {} as in {}, another shard of the "
                                                  "same images",
                                                  difference, all.name));
    }
    all.preprocessing = joined(all, said);
  }
}

std::vector<std::string> differences(const Preprocessed& images, const Preprocessed& wanted) {
  std::vector<std::string> sentences;
  for (const auto differs :
       {other_channels, other_scaling, other_pixel_size, other_labels, other_foreground}) {
    if (auto sentence = differs(images, wanted)) sentences.push_back(std::move(*sentence));
  }
  return sentences;
}

void check_alike(const Preprocessed& images, const Preprocessed& wanted) {
  const auto sentences = differences(images, wanted);
  if (!sentences.empty()) throw InputError(images.name, sentences.front());
}

std::optional<std::string> other_channels(const Preprocessed& images, const Preprocessed& wanted) {
  const auto names = channel_names(images), others = channel_names(wanted);
  const bool swapped = names != others && std::is_permutation(names.begin(), names.end(),
                                                              others.begin(), others.end());
  if (!differ(images, wanted, kChannels) && !swapped) return {};
  return fmt::format("has images of {}, expected {} as in {}", shown_channels(images),
                     shown_channels(wanted), wanted.name);
}

std::optional<std::string> other_scaling(const Preprocessed& images, const Preprocessed& wanted) {
  if (!differ(images, wanted, kScaling)) return {};
  const Json& now = images.preprocessing[kScaling];
  const Json& then = wanted.preprocessing[kScaling];
  if (is_same_scale(now, then)) return {};
  return fmt::format("has gray values that were scaled {}, expected {} as in {}",
                     shown_scaling(now), shown_scaling(then), wanted.name);
}

std::optional<std::string> other_pixel_size(const Preprocessed& images,
                                            const Preprocessed& wanted) {
  const auto ratio = pixel_ratio(images, wanted);
  const auto is_near = [](double axis) {
    return std::max(axis, 1 / axis) <= 1 + kPixelSizeTolerance;
  };
  if (!ratio || std::all_of(ratio->begin(), ratio->end(), is_near)) return {};
  const auto now = pixel_size(images), then = pixel_size(wanted);
  return fmt::format("has pixels of {} x {} um (y, x), expected {} x {} as in {}", now[0], now[1],
                     then[0], then[1], wanted.name);
}

std::optional<std::string> other_labels(const Preprocessed& images, const Preprocessed& wanted) {
  if (is_unknown(images, kLabels) || is_unknown(wanted, kLabels)) return {};
  const auto names = [](const Preprocessed& said) {
    return said.preprocessing[kLabels].value("names", Json());
  };
  if (differ(images, wanted, kRim)) {
    return fmt::format("has cells with rims of {} px, expected {} as in {}",
                       images.preprocessing[kRim].dump(), wanted.preprocessing[kRim].dump(),
                       wanted.name);
  }
  const int now = cell_classes(images), then = cell_classes(wanted);
  if ((now == then || now == 0 || then == 0) && names(images) == names(wanted)) return {};
  return fmt::format("has labels of {}, expected {} as in {}", shown_labels(images),
                     shown_labels(wanted), wanted.name);
}

std::optional<std::string> other_foreground(const Preprocessed& images,
                                            const Preprocessed& wanted) {
  const Json one = foreground(images), other = foreground(wanted);
  if (one.is_null() || other.is_null() || one == other) return {};
  return fmt::format(
      "has labels whose foreground is {}, expected {} as in {}, or the one of all "
      "labels as labels.foreground",
      one.dump(), other.dump(), wanted.name);
}

std::optional<std::string> other_channel_names(const Preprocessed& images,
                                               const Preprocessed& wanted) {
  if (!differ(images, wanted, kChannelNames)) return {};
  return fmt::format("has images of {}, {} of {}: do they mean the same?", shown_channels(images),
                     wanted.name, shown_channels(wanted));
}

std::optional<std::string> not_compared(const Preprocessed& images, const Preprocessed& wanted) {
  std::vector<std::string> sentences;
  for (const auto& [key, what] : {std::pair(kScaling, "how gray values were scaled"),
                                  std::pair(kPixelSize, "a pixel size")}) {
    std::vector<std::string> silent;
    for (const auto* said : {&images, &wanted}) {
      if (is_unknown(*said, key)) silent.push_back(said->name);
    }
    if (silent.empty()) continue;
    sentences.push_back(fmt::format("{} {} not say {}", fmt::join(silent, " and "),
                                    silent.size() == 1 ? "does" : "do", what));
  }
  if (sentences.empty()) return {};
  return fmt::format("{}: not compared", fmt::join(sentences, "; "));
}

std::optional<std::string> oblong_pixels(const Preprocessed& images) {
  if (is_unknown(images, kPixelSize)) return {};
  const auto [height, width] = pixel_size(images);
  if (std::max(height / width, width / height) <= 1 + kPixelSizeTolerance) return {};
  return fmt::format("has pixels of {} x {} um (y, x), which are not square", height, width);
}

std::optional<std::array<double, 2>> pixel_ratio(const Preprocessed& images,
                                                 const Preprocessed& wanted) {
  if (is_unknown(images, kPixelSize) || is_unknown(wanted, kPixelSize)) return {};
  const auto now = pixel_size(images), then = pixel_size(wanted);
  return std::array{now[0] / then[0], now[1] / then[1]};
}

}  // namespace unetflow
