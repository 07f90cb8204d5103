// Images and labels in a list, for names that do not say which belong together.
//
//   picture,label                          [{"picture": "a.tif", "label": "truth/7.tif"},
//   a.tif,truth/7.tif                       {"picture": "movie.tif", "picture_page": 12,
//   b.tif,                                   "label": "truth/8.tif"}]
//
// A file of several pages is joined page by page, or one page of it is named, counted from 0, as
// picture_page or label_page. A picture without a label is only predicted. The column mask (and
// mask_page) names what is ignored where it is 0.
#pragma once

#include <string>
#include <vector>

#include "ingest/picture_folder.hpp"

namespace unetflow {

struct PairList {
  std::vector<PageAddress> pictures;             ///< in the order of the list, each once
  std::vector<std::vector<PageAddress>> labels;  ///< of each picture; rows of one add theirs
  std::vector<PageAddress> masks;                ///< of each picture; its file is empty: none
};

/// Reads a list in the folder, CSV (separated by commas, semicolons or tabs) or JSON; `axes` and
/// `label_axes` are those of its files, as PictureFolder::list() takes them. Throws InputError
/// naming the list and its row where it is not of this form or names what is not there.
PairList read_pair_list(const PictureFolder& folder, const std::string& file,
                        const StatedAxes& axes = {}, const StatedAxes& label_axes = {});

}  // namespace unetflow
