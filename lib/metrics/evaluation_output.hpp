// An evaluation as files and on the terminal.
//
//   metrics.json  {"pooled":   {KEY: {"value", "threshold", "interval": [low, high], "left_out",
//   "of",
//                                     "name", "description", "digits", "larger_is_better"}, ...},
//                  "segments": {KEY: the same, ...},
//                  "pictures": [{"name", "index", KEY: value, ...}, ...],
//                  "unlabelled": number, "remarks": [text, ...],
//                  "curves":   {KEY: [[threshold, value], ...], ...},
//                  "classes":  [{"class", KEY: value, ...}, ...],
//                  "comparison": [{"name", KEY: value, ...}, ...]}
//
// KEYs are the metrics', as in all_metrics.cpp. "of" says what was measured: "probabilities", at
// their best "threshold", or "segments", cells as they are. Where there are both, the challenge's
// metrics in "pooled" are of the probabilities and the others of the segments; "segments" has all
// of the segments. "threshold" is null where a metric has no choice of it, "interval" with one
// image only, a value where the metric is not defined (0 / 0); "left_out" says for how many images
// it is not. "unlabelled" images were predicted and could not be measured. A metric's named counts
// (splits, merges, ... of the warping error) are beside its value. "classes" has the metrics that
// count by class. "comparison" is there when something was compared with. Without images,
// "pictures" and "unlabelled" are all there is.
#pragma once

#include <string>

#include "artifact/manifest.hpp"
#include "core/config.hpp"
#include "metrics/evaluate.hpp"

namespace unetflow {

Json metrics_json(const Evaluation& evaluation);
/// metrics.json of an evaluation. Throws InputError when it is not what the manifest names, or not
/// of this form.
Json read_metrics_json(const Manifest& evaluation);
/// One row per threshold, all images together, and for how many images each metric is not defined.
/// What was measured of cells is the same in each row; of cells alone there is one row.
std::string metrics_csv(const Evaluation& evaluation);
/// One row per image and threshold.
std::string pictures_csv(const Evaluation& evaluation);
/// For people: one line per metric, and again beside what it is compared with.
std::string text_table(const Evaluation& evaluation, double confidence);

}  // namespace unetflow
