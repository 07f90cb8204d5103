#include "artifact/shard.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <random>
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

void commit_pictures(ShardWriter& shard) {
  Manifest manifest;
  manifest.kind = "pictures";
  manifest.stage = "test";
  manifest.config = Json::object();
  shard.commit(manifest);
}

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
                "has 1 entries in /, expected 0 as the manifest describes");
  refused_after([](Json& manifest) { manifest["datasets"] = nullptr; },
                "has 1 entries in /, expected 0 as the manifest describes");
  refused_after([](Json& manifest) { manifest["files"].clear(); },
                "at /files: does not name 00000-of-00001.h5");
}

TEST_F(Shard, ThatHoldsMoreThanItsManifestDescribesIsRefused) {
  const fs::path path = folder / "00000-of-00001.json";
  {
    ShardWriter shard(path);
    for (const char* const name : {"pictures/0/image", "pictures/0/label", "pictures/1/image"}) {
      const float value = 1;
      shard.write_whole<float>(name, {1}, std::span(&value, 1), {{"x"}, "1", "of a test"});
    }
    commit_pictures(shard);
  }
  EXPECT_EQ(ShardReader(path).read_whole<float>("pictures/0/image"), std::vector<float>{1});
  const std::string before = file_bytes(path);
  const std::map<std::string, std::string> messages = {
      {"pictures/0/label", "has 2 entries in /pictures/0, expected 1"},
      {"pictures/1/image", "has 2 entries in /pictures, expected 1"}};
  for (const auto& [name, message] : messages) {
    std::ofstream(path) << before;
    make_consistent(path, [&](Json& manifest) { manifest["datasets"].erase(name); });
    EXPECT_THAT([&] { ShardReader(path).read_whole<float>("pictures/0/image"); },
                ThrowsMessage<InputError>(HasSubstr(message)));
  }
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
    commit_pictures(shard);
  }
  const ShardReader shard(path);
  EXPECT_FALSE(shard.has_samples("large"));
  EXPECT_TRUE(shard.read_whole<std::uint8_t>("large") == values);
}

/// How many of a file's pages the system holds in memory.
std::ptrdiff_t pages_in_memory(int descriptor, std::size_t bytes) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> held((bytes + page - 1) / page);
  void* const mapped = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, descriptor, 0);
  EXPECT_EQ(mincore(mapped, bytes, held.data()), 0);
  munmap(mapped, bytes);
  return std::count_if(held.begin(), held.end(), [](unsigned char byte) { return byte & 1; });
}

TEST_F(Shard, AnnouncedSamplesAreReadAhead) {
  const fs::path path = folder / "00000-of-00001.json";
  constexpr std::int64_t kSamples = 4, kSize = 1 << 20;
  {
    std::minstd_rand noise;
    std::vector<std::uint8_t> values(static_cast<size_t>(kSize));
    ShardWriter shard(path);
    shard.create<std::uint8_t>("noise", {kSamples, kSize}, {{"sample", "x"}, "1", "of a test"});
    for (std::int64_t i = 0; i < kSamples; ++i) {
      for (auto& value : values) value = static_cast<std::uint8_t>(noise() >> 8);
      shard.write<std::uint8_t>("noise", i, values);
    }
    commit_pictures(shard);
  }
  const ShardReader shard(path);
  EXPECT_TRUE(shard.has_samples("noise"));
  const auto file = fs::path(path).replace_extension(".h5");
  const int descriptor = open(file.c_str(), O_RDONLY);
  const auto bytes = static_cast<std::size_t>(fs::file_size(file));
  posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
  const auto pages = kSize / sysconf(_SC_PAGESIZE);
  const auto before = pages_in_memory(descriptor, bytes);
  if (before > pages) GTEST_SKIP() << "this file system keeps its files in memory";
  shard.announce("noise", 2);
  shard.announce("noise", kSamples);  // is not there: nothing happens
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (pages_in_memory(descriptor, bytes) < before + pages &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_GE(pages_in_memory(descriptor, bytes), before + pages);
  EXPECT_LT(pages_in_memory(descriptor, bytes), before + 2 * pages);
  close(descriptor);
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
