// How cells are made of probabilities, chosen on labelled images that the network may know: never
// on those that are scored.
//
// What the labels show decides the kind of task, and which cells are too small:
//
//   task       objects where more than a tenth of the background lies farther from every cell than
//              the pixels of cells lie, on average, from their cell's edge; else membranes
//   judged by  V_rand for membranes; for objects SEG, or Dice where cells have no ids
//   min_size   half the area that 95 % of the labelled cells exceed
//   max_hole   the median area of the labelled cells; 0 where these have holes themselves, of 1 %
//   of
//              their area or more
//   border     thin for membranes, close for objects
//   threshold  0.05, 0.1, ... 0.95: the one whose cells are best by that metric; of equal ones the
//              nearest to 0.5; 0.5 where no cell is labelled
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <vector>

#include "metrics/metric.hpp"
#include "metrics/predicted_picture.hpp"
#include "segmentation/segment.hpp"

namespace unetflow {

struct Calibration {
  SegmentRule rule;
  const Metric* metric = nullptr;            ///< that the task is judged by
  std::vector<std::array<double, 2>> curve;  ///< threshold, value; empty where none was chosen
};

/// Chooses on `count` labelled images with probabilities; what `config` says is not chosen. Calls
/// `read(i)` for one at a time, twice each, and `done()` after each.
Calibration calibrate(const SegmentConfig& config, std::size_t count,
                      const std::function<PredictedPicture(std::size_t)>& read, int threads,
                      const std::function<void()>& done);

}  // namespace unetflow
