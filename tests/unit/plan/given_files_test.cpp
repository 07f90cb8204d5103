#include "plan/given_files.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "image/write_picture.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

namespace fs = std::filesystem;
using testing::ThrowsMessage;

class GivenFilesTest : public testing::Test {
 protected:
  std::string write(const std::string& name) const {
    const auto file = temporary.path / name;
    fs::create_directories(file.parent_path());
    if (!fs::exists(file)) {
      const Picture<std::uint8_t> page(4, 4);
      write_png(file, page.plane());
    }
    return file.string();
  }
  FoundFiles find(const std::string& images, const std::string& labels) const {
    const auto full = [&](const std::string& name) {
      return name.empty() ? name : (temporary.path / name).string();
    };
    return find_files({full(images), full(labels), ""});
  }
  const TemporaryFolder temporary;
};

TEST_F(GivenFilesTest, TheSourceIsTheFolderThatHoldsBoth) {
  write("data/image/1.png");
  write("data/label/1.png");
  const auto found = find("data/image/", "data/label");
  EXPECT_EQ(found.root, temporary.path / "data");
  EXPECT_EQ(found.patterns.images, "image");
  EXPECT_EQ(found.patterns.labels, "label");
}

TEST_F(GivenFilesTest, APatternOfFoldersStandsForTheirFiles) {
  write("data/1/images/a.png");
  write("data/1/masks/b.png");
  const auto found = find("data/*/images", "data/*/masks/*.png");
  EXPECT_EQ(found.root, temporary.path / "data");
  EXPECT_EQ(found.patterns.images, "*/images/*");
  EXPECT_EQ(found.patterns.labels, "*/masks/*.png");
}

TEST_F(GivenFilesTest, AFolderOfFoldersStandsForTheFilesBelow) {
  write("data/image/mouse1/a.png");
  write("data/label/mouse1/a.png");
  EXPECT_EQ(find("data/image", "data/label").patterns.images, "image/*/*");
}

TEST_F(GivenFilesTest, OneFolderMayHoldBoth) {
  write("data/a_raw.png");
  write("data/a_mask.png");
  const auto found = find("data/*_raw.png", "data/*_mask.png");
  EXPECT_EQ(found.root, temporary.path / "data");
  EXPECT_EQ(found.patterns.images, "*_raw.png");
}

TEST_F(GivenFilesTest, SaysWhatMatchesNoFile) {
  write("data/image/1.png");
  fs::create_directories(temporary.path / "empty");
  EXPECT_THAT([&] { find("data/image", "data/labels"); },
              ThrowsMessage<InputError>("--labels " + (temporary.path / "data/labels").string() +
                                        ": matches no file, expected at least one"));
  EXPECT_THAT([&] { find("data/image", "empty"); },
              ThrowsMessage<InputError>("--labels " + (temporary.path / "empty").string() +
                                        ": has no image files, expected some"));
}

TEST(GivenFiles, MustBeNamed) {
  EXPECT_THAT(
      [] {
        check_given({"", "b", ""}, "");
      },
      ThrowsMessage<InputError>("--images: is missing, expected files or a folder"));
  EXPECT_THAT(
      [] {
        check_given({"a", "", ""}, "");
      },
      ThrowsMessage<InputError>("--labels: is missing, expected files or a folder: what is "
                                "not labelled cannot be learned from"));
  EXPECT_THAT(
      [] {
        check_given({"a", "b", ""}, "cells");
      },
      ThrowsMessage<InputError>(
          "--kind: is cells, expected binary, classes, instances or objects"));
}

}  // namespace
}  // namespace unetflow
