#include "artifact/picture_files.hpp"

#include <gmock/gmock.h>

#include "image/picture_stack.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::Pair;

PictureEntry entry_of(std::int64_t index, const std::string& name, std::int64_t width,
                      std::vector<std::int64_t> time_and_depth = {}) {
  PictureEntry entry;
  entry.index = index;
  entry.name = name;
  entry.height = 1;
  entry.width = width;
  entry.time_and_depth = std::move(time_and_depth);
  return entry;
}

std::pair<std::string, std::vector<Index>> axes_of(const std::vector<PictureEntry>& entries) {
  const Axes axes = description_of(entries, {}).axes;
  return {axes.letters, axes.sizes};
}

TEST(PictureTiff, FilesHaveNamesThatEverySystemTakes) {
  EXPECT_EQ(file_name_of(entry_of(12, "stack:3", 1)), "00012-stack_3");
  EXPECT_EQ(file_name_of(entry_of(0, R"(a*b?c"d<e>f|g\h)", 1)), "00000-a_b_c_d_e_f_g_h");
}

TEST(PictureTiff, AxesAreThoseOfAWholeMovieAndElsePages) {
  EXPECT_THAT(axes_of({entry_of(0, "m:0", 1, {0, -1}), entry_of(1, "m:1", 1, {1, -1})}),
              Pair("TZ", ElementsAre(2, 1)));
  EXPECT_THAT(axes_of({entry_of(0, "m:0", 1, {0, 0}), entry_of(1, "m:1", 1, {0, 1}),
                       entry_of(2, "m:2", 1, {1, 0}), entry_of(3, "m:3", 1, {1, 1})}),
              Pair("TZ", ElementsAre(2, 2)));
  EXPECT_THAT(axes_of({entry_of(0, "m:0", 1, {0, 0}), entry_of(2, "m:2", 1, {1, 0})}),
              Pair("TZ", ElementsAre(2, 1)));
  EXPECT_THAT(axes_of({entry_of(0, "a", 1), entry_of(1, "b", 1)}), Pair("Z", ElementsAre(2)));
  EXPECT_THAT(axes_of({entry_of(1, "m:1", 1, {1, 0}), entry_of(3, "m:3", 1, {3, 0})}),
              Pair("Z", ElementsAre(2)));
}

class PictureTiffTest : public testing::Test {
 protected:
  /// Writes images whose pixels are their numbers; the files' names.
  std::vector<std::string> write(const std::vector<PictureEntry>& entries) const {
    ShardWriter shard(folder_.path / "00000-of-00001.json");
    PictureFiles<float> tiffs([&](const auto& name) { return shard.file(name); }, "all", entries,
                              {0.5, 0.25});
    for (const auto& entry : entries) {
      const std::vector<float> values(static_cast<size_t>(entry.width),
                                      static_cast<float>(entry.index));
      tiffs.add({values.data(), entry.height, entry.width});
    }
    tiffs.close();
    Manifest manifest;
    manifest.kind = "pictures";
    manifest.stage = "test";
    manifest.config = Json::object();
    shard.commit(manifest);
    std::vector<std::string> names;
    for (const auto& file : fs::directory_iterator(folder_.path)) {
      if (file.path().extension() == ".tif") names.push_back(file.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  const TemporaryFolder folder_;
};

TEST_F(PictureTiffTest, ImagesOfOneSizeAreAStackThatSaysWhatItIs) {
  EXPECT_THAT(write({entry_of(4, "a", 2), entry_of(7, "\u00b5", 2)}), ElementsAre("all.tif"));
  PictureStack stack(tiff_format(), folder_.path / "all.tif", "", "");
  ASSERT_EQ(stack.images(), 2);
  EXPECT_THAT(std::get<Picture<float>>(stack.read(1).values).values, ElementsAre(7, 7));
  EXPECT_THAT(stack.description().pixel_size_um, ElementsAre(0.5, 0.25));
  EXPECT_THAT(stack.description().plane_names, ElementsAre("a", "\u00b5"));
}

TEST_F(PictureTiffTest, ImagesOfSeveralSizesHaveAFileEach) {
  EXPECT_THAT(write({entry_of(4, "a", 2), entry_of(7, "b:1", 3)}),
              ElementsAre("00004-a.tif", "00007-b_1.tif"));
  PictureStack stack(tiff_format(), folder_.path / "00007-b_1.tif", "", "");
  EXPECT_THAT(std::get<Picture<float>>(stack.read(0).values).values, ElementsAre(7, 7, 7));
}

}  // namespace
}  // namespace unetflow
