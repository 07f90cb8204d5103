#include "ingest/label_kind.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "core/error.hpp"
#include "image/write_picture.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

constexpr Index kSize = 48;

class LabelKinds : public testing::Test {
 protected:
  /// value(spot) of a pixel in one of 16 squares of 8 px, which is numbered from 1; 0 between them.
  template <class Value>
  void write(const std::string& name, Value value) const {
    Picture<std::uint8_t> page(kSize, kSize);
    for (Index y = 0; y < kSize; ++y) {
      for (Index x = 0; x < kSize; ++x) {
        const bool inside = y % 12 < 8 && x % 12 < 8;
        const auto spot = static_cast<int>(inside ? 4 * (y / 12) + x / 12 + 1 : 0);
        page.plane()(y, x) = static_cast<std::uint8_t>(value(spot));
      }
    }
    write_png(temporary.path / name, Plane<const std::uint8_t>(page.plane()));
  }
  LabelKind look(const std::string& kind = "", bool objects = false) const {
    PictureFolder folder(temporary.path);
    return label_kind_of(folder, folder.list_labels("*.png"), objects, kind);
  }
  const TemporaryFolder temporary;
};

TEST_F(LabelKinds, TwoValuesAreBinary) {
  write("a.png", [](int spot) { return spot != 0 ? 255 : 0; });
  const auto found = look();
  EXPECT_EQ(found.config.kind, "binary");
  EXPECT_TRUE(found.config.values.empty());
  EXPECT_THAT(found.doubts, IsEmpty());
}

TEST_F(LabelKinds, TwoValuesWithoutZeroAreBinaryAndTheSmallerIsBackground) {
  write("a.png", [](int spot) { return spot != 0 ? 2 : 1; });
  const auto found = look();
  EXPECT_EQ(found.config.values, (Json{{"1", 0}, {"2", 1}}));
  EXPECT_THAT(found.doubts, ElementsAre(HasSubstr("1 is taken for background")));
}

TEST_F(LabelKinds, OneAnd255InDifferentFilesAreBothForeground) {
  write("a.png", [](int spot) { return spot != 0 ? 1 : 0; });
  write("b.png", [](int spot) { return spot != 0 ? 255 : 0; });
  EXPECT_EQ(look().config.values, (Json{{"0", 0}, {"1", 1}, {"255", 1}}));
}

TEST_F(LabelKinds, ValuesInOnePieceEachAreInstances) {
  write("a.png", [](int spot) { return 3 * spot; });
  EXPECT_EQ(look().config.kind, "instances");
}

TEST_F(LabelKinds, AFewValuesOfManyPiecesAreClasses) {
  write("a.png", [](int spot) { return spot % 4; });
  const auto found = look();
  EXPECT_EQ(found.config.kind, "classes");
  EXPECT_EQ(found.config.classes, 4);
  EXPECT_TRUE(found.config.values.empty());
}

TEST_F(LabelKinds, ClassesThatAreNotIdsGetAClassEach) {
  write("a.png", [](int spot) { return 100 * (spot % 3); });
  EXPECT_EQ(look().config.values, (Json{{"0", 0}, {"100", 1}, {"200", 2}}));
}

TEST_F(LabelKinds, TwoHundredAndFiftyFiveAboveIdsIsNotAnnotated) {
  write("a.png", [](int spot) { return spot % 4 == 3 ? 255 : spot % 4; });
  const auto found = look();
  EXPECT_EQ(found.config.classes, 3);
  EXPECT_EQ(found.config.ignore, Json::array({255}));
  EXPECT_THAT(found.doubts, ElementsAre(HasSubstr("nobody has annotated")));
}

TEST_F(LabelKinds, TwoHundredAndFiftyFiveAboveIdsOfCellsIsNotAnnotated) {
  write("a.png", [](int spot) { return spot == 3 ? 255 : spot; });
  const auto found = look();
  EXPECT_EQ(found.config.kind, "instances");
  EXPECT_EQ(found.config.ignore, Json::array({255}));
}

TEST_F(LabelKinds, SmoothedMasksAreCutAtHalf) {
  Picture<std::uint8_t> page(kSize, kSize);
  for (Index y = 0; y < kSize; ++y) {
    for (Index x = 0; x < kSize; ++x) {
      page.plane()(y, x) = static_cast<std::uint8_t>(std::clamp<Index>(60 * (x % 24 - 9), 0, 255));
    }
  }
  write_png(temporary.path / "a.png", Plane<const std::uint8_t>(page.plane()));
  const auto found = look();
  EXPECT_EQ(found.config.kind, "binary");
  EXPECT_EQ(found.config.threshold, 127.5);
  EXPECT_THAT(found.doubts, ElementsAre(HasSubstr("a.png page 0: has values in between")));
  EXPECT_THAT([&] { look("classes"); },
              ThrowsMessage<InputError>(HasSubstr("a.png page 0: has values in between")));
}

TEST_F(LabelKinds, AnImageWithOutlinesDrawnOverItHasNoClasses) {
  Picture<std::uint8_t> page(3, kSize, kSize);
  for (Index y = 0; y < kSize; ++y) {
    for (Index x = 0; x < kSize; ++x) {
      const bool outline = y % 12 == 0 || x % 12 == 0;
      const Index gray = 2 * y + 3 * x;
      for (Index c = 0; c < 3; ++c) {
        page.plane(c)(y, x) = static_cast<std::uint8_t>(outline ? 255 * (c == 0) : gray);
      }
    }
  }
  write_png(temporary.path / "a.png", page.stack());
  EXPECT_THAT([&] { look("classes"); },
              ThrowsMessage<InputError>(HasSubstr("a.png page 0: has values in between")));
}

TEST_F(LabelKinds, MasksOnceSavedAsJpegOfHighQualityAreCutAtHalf) {
  write("a.png", [](int spot) { return spot == 0 ? 0 : spot % 3 == 0 ? 254 : 255; });
  EXPECT_EQ(look().config.kind, "classes");  // the low end is one value
  fs::remove(temporary.path / "a.png");
  write("b.png", [](int spot) { return spot < 2 ? spot : 255 - spot % 3; });
  EXPECT_EQ(look().config.threshold, 127.5);
}

TEST_F(LabelKinds, LinesAmongZerosMayBeScribbles) {
  Picture<std::uint8_t> page(kSize, kSize);
  for (Index x = 4; x < kSize - 4; ++x) {
    for (const Index y : {10, 11, 30, 31}) {
      page.plane()(y, x) = static_cast<std::uint8_t>(x % 12 < 6 ? 1 : 2);
    }
  }
  write_png(temporary.path / "a.png", Plane<const std::uint8_t>(page.plane()));
  const auto found = look();
  EXPECT_EQ(found.config.kind, "classes");
  EXPECT_THAT(found.doubts, ElementsAre(HasSubstr("0 but for lines in 6.9 % of the pixels")));
}

TEST_F(LabelKinds, WhatTheUserSaysCounts) {
  write("a.png", [](int spot) { return spot; });
  EXPECT_EQ(look("binary").config.kind, "binary");
  EXPECT_EQ(look("classes").config.classes, 17);
  EXPECT_EQ(look("", true).config.kind, "objects");
}

TEST_F(LabelKinds, AnImageIsNotALabel) {
  Picture<std::uint8_t> page(kSize, kSize);
  for (Index y = 0; y < kSize; ++y) {
    for (Index x = 0; x < kSize; ++x) page.plane()(y, x) = static_cast<std::uint8_t>(2 * y + 3 * x);
  }
  write_png(temporary.path / "a.png", Plane<const std::uint8_t>(page.plane()));
  EXPECT_THAT([&] { look(); },
              ThrowsMessage<InputError>((temporary.path / "a.png").string() +
                                        " page 0: has many gray values, as an image has, expected "
                                        "a label"));
}

TEST_F(LabelKinds, OneValueEverywhereIsRefused) {
  write("a.png", [](int) { return 0; });
  EXPECT_THAT([&] { look(); },
              ThrowsMessage<InputError>((temporary.path / "a.png").string() +
                                        " page 0: and the other labels have the value 0 "
                                        "everywhere, expected background and foreground"));
}

}  // namespace
}  // namespace unetflow
