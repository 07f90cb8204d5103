#include "figure/place_figures.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

using testing::ElementsAre;

void fill(Picture<std::uint32_t>& ids, Index y, Index x, Index height, Index width,
          std::uint32_t id) {
  for (Index i = y; i < y + height; ++i) {
    for (Index k = x; k < x + width; ++k) ids.plane()(i, k) = id;
  }
}

/// An image [64, 64] with two annotated cells of 10 x 10 px: 1 at (0, 0), found; 2 at (40, 40).
Result two_cells(const std::string& name) {
  Result made{name, {64, 64}, {64, 64}, {64, 64}, {64, 64}, 0.5, {64, 64}};
  fill(made.instances, 0, 0, 10, 10, 1);
  fill(made.instances, 40, 40, 10, 10, 2);
  fill(made.segments, 0, 0, 10, 10, 7);
  for (size_t i = 0; i < made.label.values.size(); ++i) {
    made.label.values[i] = made.instances.values[i] != 0;
    made.foreground.values[i] = made.segments.values[i] != 0 ? 0.95f : 0.05f;
  }
  return made;
}

TEST(WorstCells, AreThoseOfAllImages) {
  auto half = two_cells("b");
  fill(half.segments, 40, 40, 5, 10, 9);
  const auto places = worst_cells({half, two_cells("a")});
  ASSERT_EQ(places.figure.panels.size(), 4u);
  EXPECT_EQ(places.figure.panels[0].title, "Image a, cell 2: IoU 0.00");
  EXPECT_EQ(places.figure.panels[1].title, "Image b, cell 2: IoU 0.50");
  EXPECT_THAT(places.rows.at(0), ElementsAre("a", "2", "40", "40", "100", "–", "–", "0.000"));
  EXPECT_THAT(places.rows.at(1), ElementsAre("b", "2", "40", "40", "100", "9", "50", "0.500"));
  const auto& picture = places.figure.panels[1].picture;
  EXPECT_EQ(picture.height, 32);  // the cell's 10 px, and room around them
  EXPECT_EQ(picture.width, 32 + 1 + 32 + 1 + 32);
}

TEST(WorstCells, SegmentsDoNotCountWhereNobodyHasAnnotated) {
  auto made = two_cells("a");
  fill(made.segments, 40, 40, 10, 20, 9);
  for (Index y = 40; y < 50; ++y) {
    for (Index x = 50; x < 60; ++x) made.label.plane()(y, x) = kIgnored;
  }
  EXPECT_EQ(worst_cells({made}).rows.at(0).back(), "1.000");
}

TEST(WorstCells, WithoutCellsAreSaidToBeNone) {
  auto made = two_cells("a");
  made.instances = Picture<std::uint32_t>(64, 64);
  EXPECT_TRUE(worst_cells({made}).rows.empty());
}

TEST(DoubtfulLabels, SayWhatIsAnnotatedAndWhere) {
  const auto places = doubtful_labels({two_cells("a")});
  ASSERT_EQ(places.figure.panels.size(), 1u);
  EXPECT_EQ(places.figure.panels[0].title, "Image a: annotated foreground, foreground 5 %");
  EXPECT_THAT(places.rows.at(0), ElementsAre("a", "40", "40", "100", "foreground", "0.050", "300"));
}

}  // namespace
}  // namespace unetflow
