// What labels mean: from the values of a file to classes and cells.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "image/picture_format.hpp"
#include "image/view.hpp"
#include "ingest/label_agreement.hpp"

namespace unetflow {

/// Values are named as in a file: a number, or a colour "#rrggbb" of an RGB label or a palette.
/// Once a colour is named, a palette's colours count, and not their numbers.
struct LabelConfig {
  std::string kind = "binary";  ///< binary, classes, instances or objects
  Json foreground = "any";  ///< binary: the value that is foreground; any: the one that is not 0
  double threshold = 0;     ///< binary, objects: from this value on is foreground; 0: none
  int classes = 2;          ///< classes: how many, background included
  Json values =
      Json::object();           ///< binary, classes: the class of each value; empty: values are ids
  Json ignore = Json::array();  ///< a value or several of them: not annotated
  std::vector<std::string> names;  ///< what the classes are called, background first
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LabelConfig, kind, foreground, threshold, classes, values,
                                   ignore, names)

/// Throws InputError(place at pointer, ...) for keys that contradict each other.
void check_labels(const LabelConfig& config, const std::string& place);

/// The class of each pixel or kIgnored, and its cell where labels are instances; of a page read as
/// stored. Throws InputError(place, ...) where its values do not mean what `config` says, naming
/// them and, where it can, the key that would.
struct Labels {
  Picture<std::uint8_t> label;
  Picture<std::uint32_t> instances;
  std::vector<LabelTraits> traits = {};  ///< of each page of pixels
};
Labels read_labels(const PicturePage& page, const LabelConfig& config, const std::string& place);

/// Label values as they are in a file's page; of colours 0xRRGGBB. Those that are ignored become 0,
/// and their pixels are listed, in order.
struct LabelValues {
  Picture<std::uint32_t> values;
  bool colours = false;
  std::vector<size_t> ignored = {};
};
/// Throws InputError(place, ...) where they are not whole numbers from 0 to 2^32 - 1 (or ignored),
/// only transparency tells them apart, or the page's compression changes values.
LabelValues label_values(const PicturePage& page, const std::string& place,
                         const std::optional<std::int64_t>& ignored = {});

/// Throws InputError(place, ...) where the page's compression changes values, as JPEG's does.
void check_lossless(const PicturePage& page, const std::string& place);

}  // namespace unetflow
