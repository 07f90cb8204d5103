#include "figure/figure.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "figure/gnuplot.hpp"
#include "image/picture_format.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Red and green above, blue and white below.
Figure four_colours() {
  Panel panel;
  panel.title = "Four & 'colours'";
  panel.picture = Picture<std::uint8_t>(3, 2, 2);
  panel.picture.values = {255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255};
  panel.ticks = false;
  Figure figure;
  figure.name = "four";
  figure.panels = {panel};
  return figure;
}

Figure curves() {
  Panel panel;
  panel.x_label = "step";
  panel.lines = {{{{0, 1}, {1, 0.5}}, colour::kBlue, 2, "loss"}};
  Figure figure;
  figure.panels = {panel, panel};
  return figure;
}

TEST(Figure, LongNamesAreShortenedBetweenCharacters) {
  EXPECT_EQ(shortened("23_training"), "23_training");
  EXPECT_EQ(shortened("00ae65c1c6631ae6f2be1a449902976e6eb8483bf6b0740d00530220832c6d3e"),
            "00ae65c1c663\u20260220832c6d3e");
  std::string umlauts;
  for (int i = 0; i < 30; ++i) umlauts += "\u00e4";
  EXPECT_EQ(shortened(umlauts), umlauts.substr(0, 24) + "\u2026" + umlauts.substr(0, 24));
}

TEST(Figure, ImagesStandUprightWithTheirColours) {
  const ScratchFolder folder;
  folder.write("four.png", draw(four_colours()).png);
  const auto page = png_format().open(folder.path() / "four.png", "")->read(0);
  const auto& png = std::get<Picture<std::uint8_t>>(page.values);
  const auto at = [&](double y, double x) {
    const auto row = static_cast<Index>(y * static_cast<double>(png.height));
    const auto column = static_cast<Index>(x * static_cast<double>(png.width));
    return std::array<int, 3>{png.plane(0)(row, column), png.plane(1)(row, column),
                              png.plane(2)(row, column)};
  };
  EXPECT_EQ(at(0.25, 0.25), (std::array{255, 0, 0}));
  EXPECT_EQ(at(0.25, 0.75), (std::array{0, 255, 0}));
  EXPECT_EQ(at(0.75, 0.25), (std::array{0, 0, 255}));
  EXPECT_EQ(at(0.75, 0.75), (std::array{255, 255, 255}));
}

TEST(Figure, DrawnTwiceHasTheSameBytes) {
  for (const auto& figure : {four_colours(), curves()}) {
    const Drawing first = draw(figure), second = draw(figure);
    EXPECT_EQ(first.png, second.png);
    EXPECT_EQ(first.svg, second.svg);
    EXPECT_EQ(first.panels, second.panels);
  }
}

TEST(Figure, PanelsFollowTheReadersColourScheme) {
  const Drawing drawing = draw(curves());
  ASSERT_EQ(drawing.panels.size(), 2u);
  for (const auto& panel : drawing.panels) {
    EXPECT_THAT(panel, HasSubstr("prefers-color-scheme:dark"));
    EXPECT_THAT(panel, HasSubstr("fill=\"currentColor\""));
    EXPECT_THAT(panel, Not(HasSubstr("GNUPLOT")));
    EXPECT_THAT(panel, HasSubstr("loss"));
  }
}

TEST(Figure, LargeImagesAreReducedOnThePageOnly) {
  Figure figure = four_colours();
  figure.panels[0].picture = Picture<std::uint8_t>(3, 900, 900);
  std::uint32_t state = 1;
  for (auto& value : figure.panels[0].picture.values) {
    value = static_cast<std::uint8_t>((state = state * 1664525 + 1013904223) >> 24);
  }
  const Drawing drawing = draw(figure);
  EXPECT_LT(drawing.panels[0].size(), drawing.svg.size() / 6);
}

TEST(Figure, MapsWithoutARangeAreDrawn) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float value : {0.0f, 5.0f, 3e38f, kNan, kInfinity}) {
    Panel panel;
    panel.map = Picture<float>(2, 2);
    panel.map.values = {value, value, value, value};
    panel.low = panel.high = value;
    Figure figure;
    figure.panels = {panel};
    EXPECT_THAT(draw(figure).svg, HasSubstr("</svg>")) << value;
  }
}

TEST(Figure, CurvesWithoutDrawablePointsAreLeftOut) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  Panel panel;
  panel.logarithmic = true;
  panel.lines = {{{{0, 1}, {1, kNan}, {2, 3}}, colour::kBlue, 2, "drawn"},
                 {{{0, 1e308}, {1, -1e308}}, colour::kBlue, 2, "huge"},
                 {{{0, 0}, {1, -1}}, colour::kBlue, 2, "negative"},
                 {{}, colour::kBlue, 2, "empty"}};
  Figure figure;
  figure.panels = {panel};
  EXPECT_THAT(draw(figure).svg,
              testing::AllOf(HasSubstr("drawn"), Not(HasSubstr("huge")), Not(HasSubstr("negative")),
                             Not(HasSubstr("empty"))));
  figure.panels[0].lines.erase(figure.panels[0].lines.begin());
  EXPECT_THAT(draw(figure).svg, HasSubstr("</svg>"));
}

TEST(Figure, ImagesOfOnePixelsWidthOrHeightAreDrawn) {
  for (const auto& [height, width] : {std::pair{1, 5000}, std::pair{5000, 1}}) {
    Panel panel;
    panel.picture = Picture<std::uint8_t>(3, height, width);
    Figure figure;
    figure.panels = {panel};
    EXPECT_LT(draw(figure).png.size(), 1'000'000u);
  }
}

}  // namespace
}  // namespace unetflow
