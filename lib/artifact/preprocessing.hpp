// What was done to images before a network sees them, and what their labels mean. ingest says so in
// the contents of images/, tile carries it on, train writes it into the model, and predict
// compares: a network's weights mean something only for images like those that it was trained on.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "artifact/manifest.hpp"

namespace unetflow {

/// Pixel sizes that differ by no more than this fraction count as equal.
inline constexpr double kPixelSizeTolerance = 0.05;

/// What a manifest's contents say of it: the keys scaling, channels, channel_names, pixel_size_um,
/// classes, labels and rim, as far as they are there; artifacts of 0.2.0 have fewer.
Json preprocessing_of(const Json& contents);

/// Whether classes 1 and 2 are the rim and the core of cells (sample/rim_and_core.hpp), as a
/// manifest's contents say.
bool has_cores(const Json& contents);
/// How many classes there are, background included, where rim and core of cells are one.
int cell_classes(const Manifest& manifest);

/// Images, samples or a model: what messages call it, and its preprocessing.
struct Preprocessed {
  std::string name;
  Json preprocessing;
};

/// What both say, which are parts of one training; what one does not say is the other's. Where gray
/// values of several types were scaled by their types, it has no range. Throws InputError(other's
/// name, ...) where they contradict each other.
Json joined(const Preprocessed& one, const Preprocessed& other);

/// Throws InputError(one manifest's path, ...) where images shards are not of one set: made with
/// other configurations, or of images that are not alike. Shards without images are left out.
void check_one_set(const std::vector<std::filesystem::path>& manifests);

/// All of the sentences below that there are.
std::vector<std::string> differences(const Preprocessed& images, const Preprocessed& wanted);
/// Throws InputError(images' name, ...) with the first of them.
void check_alike(const Preprocessed& images, const Preprocessed& wanted);

/// A sentence about `images` that are not like those of `wanted`: in the number or the order of
/// their channels, in how their gray values were scaled, in the size of their pixels (beyond the
/// tolerance), or in what their labels mean. Nothing where they are alike, or where one of them
/// does not say it.
std::optional<std::string> other_channels(const Preprocessed& images, const Preprocessed& wanted);
std::optional<std::string> other_scaling(const Preprocessed& images, const Preprocessed& wanted);
std::optional<std::string> other_pixel_size(const Preprocessed& images, const Preprocessed& wanted);
std::optional<std::string> other_labels(const Preprocessed& images, const Preprocessed& wanted);
/// The same of the value that is foreground, which must be one in labels of one set only.
std::optional<std::string> other_foreground(const Preprocessed& images, const Preprocessed& wanted);
/// The same of channels with other names, which may mean the same.
std::optional<std::string> other_channel_names(const Preprocessed& images,
                                               const Preprocessed& wanted);

/// A sentence about what one of them does not say, so that it cannot be compared.
std::optional<std::string> not_compared(const Preprocessed& images, const Preprocessed& wanted);

/// A sentence about pixels that are not square, so that what is turned by a quarter looks
/// otherwise.
std::optional<std::string> oblong_pixels(const Preprocessed& images);

/// A pixel of `images` over one of `wanted`, [y, x]; nothing where one of them does not say.
std::optional<std::array<double, 2>> pixel_ratio(const Preprocessed& images,
                                                 const Preprocessed& wanted);

}  // namespace unetflow
