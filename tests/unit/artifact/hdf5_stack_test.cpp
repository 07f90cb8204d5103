#include "artifact/hdf5_stack.hpp"

#include <gmock/gmock.h>

#include "artifact/shard.hpp"
#include "core/error.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Datasets of an HDF5 file; our own shards are such files.
class Hdf5Stack : public testing::Test {
 protected:
  template <class T>
  fs::path write(const Shape& shape, const std::vector<T>& values) const {
    ShardWriter shard(folder_.path / "00000-of-00001.json");
    shard.write_whole<T>("group/data", shape, values,
                         {std::vector<std::string>(shape.size(), "axis"), "1", "of a test"});
    Manifest manifest;
    manifest.kind = "pictures";
    manifest.stage = "test";
    manifest.config = Json::object();
    shard.commit(manifest);
    return folder_.path / "00000-of-00001.h5";
  }
  /// The values of a page [1, 2] of a dataset [2, 1, 2].
  template <class Read, class Stored>
  std::vector<Read> second_page(const std::vector<Stored>& values) const {
    const auto stack = hdf5_format().open(write<Stored>({2, 1, 2}, values), "group/data");
    EXPECT_EQ(stack->pages(), 2);
    const auto page = stack->read(1);
    EXPECT_EQ(page.is_signed, std::is_signed_v<Stored> && std::is_integral_v<Stored>);
    EXPECT_FALSE(page.lossy);
    return std::get<Picture<Read>>(page.values).values;
  }
  const TemporaryFolder folder_;
};

TEST_F(Hdf5Stack, UnsignedIntegersAndFloatsKeepTheirTypes) {
  EXPECT_THAT((second_page<std::uint8_t, std::uint8_t>({1, 2, 3, 255})), ElementsAre(3, 255));
  EXPECT_THAT((second_page<std::uint16_t, std::uint16_t>({1, 2, 3, 65535})), ElementsAre(3, 65535));
  EXPECT_THAT((second_page<std::uint32_t, std::uint32_t>({1, 2, 3, 70000})), ElementsAre(3, 70000));
  EXPECT_THAT((second_page<float, float>({1, 2, -3, 0.5f})), ElementsAre(-3, 0.5f));
}

TEST_F(Hdf5Stack, SignedIntegersAreReadAsInTiff) {
  EXPECT_THAT((second_page<std::uint32_t, std::int32_t>({1, 2, 3, 70000})), ElementsAre(3, 70000));
  EXPECT_THAT((second_page<float, std::int32_t>({1, 2, -3, 7})), ElementsAre(-3, 7));
  EXPECT_THAT((second_page<std::uint32_t, std::int64_t>({1, 2, 3, 70000})), ElementsAre(3, 70000));
  EXPECT_THAT((second_page<float, std::int64_t>({1, 2, 3, 1ll << 40})), ElementsAre(3, 0x1p40f));
}

TEST_F(Hdf5Stack, TwoAxesAreOnePage) {
  const auto stack =
      hdf5_format().open(write<std::uint8_t>({2, 3}, {1, 2, 3, 4, 5, 6}), "group/data");
  ASSERT_EQ(stack->pages(), 1);
  const auto picture = std::get<Picture<std::uint8_t>>(stack->read(0).values);
  EXPECT_EQ(picture.height, 2);
  EXPECT_EQ(picture.width, 3);
  EXPECT_THAT(picture.values, ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(Hdf5Stack, APageIsThePlaneOfYAndXWhereverTheyAre) {
  const auto file = write<std::uint8_t>({3, 1, 2}, {1, 2, 3, 4, 5, 6});
  const auto page_of = [&](const char* axes, Index number) {
    const auto stack = hdf5_format().open(file, "group/data", axes);
    const auto page = std::get<Picture<std::uint8_t>>(stack->read(number).values);
    return std::pair(std::array{stack->pages(), page.height, page.width}, page.values);
  };
  using testing::Pair;
  EXPECT_THAT(page_of("ZYX", 2), Pair(ElementsAre(3, 1, 2), ElementsAre(5, 6)));
  EXPECT_THAT(page_of("YXC", 1), Pair(ElementsAre(2, 3, 1), ElementsAre(2, 4, 6)));
  EXPECT_THAT(page_of("XCY", 0), Pair(ElementsAre(1, 2, 3), ElementsAre(1, 3, 5, 2, 4, 6)));
  EXPECT_THAT([&] { page_of("YX", 0); },
              ThrowsMessage<InputError>(HasSubstr("has the shape [3, 1, 2], which the axes YX")));
}

TEST_F(Hdf5Stack, PagesComeInAnyOrderAlsoOutOfOneChunk) {
  const auto stack =
      hdf5_format().open(write<std::uint8_t>({4, 1, 1}, {10, 11, 12, 13}), "group/data");
  for (const int page : {2, 0, 3, 3, 1}) {
    EXPECT_THAT(std::get<Picture<std::uint8_t>>(stack->read(page).values).values,
                ElementsAre(10 + page));
  }
}

TEST_F(Hdf5Stack, WhatIsMissingOrOfAnotherFormIsNamed) {
  const auto file = write<std::uint8_t>({1, 1, 1, 1}, {1});
  const auto open = [&](const fs::path& path, const std::string& dataset) {
    return [=] { hdf5_format().open(path, dataset); };
  };
  EXPECT_THAT(open(file, "group/date"),
              ThrowsMessage<InputError>(HasSubstr(".h5 dataset group/date: is missing")));
  EXPECT_THAT(open(file, "group"),
              ThrowsMessage<InputError>(HasSubstr("cannot be opened as a dataset")));
  EXPECT_THAT(hdf5_format().open(file, "group/data")->describe().unclear,
              HasSubstr("has the shape [1, 1, 1, 1] and does not say what its axes are"));
  EXPECT_THAT(open(folder_.write("a.h5", "text"), "data"),
              ThrowsMessage<InputError>(HasSubstr("a.h5: is not a readable HDF5 file")));
  const auto stack = hdf5_format().open(write<std::uint8_t>({1, 1, 1}, {1}), "group/data");
  EXPECT_THAT([&] { stack->read(1); },
              ThrowsMessage<InputError>(
                  HasSubstr("dataset group/data page 1: is not there; the dataset has 1 pages")));
}

TEST_F(Hdf5Stack, DamagedDataAreAnInputErrorThatNamesThePage) {
  std::vector<std::uint8_t> values(2 * 64 * 64);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint8_t>(i * i / 7);
  const auto file = write<std::uint8_t>({2, 64, 64}, values);
  std::string content = file_bytes(file);
  for (size_t i = content.size() - 200; i < content.size(); ++i) {
    content[i] = static_cast<char>(~content[i]);
  }
  const auto stack = hdf5_format().open(folder_.write("a.h5", content), "group/data");
  EXPECT_THAT([&] { stack->read(1); },
              ThrowsMessage<InputError>(HasSubstr("a.h5 dataset group/data page 1: is damaged")));
}

}  // namespace
}  // namespace unetflow
