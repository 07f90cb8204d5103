#include "metrics/external_stacks.hpp"

#include <gmock/gmock.h>

#include <fmt/format.h>

#include <fstream>

#include "artifact/picture_shard.hpp"
#include "core/error.hpp"
#include "image/write_picture.hpp"
#include "metrics/stack_files.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

PictureSource stacks(const fs::path& labels, const fs::path& predictions) {
  return external_stacks({labels, predictions, {}, {}, {}});
}

TEST(ExternalStacks, ScaleByTheTypesLargestValue) {
  const TemporaryFolder folder;
  const std::uint8_t label[] = {0, 255, 255}, bytes[] = {0, 51, 255};
  const std::uint16_t words[] = {0, 13107, 65535};
  const float floats[] = {0, 0.2f, 1};
  write_png(folder.path / "label.png", Plane<const std::uint8_t>(label, 1, 3));
  write_png(folder.path / "bytes.png", Plane<const std::uint8_t>(bytes, 1, 3));
  const Plane<const std::uint16_t> word_page(words, 1, 3);
  write_tiff<std::uint16_t>(folder.path / "words.tif", {&word_page, 1});
  const Plane<const float> page(floats, 1, 3);
  write_tiff<float>(folder.path / "floats.tif", {&page, 1});
  for (const char* name : {"bytes.png", "words.tif", "floats.tif"}) {
    const auto source = external_stacks(
        {folder.path / "label.png", folder.path / name, {}, Meaning::kProbabilities, {}});
    ASSERT_EQ(source.count, 1u);
    const auto picture = source.read(0);
    EXPECT_THAT(picture.label.values, ElementsAre(0, 1, 1));
    EXPECT_THAT(picture.foreground.values, ElementsAre(0, 0.2f, 1)) << name;
    EXPECT_TRUE(picture.instances.values.empty());
    EXPECT_FALSE(source.baseline);
  }
}

TEST(ExternalStacks, MayHoldInstances) {
  const TemporaryFolder folder;
  const std::uint16_t ids[] = {0, 700, 2};
  const Plane<const std::uint16_t> page(ids, 1, 3);
  write_tiff<std::uint16_t>(folder.path / "ids.tif", {&page, 1});
  const std::string file = (folder.path / "ids.tif").string();
  const auto source = stacks(file, file);
  EXPECT_THAT(source.read(0).instances.values, ElementsAre(0, 700, 2));
  EXPECT_THAT(source.read(0).segments.values, ElementsAre(0, 700, 2));
  EXPECT_THAT(source.remarks, ElementsAre(HasSubstr("labels are taken as ids of cells"),
                                          HasSubstr("predictions are taken as ids of cells")));
}

TEST(ExternalStacks, TakeAMaskAsCellsWhateverItsForegroundIs) {
  const TemporaryFolder folder;
  for (const std::uint8_t foreground : {1, 255}) {
    const std::uint8_t mask[] = {foreground, 0, foreground};
    const auto file = folder.path / (std::to_string(foreground) + ".png");
    write_png(file, Plane<const std::uint8_t>(mask, 1, 3));
    const auto source = stacks(file, file);
    EXPECT_THAT(source.read(0).label.values, ElementsAre(1, 0, 1));
    EXPECT_THAT(source.read(0).segments.values, ElementsAre(1, 0, 2));
  }
}

TEST(ExternalStacks, AreWhatTheyAreStatedToBe) {
  const TemporaryFolder folder;
  const std::uint8_t values[] = {0, 1, 2, 1};
  write_png(folder.path / "values.png", Plane<const std::uint8_t>(values, 1, 4));
  const std::string file = (folder.path / "values.png").string();
  const auto classes = external_stacks({file, file, Meaning::kClasses, Meaning::kClasses, {}});
  EXPECT_EQ(classes.read(0).class_count, 3);
  EXPECT_THAT(classes.read(0).classes.values, ElementsAre(0, 1, 2, 1));
  EXPECT_THAT(classes.read(0).segments.values, ElementsAre(0, 1, 3, 2));
  const auto mask = external_stacks({file, file, Meaning::kMask, Meaning::kProbabilities, {}});
  EXPECT_THAT(mask.read(0).label.values, ElementsAre(0, 1, 1, 1));
  EXPECT_THAT(mask.read(0).foreground.values, ElementsAre(0, 1.0f / 255, 2.0f / 255, 1.0f / 255));
  EXPECT_THAT(mask.remarks, testing::Each(HasSubstr("stated to be")));
}

TEST(ExternalStacks, LeaveOutTheLabelOfWhatIsNotAnnotated) {
  const TemporaryFolder folder;
  const std::uint8_t values[] = {0, 1, 2, 255};
  write_png(folder.path / "values.png", Plane<const std::uint8_t>(values, 1, 4));
  const std::string file = (folder.path / "values.png").string();
  const auto picture = external_stacks({file, file, {}, Meaning::kIds, 255}).read(0);
  EXPECT_THAT(picture.label.values, ElementsAre(0, 1, 1, kIgnored));
  EXPECT_THAT(picture.instances.values, ElementsAre(0, 1, 2, 0));
}

TEST(ExternalStacks, MayHaveOutlinesAsLabels) {
  const TemporaryFolder folder;
  const std::uint8_t ids[] = {0, 1, 2, 2};
  write_png(folder.path / "a.png", Plane<const std::uint8_t>(ids, 1, 4));
  folder.write("a.json", R"([{"type": "Feature", "geometry": {"type": "Polygon", "coordinates":
    [[[0, 0], [2, 0], [2, 1], [0, 1]]]}}])");
  const auto source = stacks(folder.path / "a.json", folder.path / "a.png");
  EXPECT_THAT(source.read(0).instances.values, ElementsAre(1, 1, 0, 0));
  EXPECT_THAT(source.read(0).segments.values, ElementsAre(0, 1, 2, 2));
  EXPECT_THAT(source.remarks, testing::Contains("labels are outlines of cells"));
  ExternalStacks given{(folder.path / "a.json").string(),
                       (folder.path / "a.png").string(),
                       Meaning::kClasses,
                       {},
                       {}};
  EXPECT_THAT([&] { external_stacks(given); },
              ThrowsMessage<InputError>(HasSubstr("outlines are of cells")));
}

TEST(ExternalStacks, SaysWhatOutlinesLose) {
  const TemporaryFolder folder;
  const std::uint8_t ids[] = {0, 1, 2, 2};
  write_png(folder.path / "a.png", Plane<const std::uint8_t>(ids, 1, 4));
  const auto cell = [](int left, int right) {
    return fmt::format(
        R"({{"type": "Feature", "geometry": {{"type": "Polygon", "coordinates": [[[{0}, 0], [{1}, 0],
        [{1}, 1], [{0}, 1]]]}}}})",
        left, right);
  };
  const auto file =
      folder.write("a.json", fmt::format("[{}, {}, {}]", cell(0, 2), cell(1, 3), cell(8, 9)));
  const auto source = stacks(file, folder.path / "a.png");
  EXPECT_THAT(source.read(0).instances.values, ElementsAre(1, 2, 2, 0));
  const auto place = file.string() + " page 0: ";
  EXPECT_THAT(source.remarks,
              testing::IsSupersetOf(
                  {place + "outlines overlap; the later one has those pixels",
                   place + "outlines cover no pixel of the prediction, so those cells are not "
                           "measured"}));
}

TEST(ExternalStacks, MayBeGrayInRgb) {
  const TemporaryFolder folder;
  Picture<std::uint8_t> rgb(3, 1, 2);
  rgb.values = {0, 255, 0, 255, 0, 255};
  write_png(folder.path / "a.png", rgb.stack());
  EXPECT_THAT(stacks(folder.path / "a.png", folder.path / "a.png").read(0).label.values,
              ElementsAre(0, 1));
  rgb.values = {0, 255, 0, 0, 0, 0};
  write_png(folder.path / "red.png", rgb.stack());
  EXPECT_THAT(stacks(folder.path / "red.png", folder.path / "a.png").read(0).label.values,
              ElementsAre(0, 1));
  EXPECT_THAT(
      [&] {
        external_stacks(
            {folder.path / "a.png", folder.path / "red.png", {}, Meaning::kProbabilities, {}})
            .read(0);
      },
      ThrowsMessage<InputError>(HasSubstr("has 3 channels, expected one, or RGB")));
}

TEST(ExternalStacks, MayBeMasksWhoseBackgroundIsStated) {
  const TemporaryFolder folder;
  const std::uint8_t label[] = {0, 255, 0}, cells_are_1[] = {2, 1, 2};
  write_png(folder.path / "l.png", Plane<const std::uint8_t>(label, 1, 3));
  write_png(folder.path / "p.png", Plane<const std::uint8_t>(cells_are_1, 1, 3));
  ExternalStacks given{folder.path / "l.png", folder.path / "p.png", {}, {}, {}};
  given.background = 2;
  const auto source = external_stacks(given);
  EXPECT_THAT(source.read(0).segments.values, ElementsAre(0, 1, 0));
  EXPECT_THAT(source.remarks, testing::Contains("predictions are a mask whose background is 2"));
}

TEST(ExternalStacks, WithoutALabelOfAnyPredictionAreRefused) {
  const TemporaryFolder folder;
  const std::uint8_t mask[] = {0, 255};
  for (const char* side : {"l", "p"}) fs::create_directory(folder.path / side);
  write_png(folder.path / "p/plateA_1.png", Plane<const std::uint8_t>(mask, 1, 2));
  std::ofstream(folder.path / "l/c.json")
      << R"({"images": [{"id": 1, "file_name": "plateB_1.png", "height": 1, "width": 2}],
             "annotations": []})";
  EXPECT_THAT([&] { stacks(folder.path / "l/c.json", folder.path / "p"); },
              ThrowsMessage<InputError>(HasSubstr("names the image plateB_1.png, which is not")));
}

TEST(ExternalStacks, LeaveOutWhiteOfColouredAndOfGrayPagesAlike) {
  const TemporaryFolder folder;
  fs::create_directory(folder.path / "l");
  const std::uint8_t red[] = {255, 0, 255, 0, 0, 255, 0, 0, 255}, gray[] = {0, 0, 255};
  write_png(folder.path / "l/a.png", Stack<const std::uint8_t>(red, 3, 1, 3));
  write_png(folder.path / "l/b.png", Plane<const std::uint8_t>(gray, 1, 3));
  const std::string labels = folder.path / "l";
  const auto source = external_stacks({labels, labels, Meaning::kMask, Meaning::kMask, 255});
  EXPECT_THAT(source.read(0).label.values, ElementsAre(1, 0, kIgnored));
  EXPECT_THAT(source.read(1).label.values, ElementsAre(0, 0, kIgnored));
}

TEST(ExternalStacks, MayHaveLabelsBelowZeroThatAreIgnored) {
  const TemporaryFolder folder;
  const float values[] = {0, -1, 1, 0, 1};
  write_tiff<float>(folder.path / "a.tif", std::vector{Plane<const float>(values, 1, 5)});
  const std::string file = (folder.path / "a.tif").string();
  write_png(folder.path / "p.png",
            Plane<const std::uint8_t>(std::array<std::uint8_t, 5>{0, 1, 1, 0, 1}.data(), 1, 5));
  const std::string predictions = (folder.path / "p.png").string();
  EXPECT_THAT(external_stacks({file, predictions, {}, {}, -1}).read(0).label.values,
              ElementsAre(0, kIgnored, 1, 0, 1));
  EXPECT_THAT(
      [&] {
        external_stacks({file, predictions, {}, {}, {}});
      },
      ThrowsMessage<InputError>(HasSubstr("has the label -1")));
  EXPECT_THAT(external_stacks({predictions, predictions, {}, {}, 7}).remarks,
              testing::Contains("no label has the value 7 (--ignored)"));
}

TEST(ExternalStacks, MayBePagesOrFilesInNaturalOrder) {
  const TemporaryFolder folder;
  const std::uint8_t first[] = {9}, second[] = {0};
  const std::vector<Plane<const std::uint8_t>> pages = {{first, 1, 1}, {second, 1, 1}};
  write_tiff<std::uint8_t>(folder.path / "stack.tif", pages);
  fs::create_directory(folder.path / "files");
  write_png(folder.path / "files" / "9.png", pages[0]);
  write_png(folder.path / "files" / "10.png", pages[1]);
  for (const std::string predictions : {"files", "files/*.png"}) {
    const auto source = stacks(folder.path / "stack.tif", folder.path / predictions);
    ASSERT_EQ(source.count, 2u);
    for (size_t i = 0; i < 2; ++i) {
      const auto picture = source.read(i);
      EXPECT_EQ(picture.label.values[0] > 0, picture.segments.values[0] > 0) << i;
    }
  }
}

/// [3, 1, 3] numbers with these axes, in an HDF5 file like any other.
std::string dataset_in(const TemporaryFolder& folder, const std::vector<std::string>& axes,
                       const std::vector<float>& values) {
  ShardWriter shard(folder.path / "00000-of-00001.json");
  shard.write_whole<float>("probability", {3, 1, 3}, values, {axes, "1", "of a test"});
  Manifest manifest;
  manifest.kind = "pictures";
  manifest.stage = "test";
  manifest.config = Json::object();
  shard.commit(manifest);
  return (folder.path / "00000-of-00001.h5:probability").string();
}

TEST(ExternalStacks, MayBeADatasetOfAnHdf5File) {
  const TemporaryFolder folder;
  const std::string dataset = dataset_in(folder, {"page", "y", "x"}, std::vector<float>(9, 0.25f));
  Picture<std::uint8_t> label(1, 3);
  const std::vector<Plane<const std::uint8_t>> labels(3, label.plane());
  write_tiff<std::uint8_t>(folder.path / "labels.tif", labels);
  const auto source = stacks(folder.path / "labels.tif", dataset);
  ASSERT_EQ(source.count, 3u);
  EXPECT_THAT(source.read(1).foreground.values, ElementsAre(0.25f, 0.25f, 0.25f));
  EXPECT_THAT(files_of({folder.path / "labels.tif", dataset, {}, {}, {}}),
              ElementsAre(folder.path / "labels.tif", folder.path / "00000-of-00001.h5"));
  EXPECT_THAT([&] { stacks(folder.path / "labels.tif", dataset + "s"); },
              ThrowsMessage<InputError>(HasSubstr("dataset probabilitys: is missing")));
}

TEST(ExternalStacks, MayHaveAChannelForEachClassOnceItsBackgroundIsStated) {
  const TemporaryFolder folder;
  const std::string dataset =
      dataset_in(folder, {"c", "y", "x"}, {0.75F, 0, 0.25F, 0.25F, 0.25F, 0.25F, 0, 0.75F, 0.5F});
  const std::uint8_t classes[] = {0, 2, 1};
  write_png(folder.path / "p.png", Plane<const std::uint8_t>(classes, 1, 3));
  ExternalStacks given{folder.path / "p.png", dataset, Meaning::kClasses, {}, {}};
  given.axes = "CYX";
  EXPECT_THAT([&] { external_stacks(given); },
              ThrowsMessage<InputError>(HasSubstr("has 3 channels, expected one, or RGB; if they "
                                                  "are the probabilities of classes, say by "
                                                  "--background")));
  given.background = 0;
  const auto picture = external_stacks(given).read(0);
  EXPECT_EQ(picture.class_count, 3);
  EXPECT_THAT(picture.classes.values, ElementsAre(1, 2, 2));
  EXPECT_THAT(picture.foreground.values, ElementsAre(0.25F, 1, 0.75F));
  given.labels_are = Meaning::kMask;
  EXPECT_THAT(external_stacks(given).read(0).classes.values, testing::IsEmpty());
}

}  // namespace
}  // namespace unetflow
