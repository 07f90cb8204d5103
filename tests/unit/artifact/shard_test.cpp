#include "artifact/shard.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "consistent.hpp"
#include "core/digest.hpp"
#include "core/error.hpp"
#include "core/version.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

class Shard : public testing::Test {
 protected:
  /// A shard with one float dataset of two samples of 1 x 3.
  fs::path write(const std::string& name) const {
    const fs::path path = folder / name;
    ShardWriter shard(path);
    shard.create<float>("input", {2, 1, 3}, {{"sample", "y", "x"}, "1", "gray values"});
    shard.write<float>("input", 0, std::vector<float>{1, 2, 3});
    shard.write<float>("input", 1, std::vector<float>{4, 5, 6});
    Manifest manifest;
    manifest.kind = "pictures";
    manifest.stage = "tile";
    manifest.config = Json::object();
    manifest.contents = {{"classes", 2}};
    shard.commit(manifest);
    return path;
  }
  const TemporaryFolder temporary;
  const fs::path folder = temporary.path;
};

TEST_F(Shard, GivesBackWhatWasWritten) {
  const ShardReader shard(write("00000-of-00001.json"), "pictures");
  EXPECT_THAT(shard.shape("input"), ElementsAre(2, 1, 3));
  std::vector<float> sample(3);
  shard.read<float>("input", 1, sample);
  EXPECT_THAT(sample, ElementsAre(4, 5, 6));
  EXPECT_THAT(shard.read_whole<float>("input"), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_TRUE(shard.has("input"));
  EXPECT_FALSE(shard.has("group/input"));
  EXPECT_EQ(shard.manifest().version, kVersion);
  EXPECT_EQ(shard.manifest().contents.at("classes"), 2);
  EXPECT_EQ(shard.manifest().datasets.at("input").at("dtype"), "float32");
}

TEST_F(Shard, WrittenTwiceHasTheSameBytes) {
  const auto one = write("00000-of-00002.json"), two = write("00001-of-00002.json");
  EXPECT_EQ(sha256_of_file(folder / "00000-of-00002.h5"),
            sha256_of_file(folder / "00001-of-00002.h5"));
}

TEST_F(Shard, NotCommittedLeavesNothingBehind) {
  {
    ShardWriter shard(folder / "00000-of-00001.json");
    shard.create<float>("input", {1, 3}, {{"sample", "x"}, "1", ""});
  }
  EXPECT_TRUE(fs::is_empty(folder));
}

TEST_F(Shard, NotCommittedLeavesAnEarlierOneUntouched) {
  const auto path = write("00000-of-00001.json");
  { const ShardWriter shard(path); }
  EXPECT_THAT(ShardReader(path).read_whole<float>("input"), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(Shard, OfAnotherKindIsRefusedByName) {
  const auto path = write("00000-of-00001.json");
  EXPECT_THAT([&] { ShardReader(path, "weights"); },
              ThrowsMessage<InputError>(
                  testing::AllOf(HasSubstr(path.string()), HasSubstr("expected \"weights\""))));
}

TEST_F(Shard, WithoutItsDataFileSaysWhichIsMissing) {
  const auto path = write("00000-of-00001.json");
  fs::remove(folder / "00000-of-00001.h5");
  EXPECT_THAT([&] { const ShardReader shard(path); },
              ThrowsMessage<InputError>(HasSubstr("00000-of-00001.h5: is missing")));
}

TEST_F(Shard, ThatWasCutShortIsRefused) {
  const auto path = write("00000-of-00001.json");
  fs::resize_file(folder / "00000-of-00001.h5", 100);
  EXPECT_THAT([&] { const ShardReader shard(path); },
              ThrowsMessage<InputError>(HasSubstr("has 100 bytes, expected")));
}

TEST_F(Shard, WithADamagedChunkNamesDatasetAndIndex) {
  const auto path = write("00000-of-00001.json");
  // Every byte from the middle of the file on is inverted but for the length: the data's chunks
  // are behind the headers.
  const auto file = folder / "00000-of-00001.h5";
  const auto size = fs::file_size(file);
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  for (auto at = size - 40; at < size; ++at) {
    stream.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(~stream.get());
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(byte);
  }
  stream.close();
  const Manifest manifest = read_manifest(path);
  EXPECT_THAT([&] { verify_digests(manifest); },
              ThrowsMessage<InputError>(HasSubstr("is damaged")));
  EXPECT_THAT([&] { ShardReader{path}; },
              ThrowsMessage<InputError>(HasSubstr("00000-of-00001.h5: is damaged: its SHA-256")));
  std::vector<float> sample(3);
  make_consistent(path);
  const ShardReader shard(path);
  EXPECT_THAT([&] { shard.read<float>("input", 1, sample); },
              ThrowsMessage<InputError>(HasSubstr("dataset input index 1: is damaged")));
  // Nor does HDF5 print anything by itself, in whatever thread.
  testing::internal::CaptureStderr();
  std::thread([&] {
    EXPECT_THROW(shard.read_whole<float>("input"), InputError);
    EXPECT_THROW(shard.read_whole<float>("output"), InputError);
  }).join();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(Shard, WhoseManifestContradictsItIsRefused) {
  const auto path = write("00000-of-00001.json");
  const auto refused_after = [&](const auto& change, const std::string& message) {
    const std::string before = file_bytes(path);
    make_consistent(path, change);
    std::vector<float> sample(3);
    EXPECT_THAT([&] { ShardReader(path).read<float>("input", 1, sample); },
                ThrowsMessage<InputError>(HasSubstr(message)));
    std::ofstream(path) << before;
  };
  const auto shape = [](Json value) {
    return [value](Json& manifest) { manifest["datasets"]["input"]["shape"] = value; };
  };
  refused_after(shape({2, 1, 4}), "dataset input: has the shape [2, 1, 3], expected [2, 1, 4]");
  refused_after(shape(Json::array({2})), "has the shape [2, 1, 3], expected [2]");
  refused_after(shape({2, -3}), "/datasets/input/shape");
  refused_after(shape({2, std::uint64_t{1} << 62}), "/datasets/input/shape");
  refused_after(shape(Json::array()), "/datasets/input/shape");
  refused_after(shape("[2, 1, 3]"), "/datasets/input/shape");
  refused_after([](Json& manifest) { manifest["datasets"]["input"]["dtype"] = "uint8"; },
                "has values of another type than uint8");
  refused_after([](Json& manifest) { manifest["datasets"]["input"]["dtype"] = "float16"; },
                "/datasets/input/dtype: is \"float16\", expected one of");
  refused_after([](Json& manifest) { manifest["datasets"].erase("input"); },
                "dataset input: is missing");
  refused_after([](Json& manifest) { manifest["datasets"] = nullptr; },
                "dataset input: is missing");
  refused_after([](Json& manifest) { manifest["files"].clear(); },
                "at /files: does not name 00000-of-00001.h5");
}

TEST_F(Shard, GivesBackWhatIsLargerThanAChunk) {
  const Shape shape = {2, 4097, 4099};  // chunks are of 4096 x 4096
  std::vector<std::uint8_t> values(static_cast<size_t>(2 * 4097 * 4099));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<std::uint8_t>(i * 2654435761u >> 24);
  const fs::path path = folder / "00000-of-00001.json";
  {
    ShardWriter shard(path);
    shard.write_whole<std::uint8_t>("large", shape, values, {{"c", "y", "x"}, "1", "of a test"});
    Manifest manifest;
    manifest.kind = "pictures";
    manifest.stage = "test";
    manifest.config = Json::object();
    shard.commit(manifest);
  }
  const ShardReader shard(path);
  EXPECT_FALSE(shard.has_samples("large"));
  EXPECT_TRUE(shard.read_whole<std::uint8_t>("large") == values);
}

TEST_F(Shard, ReadsValuesOfTheTypeThatItHolds) {
  const ShardReader shard(write("00000-of-00001.json"));
  std::vector<std::uint8_t> narrow(3);
  EXPECT_THAT([&] { shard.read<std::uint8_t>("input", 0, narrow); },
              ThrowsMessage<InputError>(HasSubstr("has float32 values, expected uint8")));
  EXPECT_THAT([&] { shard.read_whole<std::int64_t>("input"); },
              ThrowsMessage<InputError>(HasSubstr("has float32 values, expected int64")));
}

TEST_F(Shard, AskedForWhatItHasNotSaysSo) {
  const ShardReader shard(write("00000-of-00001.json"));
  std::vector<float> sample(3), small(2);
  EXPECT_THAT([&] { shard.read<float>("weight", 0, sample); },
              ThrowsMessage<InputError>(HasSubstr("dataset weight: is missing")));
  EXPECT_THAT([&] { shard.read<float>("input", 2, sample); },
              ThrowsMessage<InputError>(HasSubstr("has no index 2")));
  EXPECT_THAT([&] { shard.read<float>("input", 0, small); },
              ThrowsMessage<InputError>(HasSubstr("has 3 values per sample, expected 2")));
}

}  // namespace
}  // namespace unetflow
