#include "ingest/glob.hpp"

#include <gmock/gmock.h>

#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Glob, FilesAreRelativeToTheRootAndNaturallySorted) {
  const TemporaryFolder folder;
  for (const char* name : {"image/10.png", "image/2.png", "image/2.txt", "label/2.png"}) {
    folder.write(name);
  }
  EXPECT_THAT(glob(folder.path, "image/*.png").files, ElementsAre("image/2.png", "image/10.png"));
}

TEST(Glob, WildcardsMatchInEveryComponent) {
  const TemporaryFolder folder;
  for (const char* name : {"t1/z1.tif", "t2/z1.tif", "t2/z22.tif", "other/z1.tif"}) {
    folder.write(name);
  }
  EXPECT_THAT(glob(folder.path, "t?/z?.tif").files, ElementsAre("t1/z1.tif", "t2/z1.tif"));
  EXPECT_THAT(glob(folder.path, "t2/z22.tif").files, ElementsAre("t2/z22.tif"));
}

TEST(Glob, FoldersAreNoFiles) {
  const TemporaryFolder folder;
  folder.write("a.png/inside");
  folder.write("b.png");
  EXPECT_THAT(glob(folder.path, "*.png").folders, ElementsAre("a.png"));
  EXPECT_THAT(glob(folder.path, "*.png").files, ElementsAre("b.png"));
}

TEST(Glob, TheRootIsANameEvenIfItLooksLikeAPattern) {
  const TemporaryFolder folder;
  folder.write("scan[1]*/a.png");
  folder.write("scan1/b.png");
  EXPECT_THAT(glob(folder.path / "scan[1]*", "*.png").files, ElementsAre("a.png"));
}

TEST(Glob, NothingThereIsNothingFound) {
  const TemporaryFolder folder;
  folder.write("a.tif");
  EXPECT_THAT(glob(folder.path, "*.png").files, IsEmpty());
  EXPECT_THAT(glob(folder.path / "absent", "*.tif").files, IsEmpty());
}

TEST(NearlyMatching, AreFilesThatAreSpelledOtherwise) {
  const TemporaryFolder folder;
  for (const char* name : {"t1/a.tif", "t1/B.TIF", "t2/c.tiff", "t2/d.png", "t3/e.jpeg"}) {
    folder.write(name);
  }
  EXPECT_THAT(nearly_matching(folder.path, "t?/*.tif"), ElementsAre("t1/B.TIF", "t2/c.tiff"));
  EXPECT_THAT(nearly_matching(folder.path, "t3/*.JPG"), ElementsAre("t3/e.jpeg"));
  EXPECT_THAT(nearly_matching(folder.path, "t2/*"), IsEmpty());
}

TEST(NoMatch, SaysWhatMayHaveBeenMeant) {
  const TemporaryFolder folder;
  folder.write("a/B.TIF");
  EXPECT_EQ(no_match(folder.path, "a/*.png"), "matches no file, expected at least one");
  EXPECT_THAT(no_match(folder.path, "a/*.tif"),
              testing::HasSubstr("; a/B.TIF is spelled otherwise"));
  EXPECT_THAT(no_match(folder.path, "**/*.tif"), testing::HasSubstr("; ** is * here"));
  EXPECT_THAT(no_match(folder.path, "a/*.{tif,png}"), testing::HasSubstr("not a choice"));
}

}  // namespace
}  // namespace unetflow
