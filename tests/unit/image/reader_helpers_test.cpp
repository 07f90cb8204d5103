#include "image/reader_helpers.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::ThrowsMessage;

Picture<std::uint64_t> wide(std::vector<std::uint64_t> values) {
  Picture<std::uint64_t> picture(1, static_cast<Index>(values.size()));
  picture.values = std::move(values);
  return picture;
}

TEST(Decode, WideIntegersThatFitBecomeUint32) {
  const auto page = narrowed(wide({0, 4294967295u}), false, 64);
  EXPECT_THAT(std::get<Picture<std::uint32_t>>(page.values).values, ElementsAre(0, 4294967295u));
}

TEST(Decode, OtherWideIntegersBecomeFloat) {
  EXPECT_THAT(std::get<Picture<float>>(narrowed(wide({1, 1ull << 32}), false, 64).values).values,
              ElementsAre(1, 4294967296.0f));
  const auto minus_two = static_cast<std::uint64_t>(-2);
  EXPECT_THAT(std::get<Picture<float>>(narrowed(wide({1, minus_two}), true, 64).values).values,
              ElementsAre(1, -2));
}

// 1 2 3 / 4 5 6 as stored; the tag says on which side the first row and the first column are.
TEST(Decode, EachOrientationIsUndone) {
  Picture<std::uint8_t> stored(2, 3);
  stored.values = {1, 2, 3, 4, 5, 6};
  const std::vector<std::vector<int>> seen = {
      {1, 2, 3, 4, 5, 6}, {3, 2, 1, 6, 5, 4}, {6, 5, 4, 3, 2, 1}, {4, 5, 6, 1, 2, 3},
      {1, 4, 2, 5, 3, 6}, {4, 1, 5, 2, 6, 3}, {6, 3, 5, 2, 4, 1}, {3, 6, 2, 5, 1, 4}};
  for (int tag = 1; tag <= 8; ++tag) {
    const auto picture = oriented(stored, tag);
    EXPECT_EQ(picture.height, tag < 5 ? 2 : 3);
    EXPECT_THAT(picture.values, ElementsAreArray(seen[static_cast<size_t>(tag - 1)])) << tag;
  }
  for (const int unknown : {-1, 0, 9}) EXPECT_EQ(oriented(stored, unknown).values, stored.values);
}

TEST(Decode, AGrayPaletteGivesOneChannel) {
  Picture<std::uint8_t> indices(1, 2);
  indices.values = {1, 0};
  EXPECT_THAT(apply_palette(indices, {{7, 7, 7}, {9, 9, 9}}, "a").values, ElementsAre(9, 7));
  EXPECT_EQ(apply_palette(indices, {{7, 7, 7}, {9, 9, 8}}, "a").channels, 3);
  EXPECT_THAT(
      [&] {
        apply_palette(indices, {{7, 7, 7}}, "a.png page 0");
      },
      ThrowsMessage<InputError>(HasSubstr("a.png page 0: has the colour number 1")));
}

TEST(Decode, FewBytesOfAFileBecomeFewPixels) {
  EXPECT_NO_THROW(check_pixels_in_memory(1e9, 600, "p.png")) << "a blank mask";
  EXPECT_NO_THROW(check_pixels_in_memory(2.5e9, 1'300'000, "p.png"));
  EXPECT_THAT([] { check_pixels_in_memory(2.5e9, 304'000, "p.png"); },
              ThrowsMessage<InputError>(HasSubstr(
                  "p.png: has 2.5e+09 pixels in a file of 304000 bytes, expected at most 2048")));
}

TEST(Decode, NoMoreIsClaimedThanAFileCanHold) {
  EXPECT_NO_THROW(check_claimed_bytes(100, 100, false, "a"));
  EXPECT_THROW(check_claimed_bytes(101, 100, false, "a"), InputError);
  EXPECT_NO_THROW(check_claimed_bytes(100 * 8192, 100, true, "a"));
  EXPECT_THROW(check_claimed_bytes(100 * 8192 + 1, 100, true, "a"), InputError);
}

}  // namespace
}  // namespace unetflow
