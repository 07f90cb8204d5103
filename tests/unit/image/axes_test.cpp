#include "image/axes.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Axes, AreLettersWithTheirSizesWhereThoseAreStated) {
  const Axes axes = parse_axes("TC2YX", "here");
  EXPECT_EQ(axes.letters, "TCYX");
  EXPECT_THAT(axes.sizes, ElementsAre(0, 2, 0, 0));
  EXPECT_EQ(axes.text(), "TC2YX");
  EXPECT_EQ(axes.size('C'), 2);
  EXPECT_EQ(axes.size('Z'), 1);
}

TEST(Axes, OfAnotherAlphabetAreRefused) {
  for (const char* text : {"", "TCY", "YXX", "QYX", "tcyx", "2YX", "T0YX", "T99999999999999YX"}) {
    EXPECT_THAT([&] { parse_axes(text, "here"); },
                ThrowsMessage<InputError>(HasSubstr("here: is \"" + std::string(text) + '"')));
  }
}

TEST(Axes, FitAnArrayOfAsManyDimensions) {
  EXPECT_THAT(fitted(parse_axes("TYX", "here"), {3, 4, 5}, "here").sizes, ElementsAre(3, 4, 5));
  EXPECT_THAT(
      [] {
        fitted(parse_axes("TYX", "here"), {3, 4}, "here");
      },
      ThrowsMessage<InputError>(HasSubstr("has the shape [3, 4], which the axes TYX")));
  EXPECT_THAT(
      [] {
        fitted(parse_axes("T2YX", "here"), {3, 4, 5}, "here");
      },
      ThrowsMessage<InputError>(HasSubstr("which the axes T2YX do not fit")));
}

TEST(Axes, TakeWhatPagesLeaveToTheOneWithoutASize) {
  const auto sizes = [](const char* text, Index pages) {
    return fitted_to_pages(parse_axes(text, "here"), pages, 4, 5, "here").sizes;
  };
  EXPECT_THAT(sizes("TC2YX", 6), ElementsAre(3, 2, 4, 5));
  EXPECT_THAT(sizes("YX", 1), ElementsAre(4, 5));
  EXPECT_THAT(sizes("YXC", 4), ElementsAre(4, 4, 5));
  EXPECT_THAT([&] { sizes("TC2YX", 5); },
              ThrowsMessage<InputError>(HasSubstr("has 5 pages, which the axes TC2YX do not fit")));
  EXPECT_THAT([&] { sizes("YX", 2); }, ThrowsMessage<InputError>(HasSubstr("do not fit")));
  EXPECT_THAT([&] { sizes("TZCYX", 8); },
              ThrowsMessage<InputError>(HasSubstr("as in \"TZ2C2YX\"")));
}

TEST(Axes, GiveAnImageForEachTimeAndDepthWithAllItsChannels) {
  const auto images = images_of({"TCZ", {2, 3, 2}});
  ASSERT_EQ(images.size(), 4u);
  EXPECT_THAT(images[0].planes, ElementsAre(0, 2, 4));
  EXPECT_THAT(images[1].planes, ElementsAre(1, 3, 5));
  EXPECT_THAT(images[3].planes, ElementsAre(7, 9, 11));
  EXPECT_EQ(images[3].t, 1);
  EXPECT_EQ(images[3].z, 1);
}

TEST(Axes, GiveOneImageWhereThereAreNone) {
  const auto images = images_of({});
  ASSERT_EQ(images.size(), 1u);
  EXPECT_THAT(images[0].planes, ElementsAre(0));
}

}  // namespace
}  // namespace unetflow
