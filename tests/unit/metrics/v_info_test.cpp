#include "metrics/v_info.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "pictures.hpp"

namespace unetflow {
namespace {

double info(const Picture<std::uint32_t>& truth, const Picture<std::uint32_t>& segments) {
  return information_score(contingency_table(truth.plane(), 4000, segments.plane(), 4000));
}

TEST(Information, EqualSegmentationsShareAll) {
  EXPECT_DOUBLE_EQ(info(ids_of({"1122"}), ids_of({"2211"})), 1);
}

TEST(Information, ASegmentInTwoLosesTheEntropyOfTheSplit) {
  // H_A = ln 2; segments 2, 1, 1 of 4: H_B = 1.5 ln 2 = H_AB; I = ln 2. I/H_A = 1, I/H_B = 2/3.
  EXPECT_DOUBLE_EQ(info(ids_of({"1122"}), ids_of({"1123"})), 0.8);
}

TEST(Information, PixelsCalledBorderAreSegmentsOfTheirOwn) {
  EXPECT_DOUBLE_EQ(info(ids_of({"1122"}), ids_of({"11.."})), 0.8);
}

TEST(Information, OnlyTheTruthsForegroundCounts) {
  EXPECT_DOUBLE_EQ(info(ids_of({"11.22..."}), ids_of({"11322344"})), 1);
}

TEST(Information, IsZeroWhereTheSegmentationHasNoEntropy) {
  EXPECT_EQ(info(ids_of({"12"}), ids_of({"11"})), 0);  // one segment
}

TEST(Information, IsNotDefinedWhereTheTruthHasNoEntropy) {
  EXPECT_TRUE(std::isnan(info(ids_of({"11"}), ids_of({"12"}))));  // one cell
  EXPECT_TRUE(std::isnan(info(ids_of({".."}), ids_of({"12"}))));  // no cell
  EXPECT_TRUE(std::isnan(info(ids_of({"1"}), ids_of({"."}))));    // one pixel
}

TEST(Information, EqualsTheEntropiesOfRandomSegmentations) {
  for (std::uint64_t number = 0; number < 8; ++number) {
    const auto truth = slow_components(above(random_probability(31, 37, number), 0.45));
    const auto found = slow_components(above(random_probability(31, 37, number + 50), 0.4));
    std::map<std::uint32_t, double> cells, segments;
    std::map<std::pair<std::uint32_t, std::uint32_t>, double> both;
    double n = 0;
    for (size_t i = 0; i < truth.values.size(); ++i) {
      if (truth.values[i] == 0) continue;
      // Above all ids: a name for each single pixel.
      const std::uint32_t segment =
          found.values[i] != 0 ? found.values[i] : 10000 + static_cast<std::uint32_t>(i);
      ++cells[truth.values[i]];
      ++segments[segment];
      ++both[{truth.values[i], segment}];
      ++n;
    }
    const auto entropy = [n](const auto& areas) {
      double sum = 0;
      for (const auto& [id, area] : areas) sum -= area / n * std::log(area / n);
      return sum;
    };
    const double mutual = entropy(cells) + entropy(segments) - entropy(both);
    const double a = mutual / entropy(cells), b = mutual / entropy(segments);
    EXPECT_NEAR(info(truth, found), 2 * a * b / (a + b), 1e-12);
  }
}

}  // namespace
}  // namespace unetflow
