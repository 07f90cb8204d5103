#include "metrics/rand_error.hpp"

#include "metrics/pixel_error.hpp"

namespace unetflow {
namespace {

double square(std::int64_t pixels) {
  return static_cast<double>(pixels) * static_cast<double>(pixels);
}

}  // namespace

RandSums& RandSums::operator+=(const RandSums& other) {
  truth += other.truth;
  segmentation += other.segmentation;
  both += other.both;
  return *this;
}

double RandSums::f() const { return f_score(both, segmentation - both, truth - both); }

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

double v_rand(const RandSums& sums) {
  const double pairs = sums.truth + sums.segmentation;
  return pairs > 0 ? 2 * sums.both / pairs : 0;
}

}  // namespace unetflow
