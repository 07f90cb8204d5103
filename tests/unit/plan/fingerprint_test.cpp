#include "plan/fingerprint.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "image/write_picture.hpp"
#include "plan/pipeline_files.hpp"
#include "plan/plan.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

constexpr Index kSize = 60;

/// Of a pixel in one of 25 squares of `side` px, the square's number from 1; 0 between them.
int square(Index y, Index x, Index side = 8) {
  return y % 12 < side && x % 12 < side ? static_cast<int>(5 * (y / 12) + x / 12 + 1) : 0;
}

/// Bright squares on a dark background that is not even.
int gray(Index y, Index x) { return (square(y, x) != 0 ? 130 : 5) + static_cast<int>(x + y); }

class Fingerprints : public testing::Test {
 protected:
  template <class Value>
  void write(const std::string& name, Value value, Index size = kSize) const {
    Picture<std::uint8_t> page(size, size);
    for (Index y = 0; y < size; ++y) {
      for (Index x = 0; x < size; ++x) page.plane()(y, x) = static_cast<std::uint8_t>(value(y, x));
    }
    fs::create_directories((root / name).parent_path());
    write_png(root / name, Plane<const std::uint8_t>(page.plane()));
  }
  /// Images a and b, and labels of them.
  template <class Label>
  void write_both(Label label) const {
    for (const std::string name : {"a.png", "b.png"}) {
      write("image/" + name, gray);
      write("label/" + name, label);
    }
  }
  Fingerprint look(const std::string& images = "image", const std::string& labels = "label") const {
    return fingerprint_of({root, {images, labels, ""}}, "");
  }
  std::string place(const std::string& name) const { return (root / name).string() + " page 0"; }

  const TemporaryFolder temporary;
  const fs::path root = temporary.path;
};

TEST_F(Fingerprints, MeasuresCells) {
  write_both([](Index y, Index x) { return square(y, x); });
  const auto found = look();
  EXPECT_EQ(found.ingest.labels.kind, "instances");
  EXPECT_EQ(found.cells, 50);
  EXPECT_EQ(found.width, 8);  // twice 4 px to the edge
  EXPECT_NEAR(found.foreground, 64. / 144, 1e-9);
  EXPECT_EQ(found.touching, 0);
  EXPECT_FALSE(found.are_lines);
  EXPECT_EQ(found.task, "objects");
  EXPECT_EQ(found.sizes.size(), 2U);
  EXPECT_EQ(found.ingest.scaling.rule, "dtype");
}

TEST_F(Fingerprints, SeesWhichCellsTouch) {
  write_both([](Index y, Index x) { return square(y, x, 12); });
  EXPECT_EQ(look().touching, 1);
}

TEST_F(Fingerprints, SeesLines) {
  write_both([](Index y, Index) { return y % 20 < 2 ? 255 : 0; });
  EXPECT_TRUE(look().are_lines);
}

TEST_F(Fingerprints, DarkImagesAreScaledByPercentiles) {
  write_both([](Index y, Index x) { return square(y, x); });
  fs::remove(root / "image/b.png");
  write("image/b.png", [](Index y, Index x) { return gray(y, x) / 4; });
  EXPECT_EQ(look().ingest.scaling.rule, "percentiles");
}

TEST_F(Fingerprints, AFilePerObjectIsSeen) {
  for (const std::string name : {"a", "b"}) {
    write("image/" + name + ".png", gray);
    for (int object = 1; object <= 3; ++object) {
      write("label/" + name + "_" + std::to_string(object) + ".png",
            [&](Index y, Index x) { return square(y, x) == object ? 255 : 0; });
    }
  }
  const auto found = look();
  EXPECT_EQ(found.ingest.labels.kind, "objects");
  EXPECT_EQ(found.cells, 6);
}

TEST_F(Fingerprints, SaysWhatLooksWrong) {
  write_both([](Index y, Index x) { return square(y, x); });
  write("image/c.png", gray);
  write("image/d.png", [](Index, Index) { return 7; });
  write("label/d.png", [](Index, Index) { return 0; });
  EXPECT_THAT(
      look().remarks,
      testing::UnorderedElementsAre(
          "1 of 4 images have no label: they are only predicted",
          place("image/b.png") + ": is, pixel by pixel, the same image as " + place("image/a.png"),
          place("image/d.png") + ": has the gray value 7 everywhere",
          place("label/d.png") +
              ": has a label without any foreground: it trains and is measured as an image in "
              "which there is nothing; if it is "
              "not annotated, leave its label out (of a stack, in a list of pairs)"));
}

TEST_F(Fingerprints, RefusesSwappedImagesAndLabels) {
  write_both([](Index y, Index x) { return square(y, x) != 0 ? 255 : 0; });
  EXPECT_THAT(
      [&] { look("label", "image"); },
      ThrowsMessage<InputError>(place("label/a.png") + ": has the values of a label, and " +
                                place("image/a.png") +
                                " those of an image: have images and labels been swapped?"));
}

TEST_F(Fingerprints, ImagesOfDoubledPixelsAreImages) {
  const auto noise = [](Index y, Index x) { return (y / 2 * 7919 + x / 2 * 104729) % 251; };
  for (const std::string name : {"a.png", "b.png"}) {
    write("image/" + name, noise);
    write("label/" + name, [](Index y, Index x) {
      return square(y, x) == 0 ? 0 : std::min<int>(255, 200 + static_cast<int>(x % 12) * 10);
    });
  }
  EXPECT_GT(look().ingest.labels.threshold, 0);
}

TEST_F(Fingerprints, RefusesLabelsOfAnotherSize) {
  write_both([](Index y, Index x) { return square(y, x); });
  fs::remove(root / "label/b.png");
  write(
      "label/b.png", [](Index y, Index x) { return square(y, x); }, 48);
  EXPECT_THAT([&] { look(); },
              ThrowsMessage<InputError>(place("label/b.png") +
                                        ": is 48 x 48 (height x width), expected 60 x 60 like " +
                                        place("image/b.png")));
}

TEST_F(Fingerprints, RefusesALabelWithoutAnImage) {
  write_both([](Index y, Index x) { return square(y, x); });
  write("label/c.png", [](Index y, Index x) { return square(y, x); });
  EXPECT_THAT([&] { look(); }, ThrowsMessage<InputError>(HasSubstr("label/c.png: ")));
}

TEST_F(Fingerprints, BecomeAPipelineThatStagesTake) {
  write_both([](Index y, Index x) { return square(y, x); });
  const auto data = look();
  const Machine machine;
  const auto files = pipeline_files(data, machine, plan_for(data, machine, 10, ""), 10, "a #1 $x");
  for (const auto& [name, text] : files) {
    if (!name.ends_with(".json")) continue;
    const std::string stage = name.substr(0, name.size() - 5);
    EXPECT_NO_THROW(checked(parse_json(text, name), stage, name)) << text;
    EXPECT_THAT(text, HasSubstr("\n  // ")) << "no reasons";
  }
  EXPECT_EQ(parse_json(files.at("split.json"), "")["holdout"], Json::array({"b"}));
  EXPECT_THAT(files.at("pipeline.mk"), HasSubstr("\nsource ?= a \\#1 $$x\n"));
}

TEST_F(Fingerprints, APipelineIsWrittenWholeAndNeverOverTheOneThere) {
  const auto folder = root / "pipelines/mine";
  write_pipeline(folder, {{"tile.json", "{}"}});
  EXPECT_EQ(file_bytes(folder / "tile.json"), "{}");
  EXPECT_THAT(
      [&] {
        write_pipeline(folder, {{"tile.json", "[]"}});
      },
      ThrowsMessage<InputError>(folder.string() +
                                ": is there already: remove it, or choose another name"));
  EXPECT_EQ(file_bytes(folder / "tile.json"), "{}");
  write_pipeline(root / "pipelines/second/", {{"tile.json", "{}"}});
  EXPECT_EQ(file_bytes(root / "pipelines/second/tile.json"), "{}");
  EXPECT_THAT(
      [&] { check_pipeline_folder("pipelines/my data"); },
      ThrowsMessage<InputError>("--folder pipelines/my data: cannot be a pipeline's folder, "
                                "expected a name without blanks and special characters, as "
                                "in pipelines/mine"));
}

}  // namespace
}  // namespace unetflow
