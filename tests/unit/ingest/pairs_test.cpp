#include "ingest/pairs.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

using Names = std::vector<std::string>;

class PairPages : public testing::Test {
 protected:
  /// Pages of files; "a:3" has three.
  static std::vector<PageAddress> pages(const Names& files) {
    std::vector<PageAddress> out;
    for (const auto& file : files) {
      const auto colon = file.find(':');
      const Index count = colon == std::string::npos ? 1 : std::stol(file.substr(colon + 1));
      for (Index page = 0; page < count; ++page) {
        out.push_back({file.substr(0, colon), "", page, count});
      }
    }
    return out;
  }
  Names labels_of(const Names& images, const Names& labels) const {
    Names out;
    for (const auto& label : pair_pages(folder, pages(images), pages(labels)).labels) {
      out.push_back(label.file.empty() ? "" : label.name());
    }
    return out;
  }
  std::string rule(const Names& images, const Names& labels) const {
    return pair_pages(folder, pages(images), pages(labels)).rule;
  }
  const PictureFolder folder{"root"};
};

TEST_F(PairPages, GivesEachImageItsLabelOrNone) {
  EXPECT_THAT(labels_of({"t1.tif", "t2.tif", "t3.tif"}, {"s03.tif", "s01.tif"}),
              ElementsAre("s01", "", "s03"));
  EXPECT_THAT(labels_of({"a.tif:2", "b.tif:1"}, {"b_gt.tif:1", "a_gt.tif:2"}),
              ElementsAre("a_gt:0", "a_gt:1", "b_gt"));
  EXPECT_EQ(rule({"t1.tif", "t2.tif"}, {"s02.tif", "s01.tif"}), "number");
  EXPECT_EQ(rule({"a.tif", "b.tif"}, {"a.png", "b.png"}), "name");
}

TEST_F(PairPages, TwoSingleFilesBelongTogether) {
  EXPECT_THAT(labels_of({"volume.tif:2"}, {"truth.tif:2"}), ElementsAre("truth:0", "truth:1"));
  EXPECT_EQ(rule({"volume.tif:2"}, {"truth.tif:2"}), "only file");
}

TEST_F(PairPages, GoesByOrderOnlyWhereNoNameFits) {
  EXPECT_THAT(labels_of({"a.tif", "b.tif"}, {"x.tif", "y.tif"}), ElementsAre("x", "y"));
  EXPECT_EQ(rule({"a.tif", "b.tif"}, {"x.tif", "y.tif"}), "order");
  EXPECT_EQ(rule({"stack.tif:2"}, {"x.tif", "y.tif"}), "order");
}

TEST_F(PairPages, LabelsOfSingleFramesSayTheirNumbers) {
  EXPECT_THAT(labels_of({"movie.tif:4"}, {"man_seg000.tif", "man_seg002.tif"}),
              ElementsAre("man_seg000", "", "man_seg002", ""));
  EXPECT_THAT(labels_of({"movie.tif:12"}, {"m1_12.tif", "m1_3.tif"})[2], "m1_3");
  EXPECT_EQ(rule({"movie.tif:2"}, {"t1.tif", "t0.tif"}), "number");
}

TEST_F(PairPages, PagesOfOneTimeAndDepthBelongTogether) {
  using Places = std::vector<std::vector<std::int64_t>>;
  const auto at = [&](std::vector<PageAddress> all, const Places& places) {
    for (size_t i = 0; i < places.size(); ++i) all[i].time_and_depth = places[i];
    return all;
  };
  const auto images = at(pages({"a.tif:4"}), {{0, 0}, {0, 1}, {1, 0}, {1, 1}});
  const auto turned = at(pages({"l.tif:4"}), {{0, 0}, {1, 0}, {0, 1}, {1, 1}});
  const Pairs pairs = pair_pages(folder, images, turned);
  EXPECT_EQ(pairs.labels[1].page, 2);
  EXPECT_EQ(pairs.labels[2].page, 1);
  EXPECT_THAT(pairs.remarks, IsEmpty());
  EXPECT_THAT(pair_pages(folder, images, pages({"l.tif:4"})).remarks,
              ElementsAre(HasSubstr("l.tif: does not say which of its pages is of which time")));
  EXPECT_THAT(
      pair_pages(folder, at(pages({"a.tif:2"}), {{0, -1}, {1, -1}}), pages({"l.tif:2"})).remarks,
      IsEmpty());
}

TEST_F(PairPages, PagesOfPlacesThatSeveralHaveBelongTogetherInOrder) {
  auto images = pages({"a.tif:3"}), labels = pages({"l.tif:3"});
  for (size_t i = 0; i < 3; ++i) {  // positions, and slices
    images[i].time_and_depth = {0, 0};
    labels[i].time_and_depth = {0, static_cast<std::int64_t>(i)};
  }
  const Pairs pairs = pair_pages(folder, images, labels);
  for (Index i = 0; i < 3; ++i) EXPECT_EQ(pairs.labels[static_cast<size_t>(i)].page, i);
}

TEST_F(PairPages, PagesOfFilesInOrderBelongTogetherByTimeAndDepth) {
  auto images = pages({"alpha.tif:4", "beta.tif:4"}), labels = pages({"x.tif:4", "y.tif:4"});
  for (size_t i = 0; i < images.size(); ++i) {
    const auto page = static_cast<std::int64_t>(i % 4);
    images[i].time_and_depth = {page / 2, page % 2};
    labels[i].time_and_depth = {page % 2, page / 2};
  }
  const Pairs pairs = pair_pages(folder, images, labels);
  EXPECT_EQ(pairs.rule, "order");
  EXPECT_EQ(pairs.labels[1].text(), "x.tif page 2");
  EXPECT_EQ(pairs.labels[6].text(), "y.tif page 1");
}

TEST_F(PairPages, OutlinesThatNameOtherImagesAreRefused) {
  auto outlines = pages({"c.json"});
  outlines.front().outlines = true;
  outlines.front().image = "zz.png";
  EXPECT_THAT([&] { pair_pages(folder, pages({"a.tif"}), outlines); },
              ThrowsMessage<InputError>(HasSubstr("c.json: names the image zz.png, which is not")));
  outlines.front().image = "a.png";
  EXPECT_EQ(pair_pages(folder, pages({"a.tif"}), outlines).labels[0].file, "c.json");
}

TEST_F(PairPages, OutlinesBelongToTheImagesWhosePathsTheyName) {
  const auto naming = [&](const Names& images) {
    auto outlines = pages(Names(images.size(), "c.json"));
    for (size_t i = 0; i < images.size(); ++i) {
      outlines[i].outlines = true;
      outlines[i].image = images[i];
    }
    return outlines;
  };
  const auto images = pages({"in/x/a.png", "in/x/b.png", "in/y/a.png"});
  const Pairs pairs = pair_pages(folder, images, naming({"y/a.png", "x/a.png", "z.png"}));
  EXPECT_EQ(pairs.labels[0].image, "x/a.png");
  EXPECT_EQ(pairs.labels[1].file, "");
  EXPECT_EQ(pairs.labels[2].image, "y/a.png");
  EXPECT_THAT(pairs.remarks, ElementsAre(HasSubstr("are not there, and are left out: z.png")));
  EXPECT_THAT(
      [&] {
        pair_pages(folder, images, naming({"a.png", "b.png"}));
      },
      ThrowsMessage<InputError>(
          HasSubstr("c.json: names the image a.png, which may be root/in/x/a.png or root/in/y")));
  EXPECT_THAT(
      [&] {
        pair_pages(folder, images, naming({"x/b.png", "b.png"}));
      },
      ThrowsMessage<InputError>(HasSubstr("names the image b.png, as does root/c.json")));
}

TEST_F(PairPages, LabelStudiosNamesAreThoseOfItsUploads) {
  auto outlines = pages({"c.json", "c.json"});
  for (auto& outline : outlines) outline.outlines = true;
  outlines[0].image = "3fa9c1b2-img_02.png";
  outlines[1].image = "images/00c1d2e3-img_01.png";
  const Pairs pairs = pair_pages(folder, pages({"i/img_01.png", "i/img_02.png"}), outlines);
  EXPECT_EQ(pairs.labels[0].image, "images/00c1d2e3-img_01.png");
  EXPECT_EQ(pairs.labels[1].image, "3fa9c1b2-img_02.png");
}

TEST_F(PairPages, RefusesWhatDoesNotFit) {
  const auto fails = [&](const Names& images, const Names& labels, const std::string& message) {
    EXPECT_THAT([&] { labels_of(images, labels); }, ThrowsMessage<InputError>(HasSubstr(message)));
  };
  fails({"1.png", "2.png", "3.png"}, {"l/1.png", "l/3.png", "l/4.png"},
        "root/l/4.png: has no image that is named like it");
  fails({"a.tif:3", "b.tif:1"}, {"a_m.tif:1", "b_m.tif:3"},
        "root/a_m.tif: has 1 page, expected 3 like root/a.tif");
  fails({"a.tif", "b.tif"}, {"x.tif"}, "1 page in 1 file for 2 pages in 2 files");
  fails({"a.tif:3", "b.tif:1"}, {"x.tif:1", "y.tif:3"}, "4 pages in 2 files");
  fails({"movie.tif:84"}, {"man_seg013.tif", "man_seg014.tif"},
        "2 pages in 2 files for 84 pages in 1 file of images, and their names do not say which "
        "belong together (numbers of frames may count from 0 or from 1)");
}

}  // namespace
}  // namespace unetflow
