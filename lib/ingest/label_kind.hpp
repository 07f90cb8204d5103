// What kind of labels files hold, by their values, for users who have not said it.
//
//   two values, 0 and another                               binary
//   smoothed, as by JPEG or resizing, or floats in between   binary, by a threshold
//   ids in one piece each                                   instances
//   a few values, each of many pieces                       classes
//   a file or page per object                               objects
//   outlines                                                instances
//
// 255 above ids that end at 31 or less, and -1, are taken for "not annotated".
#pragma once

#include <string>
#include <vector>

#include "ingest/labels.hpp"
#include "ingest/picture_folder.hpp"

namespace unetflow {

struct LabelKind {
  LabelConfig config;
  std::string reason;                 ///< what was seen, in a sentence
  std::vector<std::string> doubts{};  ///< what may be meant otherwise, a sentence each
};

/// Looks at label pages as stored; `objects` where several belong to an image. `kind` is what the
/// user says, or empty. Throws InputError naming a page that holds an image, not a label.
LabelKind label_kind_of(PictureFolder& folder, const std::vector<PageAddress>& labels, bool objects,
                        const std::string& kind = "");

}  // namespace unetflow
