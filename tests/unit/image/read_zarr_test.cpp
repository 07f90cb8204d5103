// What Python's zarr writes is read in tests/interop/ingest; here is what is missing or damaged.
#include <gmock/gmock.h>

#include "image_files.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// An array [2, 1, 3] of 16 bits in chunks of two columns, of which the last is not whole.
class ReadZarr : public testing::Test {
 protected:
  ReadZarr() {
    folder_.write("a.zarr/.zarray",
                  R"({"zarr_format": 2, "shape": [2, 1, 3], "chunks": [1, 1, 2], "dtype": "<u2",
            "compressor": null, "fill_value": 9, "order": "C", "filters": null})");
    folder_.write("a.zarr/0.0.0", bytes({1, 0, 2, 0}));
    folder_.write("a.zarr/0.0.1", bytes({3, 0, 4, 0}));
    folder_.write("a.zarr/1.0.0", bytes({5, 1, 6, 0}));
  }
  std::vector<std::uint16_t> page(Index number) const {
    const auto file = zarr_format().open(folder_.path / "a.zarr");
    return std::get<Picture<std::uint16_t>>(file->read(number).values).values;
  }
  const TemporaryFolder folder_;
};

TEST_F(ReadZarr, ChunksAreJoinedAndThoseThatAreNotStoredHaveTheFillValue) {
  EXPECT_THAT(page(0), ElementsAre(1, 2, 3));
  EXPECT_THAT(page(1), ElementsAre(261, 6, 9));
}

TEST_F(ReadZarr, ADamagedChunkIsNamed) {
  folder_.write("a.zarr/1.0.0", bytes({5, 1, 6}));
  EXPECT_THAT([&] { page(1); },
              ThrowsMessage<InputError>(HasSubstr("a.zarr page 1: has the damaged chunk 1.0.0: "
                                                  "expected 4 bytes of values")));
  EXPECT_THAT(page(0), ElementsAre(1, 2, 3));
}

TEST_F(ReadZarr, AChunkThatLeadsElsewhereIsRefused) {
  std::filesystem::remove(folder_.path / "a.zarr/1.0.0");
  std::filesystem::create_symlink("0.0.0", folder_.path / "a.zarr/1.0.0");
  EXPECT_THAT([&] { page(1); },
              ThrowsMessage<InputError>(HasSubstr("has the chunk 1.0.0, which is not a file")));
}

}  // namespace
}  // namespace unetflow
