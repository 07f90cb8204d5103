#include "ingest/summary.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "pictures.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

/// An image of 8 bits with the gray values `low` to `high` and a binary label.
IngestedPicture picture_of(double low, double high, const std::vector<std::string>& mask = {}) {
  IngestedPicture picture;
  picture.input = Picture<float>(1, 4, 4);
  picture.gray = {"8-bit integers", low, high, {low, high}, 255, 0, false, {0, 255}};
  if (!mask.empty()) picture.label = mask_of(mask);
  return picture;
}

TEST(Summary, TellsImagesGrayValuesAndLabels) {
  Summary summary{{}};
  summary.add(picture_of(3, 200, {"#...", "....", "....", "...."}), "a page 0", "l page 0");
  summary.add(picture_of(2, 190), "b page 0", "");
  EXPECT_EQ(summary.closing_line({}),
            "2 images of 1 channel, 8-bit integers from 2 to 200, scaled by 0 to 255; 1 labelled: "
            "93.8 % background, 6.2 % foreground");
  EXPECT_THAT(summary.closing_line({0.5, 0.25}),
              HasSubstr("scaled by 0 to 255, pixels of 0.5 x 0.25 um; 1 labelled"));
  EXPECT_THAT(summary.remarks(), IsEmpty());
}

TEST(Summary, CountsCellsAndPixelsThatAreNotAnnotated) {
  IngestConfig config;
  config.labels.kind = "instances";
  Summary summary{config};
  auto picture = picture_of(0, 255, {"##..", "....", "#...", "...."});
  picture.instances = ids_of({"12..", "....", "3...", "...."});
  picture.label.values[15] = kIgnored;
  summary.add(picture, "a", "l");
  EXPECT_THAT(summary.closing_line({}),
              HasSubstr("75.0 % background, 18.8 % foreground, 6.2 % not annotated; 3 cells"));
}

TEST(Summary, WarnsOfWhatLooksWrong) {
  Summary summary{{}};
  summary.add(picture_of(7, 7, {"....", "...."}), "a", "la");
  auto two = picture_of(0, 255, {"####", "####"});
  two.gray.two_valued = true;
  summary.add(two, "b", "lb");
  auto bright = picture_of(0, 255);
  bright.gray.saturated = 0.5;
  summary.add(bright, "c", "");
  bright.alpha_dropped = 1;
  summary.add(bright, "d", "");
  const auto remarks = summary.remarks();
  EXPECT_THAT(remarks, testing::IsSupersetOf({HasSubstr("a: has the gray value 7 everywhere"),
                                              HasSubstr("la: has a label without any foreground"),
                                              HasSubstr("lb: has a label without any background"),
                                              HasSubstr("b: has two gray values only"),
                                              HasSubstr("c: is saturated"),
                                              HasSubstr("d: has transparency")}));
}

TEST(Summary, TellsOfImagesAndLabelsThatAreThereTwice) {
  Summary summary{{}};
  auto picture = picture_of(0, 90, {"#...", "....", "....", "...."});
  picture.input.values[3] = 1;
  summary.add(picture, "a", "la");
  summary.add(picture, "b", "lb");
  summary.add(picture, "c", "lc");
  picture.input.values[3] = 2;
  summary.add(picture, "d", "ld");
  EXPECT_THAT(summary.remarks(),
              ElementsAre("b: is, pixel by pixel, the same image as a (and 1 more)",
                          "ld: is, pixel by pixel, the same label as that of another image, la"));
}

TEST(Summary, TellsOfClassesThatAreNotThere) {
  IngestConfig config;
  config.labels.kind = "classes";
  config.labels.classes = 3;
  Summary summary{config};
  summary.add(picture_of(0, 90, {"#...", "...."}), "a", "la");
  EXPECT_THAT(summary.remarks(), ElementsAre("none of these labels has the class 2 of 3"));
}

TEST(Summary, TellsOfCellsInPiecesAndOfOutlines) {
  Summary summary{{}};
  const std::vector<std::string> rows = {"#.#.#.#.#", "........."};
  auto picture = picture_of(0, 90, rows);
  picture.instances = ids_of({"1.1.2.2.2", "........."});
  summary.add(picture, "a", "la");
  EXPECT_THAT(
      summary.remarks(),
      ElementsAre("la: looks like a mask or classes, not like ids of cells: 5 pieces of 2 values"));
  Summary of_rings{{}};
  std::vector<std::string> rings;
  for (int i = 0; i < 5; ++i) {
    rings.emplace_back("########.");
    for (int row = 0; row < 6; ++row) rings.emplace_back("#......#.");
    rings.emplace_back("########.");
    rings.emplace_back(".........");
  }
  of_rings.add(picture_of(0, 90, rings), "a", "la");
  EXPECT_THAT(of_rings.remarks(),
              ElementsAre(HasSubstr("la: has outlines of cells that are not filled")));
}

TEST(Summary, KnowsSpotsThatAreSwappedWithTheirBackground) {
  const std::vector<std::string> spots = {"##########", "#.##.##.##", "##########", "#.##.##.##",
                                          "##########"};
  EXPECT_TRUE(looks_inverted(mask_of(spots)));
  const std::vector<std::string> net = {"##.###.###", "##.###.###", "..........", "##.###.###",
                                        "##.###.###"};
  EXPECT_FALSE(looks_inverted(mask_of(net)));
}

TEST(Summary, DoubtsAnIdFarAboveTheOthers) {
  const auto remarks_of = [](std::uint32_t id) {
    Summary summary{{}};
    auto picture = picture_of(0, 90, {"##.#", "....", "....", "...."});
    picture.instances = ids_of({"12.3", "....", "....", "...."});
    picture.instances.values[3] = id;
    summary.add(picture, "a", "la");
    return summary.remarks();
  };
  EXPECT_THAT(remarks_of(255), ElementsAre(HasSubstr("la: has the id 255, far above its others")));
  EXPECT_THAT(remarks_of(254), IsEmpty());
}

TEST(Summary, ComparesScales) {
  Summary summary{{}};
  for (const double high : {200, 190, 210, 12}) summary.add(picture_of(0, high), "p", "");
  EXPECT_THAT(summary.remarks(),
              ElementsAre(HasSubstr("1 image with another scale than the rest")));
  Summary dark{{}};
  auto picture = picture_of(0, 4000);
  picture.gray.type = "16-bit integers";
  picture.gray.full_scale = 65535;
  picture.gray.range = {0, 65535};
  dark.add(picture, "p", "");
  EXPECT_THAT(dark.remarks(), ElementsAre(HasSubstr("scaling by the range [0, 4095]")));
}

TEST(Summary, RefusesLabelsOfTwoForegrounds) {
  Summary summary{{}};
  auto picture = picture_of(0, 90, {"#..."});
  picture.traits = {{.foreground = 255, .place = "la"}};
  summary.add(picture, "a", "la");
  picture.traits = {{.foreground = 1, .place = "lb"}};
  EXPECT_THAT(
      [&] { summary.add(picture, "b", "lb"); },
      ThrowsMessage<InputError>(HasSubstr("lb: has the foreground 1, expected 255 as in la")));
}

}  // namespace
}  // namespace unetflow
