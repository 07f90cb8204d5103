#include "metrics/rand_sums.hpp"

#include "metrics/pixel_counts.hpp"

namespace unetflow {
namespace {

double square(std::int64_t pixels) {
  return static_cast<double>(pixels) * static_cast<double>(pixels);
}

}  // namespace

double RandSums::f_score() const {
  return unetflow::f_score(both, segmentation - both, truth - both);
}

double RandSums::score() const { return 2 * both / (truth + segmentation); }

RandSums rand_sums(const ContingencyTable& table) {
  const auto alone = static_cast<double>(table.segment_area[0]);
  RandSums sums{0, alone, alone};
  for (const auto area : table.truth_area) sums.truth += square(area);
  for (size_t j = 1; j < table.segment_area.size(); ++j) {
    sums.segmentation += square(table.segment_area[j]);
  }
  for (const auto& overlap : table.overlaps) sums.both += square(overlap.pixels);
  return sums;
}

}  // namespace unetflow
