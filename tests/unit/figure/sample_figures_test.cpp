#include "figure/sample_figures.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

using testing::HasSubstr;

LabelledPicture tile(Index input, Index output) {
  LabelledPicture made{{input, input}, {output, output}, {}};
  for (size_t i = 0; i < made.input.values.size(); ++i) {
    made.input.values[i] = static_cast<float>(i % 7) / 7;
  }
  for (size_t i = 0; i < made.label.values.size(); ++i) made.label.values[i] = i % 5 != 0;
  return made;
}

TEST(OverlapTileFigure, FramesInputAndOutputInThePicturesPixels) {
  const auto picture = tile(12, 12);
  const std::vector<TilePosition> positions = {{0, 4}};
  const auto figure = overlap_tile_figure(picture.input.stack(), 12, 8, positions, 4);
  ASSERT_EQ(figure.panels.size(), 2u);
  const Panel& panel = figure.panels[1];
  EXPECT_EQ(panel.picture.width, 16);  // two more on each side
  EXPECT_EQ(panel.x, -2);
  const auto& input = panel.lines.at(4);
  const auto& output = panel.lines.at(5);
  EXPECT_EQ(input.colour, colour::kBlue);
  EXPECT_EQ(input.points.at(0), (std::array{2.0, -2.0}));  // x, y
  EXPECT_EQ(input.points.at(2), (std::array{14.0, 10.0}));
  EXPECT_EQ(output.colour, colour::kYellow);
  EXPECT_EQ(output.points.at(0), (std::array{4.0, 0.0}));
  EXPECT_EQ(output.points.at(2), (std::array{12.0, 8.0}));
}

Figure augmentation_figure(const std::string& name, const AugmentConfig& config,
                           const LabelledPicture& tile) {
  for (auto& figure : augmentation_figures(config, 0, 3, 2, tile.view())) {
    if (figure.name == "augmentation_" + name) return figure;
  }
  ADD_FAILURE() << "no figure of " << name;
  return {};
}

TEST(AugmentationFigures, ShowInputAndLabelBeforeAndAfter) {
  const auto sample = tile(60, 40);
  const auto figure = augmentation_figure("elastic", {}, sample);
  ASSERT_EQ(figure.panels.size(), 4u);
  EXPECT_EQ(figure.panels[0].title, "Input before");
  EXPECT_EQ(figure.panels[3].title, "Label after");
  EXPECT_NE(figure.panels[0].picture.values, figure.panels[1].picture.values);
  EXPECT_THAT(figure.caption, HasSubstr("with probability 0.7"));
}

TEST(AugmentationFigures, ShowEachKindAlone) {
  // With all of them on, the figure of one is the same as with the others off.
  const auto sample = tile(60, 40);
  AugmentConfig all;
  for_each_augmentation(all.augmentations, [](auto& kind) { kind.probability = 1; });
  for_each_augmentation(all.augmentations, [&]<class Kind>(const Kind&) {
    AugmentConfig alone;
    alone.of<Elastic>().probability = 0;
    alone.of<Kind>().probability = 1;
    const auto expected = augmentation_figure(Kind::kKey, alone, sample);
    const auto figure = augmentation_figure(Kind::kKey, all, sample);
    ASSERT_EQ(figure.panels.size(), 4u);
    EXPECT_EQ(figure.panels[1].picture.values, expected.panels[1].picture.values) << Kind::kKey;
    EXPECT_NE(figure.panels[1].picture.values, figure.panels[0].picture.values) << Kind::kKey;
  });
}

TEST(AugmentationFigures, AreOfThePapersKindsAndThoseUsed) {
  AugmentConfig config;
  const auto names = [&] {
    std::vector<std::string> found;
    const auto sample = tile(60, 40);
    for (const auto& figure : augmentation_figures(config, 0, 3, 2, sample.view())) {
      found.push_back(figure.name);
    }
    return found;
  };
  EXPECT_THAT(names(), testing::ElementsAre("augmentation_rigid", "augmentation_elastic",
                                            "augmentation_noise"));
  config.of<Flips>().probability = 0.5;
  EXPECT_THAT(names(), testing::Contains("augmentation_flips"));
}

TEST(AugmentationFigures, OfNoiseLeavesTheLabel) {
  const auto sample = tile(60, 40);
  const auto figure = augmentation_figure("noise", {}, sample);
  EXPECT_NE(figure.panels[0].picture.values, figure.panels[1].picture.values);
  EXPECT_EQ(figure.panels[2].picture.values, figure.panels[3].picture.values);
  EXPECT_THAT(figure.caption, HasSubstr("does not use it"));
}

TEST(WeightMapFigure, ScalesEachMapToItsLargestWeight) {
  const auto sample = tile(10, 10);
  Picture<float> weight(10, 10);
  weight.values[5] = 11;
  const auto figure = weight_map_figure({}, 2, sample.label.plane(), {}, weight.plane());
  ASSERT_EQ(figure.panels.size(), 3u);
  EXPECT_EQ(figure.panels[1].high, 4);  // 80 of 100 pixels are foreground
  EXPECT_EQ(figure.panels[2].high, 11);
}

}  // namespace
}  // namespace unetflow
