#include "metrics/inversion.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::Optional;

/// Two thirds of the pixels are foreground; the last one is not annotated.
PredictedPicture labelled() {
  PredictedPicture picture;
  picture.label = Picture<std::uint8_t>(1, 7);
  picture.label.values = {1, 1, 1, 1, 0, 0, kIgnored};
  return picture;
}

TEST(InversionCheck, DoubtsProbabilitiesOfTheBackground) {
  auto picture = labelled();
  picture.foreground = Picture<float>(1, 7);
  picture.foreground.values = {0.1f, 0.2f, 0, 0, 0.9f, 1, 0};
  InversionCheck check;
  check.add(picture);
  EXPECT_THAT(check.doubt(), Optional(HasSubstr("by 93 % of the pixels, and by 7 % if")));
}

TEST(InversionCheck, DoubtsCellsThatAreBackground) {
  auto picture = labelled();
  picture.segments = Picture<std::uint32_t>(1, 7);
  picture.segments.values = {0, 0, 0, 0, 7, 7, 0};
  InversionCheck check;
  check.add(picture);
  EXPECT_THAT(check.doubt(), Optional(HasSubstr("by 100 % of the pixels, and by 0 % if")));
}

TEST(InversionCheck, DoubtsTheOneImageThatIsInverted) {
  InversionCheck check;
  for (const bool inverted : {false, true, false}) {
    auto picture = labelled();
    picture.name = inverted ? "odd" : "even";
    picture.foreground = Picture<float>(1, 7);
    for (size_t i = 0; i < 6; ++i) {
      picture.foreground.values[i] = (picture.label.values[i] != 0) != inverted ? 1 : 0;
    }
    check.add(picture);
  }
  EXPECT_THAT(check.doubt(), Optional(HasSubstr("image odd: predictions differ from labels by")));
}

TEST(InversionCheck, HasNoDoubtOfGoodOrPoorOnesNorOfManyClasses) {
  for (const float found : {0.5f, 0.7f, 1.0f}) {
    auto picture = labelled();
    picture.foreground = Picture<float>(1, 7);
    std::fill(picture.foreground.values.begin(), picture.foreground.values.end(), found);
    InversionCheck check;
    check.add(picture);
    EXPECT_EQ(check.doubt(), std::nullopt) << found;
  }
  auto picture = labelled();
  picture.class_count = 3;
  picture.segments = Picture<std::uint32_t>(1, 7);
  InversionCheck check;
  check.add(picture);
  EXPECT_EQ(check.doubt(), std::nullopt);
}

}  // namespace
}  // namespace unetflow
