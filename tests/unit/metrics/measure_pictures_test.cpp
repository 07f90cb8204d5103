#include "metrics/measure_pictures.hpp"

#include <gmock/gmock.h>

#include <atomic>

#include "core/error.hpp"
#include "measured.hpp"

namespace unetflow {
namespace {

TEST(MeasurePictures, DoesNotDependOnThreads) {
  std::vector<PredictedPicture> pictures;
  for (std::uint64_t number = 0; number < 9; ++number) {
    PredictedPicture picture;
    picture.label = above(random_probability(31, 33, number), 0.5);
    picture.foreground = random_probability(31, 33, number + 100);
    pictures.push_back(std::move(picture));
  }
  const auto measured_by = [&](int threads) {
    return measure_pictures(
        metrics_asked_for({}), pictures.size(), [&](size_t i) { return pictures[i]; }, threads,
        [] {});
  };
  const auto one = measured_by(1), four = measured_by(4);
  ASSERT_EQ(one.size(), four.size());
  for (size_t i = 0; i < one.size(); ++i) EXPECT_EQ(one[i].counts, four[i].counts) << i;
}

TEST(MeasurePictures, ReadsInOrderAndReportsEach) {
  std::vector<size_t> read;
  std::atomic<int> done = 0;
  const auto measures = measure_pictures(
      metrics_asked_for({}), 5,
      [&](size_t i) {
        read.push_back(i);
        return picture_of(kCells, kCells, static_cast<std::int64_t>(10 + i));
      },
      3, [&] { ++done; });
  EXPECT_THAT(read, testing::ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(done, 5);
  EXPECT_EQ(measures.at(3).index, 13);
}

TEST(MeasurePictures, PassesOnWhatReadingThrows) {
  const auto fail = [](size_t) -> PredictedPicture { throw InputError("P.tif page 3", "is odd"); };
  EXPECT_THROW(measure_pictures(metrics_asked_for({}), 5, fail, 2, [] {}), InputError);
}

}  // namespace
}  // namespace unetflow
