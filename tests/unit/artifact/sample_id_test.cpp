#include "artifact/sample_id.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

TEST(SampleId, PacksTheImageIntoTheUpperHalf) {
  constexpr SampleId id{3, 5};
  EXPECT_EQ(id.pack(), 3 * (std::int64_t{1} << 32) + 5);
  EXPECT_EQ(SampleId::unpack(id.pack()), id);
}

TEST(SampleId, KeepsTheLargestNumbers) {
  constexpr SampleId id{(std::int64_t{1} << 31) - 1, (std::int64_t{1} << 32) - 1};
  EXPECT_EQ(SampleId::unpack(id.pack()), id);
}

TEST(SampleId, IsOrderedAsItsPackedNumber) {
  constexpr SampleId last_of_first{0, 1000}, first_of_second{1, 0};
  EXPECT_LT(last_of_first, first_of_second);
  EXPECT_LT(last_of_first.pack(), first_of_second.pack());
}

TEST(SampleId, IsNamedForMessages) {
  EXPECT_EQ((SampleId{17, 3}).name(), "tile 3 of image number 17");
}

}  // namespace
}  // namespace unetflow
