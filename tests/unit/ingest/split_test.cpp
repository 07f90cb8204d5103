#include "ingest/split.hpp"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "core/error.hpp"

namespace unetflow {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

/// A labelled training image: a whole file, or a page of it.
PictureEntry image(const std::string& file, int page = -1) {
  std::string name = fs::path(file).stem().string();
  if (page >= 0) name += ":" + std::to_string(page);
  return {0, name, "train", 8, 8, true, false, file};
}

/// Labelled training images of one file each, or the pages of a stack.
std::vector<PictureEntry> pictures_of(
    const std::vector<std::pair<std::string, int>>& files_and_pages) {
  std::vector<PictureEntry> pictures;
  for (const auto& [file, pages] : files_and_pages) {
    for (int page = 0; page < pages; ++page) {
      pictures.push_back(pages > 1 ? image(file, page) : image(file));
      pictures.back().index = static_cast<std::int64_t>(pictures.size()) - 1;
    }
  }
  return pictures;
}

std::vector<std::string> subsets_of(const std::vector<SplitEntry>& split) {
  std::vector<std::string> subsets;
  for (const auto& entry : split) subsets.push_back(entry.subset);
  return subsets;
}

TEST(NamesPicture, ByItsNameOrItsFilesName) {
  const PictureEntry page = image("day1/movie.tif", 12);
  for (const auto* pattern : {"movie:12", "movie", "mov*", "movie:1?", "day1/movie", "day1/*",
                              "*/movie:12", "day[12]/movie:*"}) {
    EXPECT_TRUE(names_picture(pattern, page)) << pattern;
  }
  for (const auto* pattern :
       {"movie:1", "12", "day1", "day2/*", "movie.tif", "day1/movie.tif", "ovie"}) {
    EXPECT_FALSE(names_picture(pattern, page)) << pattern;
  }
}

TEST(NamesPicture, TellsFoldersApart) {
  const PictureEntry one = image("mouse1/f0.png");
  const PictureEntry two = image("mouse2/deep/f0.png");
  EXPECT_TRUE(names_picture("f0", one) && names_picture("f0", two));
  EXPECT_TRUE(names_picture("mouse1/*", one) && !names_picture("mouse1/*", two));
  EXPECT_TRUE(names_picture("mouse2/*", two) && !names_picture("mouse2/f0", two));
}

TEST(NamesPicture, TakesANameWithBracketsLiterally) {
  const PictureEntry odd = image("cell[1].png");
  EXPECT_TRUE(names_picture("cell[1]", odd));
  EXPECT_FALSE(names_picture("cell[1]", image("cell2.png")));
}

TEST(Split, HoldsOutAndValidatesByPatterns) {
  auto pictures = pictures_of({{"a/0.png", 1}, {"a/1.png", 1}, {"b/0.png", 1}, {"b/1.png", 1}});
  pictures[3].labelled = false;
  SplitConfig config;
  config.holdout = {"a/0"};
  config.validation = {"b/*"};
  const auto split = split_pictures(config, pictures, "split.json");
  // b/1 has no labels, so it can only be predicted.
  EXPECT_THAT(subsets_of(split), ElementsAre("holdout", "train", "validation", "test"));
  EXPECT_EQ(split[2].source, "b/0.png");
  EXPECT_FALSE(split[2].fold);
}

TEST(Split, HoldoutComesBeforeValidation) {
  SplitConfig config;
  config.holdout = {"1"};
  config.validation = {"*"};
  EXPECT_THAT(subsets_of(split_pictures(config, pictures_of({{"0.png", 1}, {"1.png", 1}}), "")),
              ElementsAre("validation", "holdout"));
  config.validation = {"1"};
  EXPECT_THAT(
      [&] {
        split_pictures(config, pictures_of({{"0.png", 1}, {"1.png", 1}}), "split.json");
      },
      ThrowsMessage<InputError>(
          "split.json at /validation/0: \"1\" matches no labelled image that is not held out"));
}

TEST(Split, NamesAPatternThatMatchesNothing) {
  auto pictures = pictures_of({{"0.png", 1}, {"1.png", 1}});
  pictures[1].labelled = false;
  SplitConfig config;
  for (const std::string pattern : {"12", "1", "mouse3/*"}) {
    config.holdout = {"0", pattern};
    EXPECT_THAT([&] { split_pictures(config, pictures, "split.json"); },
                ThrowsMessage<InputError>("split.json at /holdout/1: \"" + pattern +
                                          "\" matches no labelled image"));
  }
}

TEST(Split, DealsSingleFilesToFoldsAsAlways) {
  // Recorded when ingest dealt pictures to folds one by one: results of then can be made again.
  const std::vector<int> expected = {0, 1, 4, 0, 2, 3, 3, 1, 4, 2};
  SplitConfig config;
  config.holdout = {"3"};
  config.folds.count = 5;
  std::multiset<std::string> validated;
  for (config.folds.held = 0; config.folds.held < 5; ++config.folds.held) {
    std::vector<std::pair<std::string, int>> files;
    for (int i = 0; i < 11; ++i) files.push_back({std::to_string(i) + ".png", 1});
    const auto split = split_pictures(config, pictures_of(files), "split.json");
    std::vector<int> folds;
    for (const auto& entry : split) {
      EXPECT_EQ(entry.subset == "holdout", entry.name == "3");
      EXPECT_EQ(entry.fold.has_value(), entry.name != "3");
      if (entry.fold) folds.push_back(*entry.fold);
      EXPECT_EQ(entry.subset == "validation", entry.fold == config.folds.held);
      if (entry.subset == "validation") validated.insert(entry.name);
    }
    EXPECT_EQ(folds, expected);
  }
  EXPECT_THAT(validated, ElementsAre("0", "1", "10", "2", "4", "5", "6", "7", "8", "9"));
}

TEST(Split, KeepsPagesOfAFileOnOneSide) {
  const auto pictures = pictures_of({{"a/0.tif", 5}, {"a/1.tif", 3}, {"b/0.tif", 4}});
  SplitConfig config;
  config.folds.count = 3;
  std::map<std::string, std::set<int>> folds_of;
  std::set<int> used;
  for (const auto& entry : split_pictures(config, pictures, "split.json")) {
    folds_of[entry.source].insert(entry.fold.value());
    used.insert(entry.fold.value());
  }
  EXPECT_EQ(used.size(), 3u);
  for (const auto& [file, folds] : folds_of) EXPECT_EQ(folds.size(), 1u) << file;
}

TEST(Split, KeepsFilesOfAFolderOnOneSideWhereAsked) {
  const auto pictures = pictures_of({{"a/0.tif", 2}, {"a/1.tif", 1}, {"b/0.tif", 4}});
  SplitConfig config;
  config.folds = {.count = 2, .by = "folder"};
  const auto split = split_pictures(config, pictures, "split.json");
  for (const auto& entry : split) {
    EXPECT_EQ(entry.fold == split[0].fold, entry.source.starts_with("a/")) << entry.name;
  }
}

TEST(Split, DealsPagesOneByOneWhereAsked) {
  SplitConfig config;
  config.folds = {.count = 4, .by = "picture"};
  std::map<int, int> sizes;
  for (const auto& entry : split_pictures(config, pictures_of({{"stack.tif", 8}}), "")) {
    ++sizes[entry.fold.value()];
  }
  EXPECT_THAT(sizes, AllOf(testing::SizeIs(4), Each(testing::Pair(testing::_, 2))));
}

TEST(Split, RefusesFoldsThatNothingIsLeftFor) {
  SplitConfig config;
  config.folds.count = 2;
  EXPECT_THAT(
      [&] {
        split_pictures(config, pictures_of({{"stack.tif", 8}}), "split.json");
      },
      ThrowsMessage<InputError>(
          AllOf(HasSubstr("split.json at /folds/count: is 2"), HasSubstr("1 group"))));
  config.folds.held = 2;
  EXPECT_THAT([&] { split_pictures(config, {}, "split.json"); },
              ThrowsMessage<InputError>(
                  "split.json at /folds/held: is 2, expected a number below /folds/count, 2"));
}

TEST(Split, WithFoldsDealsOutTheValidationImagesToo) {
  SplitConfig config;
  config.validation = {"0"};
  config.folds = {.count = 2, .held = 1};
  for (const auto& entry :
       split_pictures(config, pictures_of({{"0.png", 1}, {"1.png", 1}}), "split.json")) {
    EXPECT_EQ(entry.subset, entry.fold == 1 ? "validation" : "train");
  }
}

TEST(Split, DoesNotDependOnTheOrderOfShards) {
  auto pictures = pictures_of({{"0.tif", 3}, {"1.png", 1}, {"2.png", 1}});
  SplitConfig config;
  config.holdout = {"1"};
  config.folds.count = 2;
  const nlohmann::json expected = split_pictures(config, pictures, "");
  std::rotate(pictures.begin(), pictures.begin() + 2, pictures.end());
  EXPECT_EQ(nlohmann::json(split_pictures(config, pictures, "")), expected);
}

TEST(Split, RefusesImagesThatAreMissingOrThereTwice) {
  auto pictures = pictures_of({{"0.png", 1}, {"1.png", 1}, {"2.png", 1}});
  pictures.erase(pictures.begin() + 1);
  EXPECT_THAT([&] { split_pictures({}, pictures, ""); },
              ThrowsMessage<InputError>(HasSubstr("gives image number 2, expected 1")));
  pictures[1].index = 0;
  EXPECT_THAT([&] { split_pictures({}, pictures, ""); },
              ThrowsMessage<InputError>(HasSubstr("gives image number 0, expected 1")));
}

TEST(TrainedCopies, AreWhatIsMeasuredButTrainsUnderAnotherName) {
  SplitConfig config;
  config.holdout = {"b"};
  config.validation = {"c"};
  const auto split = split_pictures(
      config, pictures_of({{"a.png", 1}, {"b.png", 1}, {"c.png", 1}, {"d.png", 1}}), "");
  EXPECT_THAT(
      trained_copies(split, {{"a.png", "1"}, {"b.png", "1"}, {"c.png", "2"}, {"d.png", "1"}}),
      ElementsAre("b.png, which is a.png"));
  EXPECT_THAT(trained_copies(split, {}), IsEmpty());
}

TEST(DividedFiles, AreThoseWithPagesOnBothSides) {
  SplitConfig config;
  config.holdout = {"a:1", "b"};
  const auto pictures = pictures_of({{"a.tif", 3}, {"b.tif", 2}, {"c.tif", 2}});
  EXPECT_THAT(divided_files(split_pictures(config, pictures, "")), ElementsAre("a.tif"));
  EXPECT_THAT(divided_files(split_pictures({}, pictures, "")), IsEmpty());
}

}  // namespace
}  // namespace unetflow
