#include "artifact/chunk.hpp"

#include <gmock/gmock.h>

#include <random>

#include "artifact/shard.hpp"
#include "core/error.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

template <class T>
class Chunks : public testing::Test {
 protected:
  static constexpr std::int64_t kSamples = 3;

  /// Samples that deflate well, badly, and not at all: HDF5 then leaves the filter out.
  fs::path write(std::int64_t size) {
    const fs::path path = temporary_.path / "00000-of-00001.json";
    ShardWriter shard(path);
    shard.create<T>("values", {kSamples, size}, {{"sample", "x"}, "1", ""});
    std::mt19937_64 random(1);
    for (std::int64_t i = 0; i < kSamples; ++i) {
      std::vector<T> values(static_cast<size_t>(size));
      auto bytes = std::as_writable_bytes(std::span(values));
      for (size_t b = 0; b < bytes.size(); ++b) {
        const auto word = random();
        bytes[b] = static_cast<std::byte>(i == 0 ? b / 64 : i == 1 ? word % 16 : word);
        if (std::is_floating_point_v<T> && b % sizeof(T) == sizeof(T) - 1) bytes[b] = std::byte{63};
      }
      shard.write<T>("values", i, values);
      written_.push_back(std::move(values));
    }
    Manifest manifest;
    manifest.kind = "pictures";
    manifest.stage = "tile";
    manifest.config = Json::object();
    shard.commit(manifest);
    return path;
  }

  const TemporaryFolder temporary_;
  std::vector<std::vector<T>> written_;
};

using Types =
    testing::Types<float, std::uint8_t, std::uint16_t, std::uint32_t, std::int32_t, std::int64_t>;
TYPED_TEST_SUITE(Chunks, Types);

TYPED_TEST(Chunks, AreDecodedToWhatWasWritten) {
  for (const std::int64_t size : {1, 3, 721, 100'003}) {
    this->written_.clear();
    const ShardReader shard(this->write(size));
    for (std::int64_t i = 0; i < this->kSamples; ++i) {
      Chunk chunk;
      shard.fetch<TypeParam>("values", i, static_cast<size_t>(size), chunk);
      std::vector<TypeParam> values(static_cast<size_t>(size));
      decode(chunk, std::as_writable_bytes(std::span(values)));
      EXPECT_EQ(values, this->written_[static_cast<size_t>(i)]) << size << " values, sample " << i;
    }
  }
}

TYPED_TEST(Chunks, WithAnyByteChangedAreRefusedByName) {
  const ShardReader shard(this->write(50));
  for (std::int64_t i = 0; i < this->kSamples; ++i) {
    Chunk chunk;
    shard.fetch<TypeParam>("values", i, 50, chunk);
    std::vector<TypeParam> values(50);
    for (auto& byte : chunk.bytes) {
      byte ^= std::byte{0x10};
      EXPECT_THAT([&] { decode(chunk, std::as_writable_bytes(std::span(values))); },
                  ThrowsMessage<InputError>(HasSubstr("dataset values index")));
      byte ^= std::byte{0x10};
    }
    chunk.bytes.resize(chunk.bytes.size() / 2);
    EXPECT_THROW(decode(chunk, std::as_writable_bytes(std::span(values))), InputError);
  }
}

TEST(Chunk, OfAnotherNumberOfValuesIsRefused) {
  Chunk chunk{std::vector<std::byte>(12), 0, 4, "a.h5"};
  std::vector<float> values(2);
  EXPECT_THAT([&] { decode(chunk, std::as_writable_bytes(std::span(values))); },
              ThrowsMessage<InputError>(HasSubstr("a.h5: is damaged")));
}

}  // namespace
}  // namespace unetflow
