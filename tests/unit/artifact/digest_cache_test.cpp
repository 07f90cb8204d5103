#include "artifact/digest_cache.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "core/digest.hpp"
#include "core/error.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// Writes an entry for `file` as it is now, with a digest that no file has.
void remember_wrongly(const fs::path& cache, const fs::path& file) {
  struct stat status;
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  const auto nanoseconds = [](const timespec& time) {
    return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
  };
  const Json entry = {status.st_size, status.st_ino, nanoseconds(status.st_mtim),
                      nanoseconds(status.st_ctim), "remembered"};
  std::ofstream(cache) << Json{{file.string(), entry}};
}

TEST(DigestCache, ReadsAFileThatItDoesNotKnow) {
  const TemporaryFolder folder;
  const auto file = folder.write("a", "abc");
  EXPECT_EQ(DigestCache(folder.path / "cache").sha256(file), sha256("abc"));
}

TEST(DigestCache, DoesNotReadAFileThatIsAsItWas) {
  const TemporaryFolder folder;
  const auto file = folder.write("a", "abc"), cache = folder.path / "cache";
  remember_wrongly(cache, file);
  EXPECT_EQ(DigestCache(cache).sha256(file), "remembered");
}

TEST(DigestCache, ReadsAFileAgainThatWasReplacedByOneOfTheSameSizeAndDate) {
  const TemporaryFolder folder;
  const auto file = folder.write("a", "abc"), cache = folder.path / "cache";
  const auto date = fs::last_write_time(file);
  remember_wrongly(cache, file);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  std::ofstream(file) << "xyz";
  fs::last_write_time(file, date);
  EXPECT_EQ(DigestCache(cache).sha256(file), sha256("xyz"));
}

TEST(DigestCache, DoesNotRememberAFileThatHasJustChanged) {
  const TemporaryFolder folder;
  const auto file = folder.write("a", "abc"), cache = folder.path / "cache";
  DigestCache first(cache);
  first.sha256(file);
  first.save();
  EXPECT_FALSE(fs::exists(cache));
}

TEST(DigestCache, RemembersAFileThatHasRestedForTwoSeconds) {
  const TemporaryFolder folder;
  const auto file = folder.write("a", "abc"), cache = folder.path / "cache";
  std::this_thread::sleep_for(std::chrono::milliseconds(2050));
  DigestCache first(cache);
  first.sha256(file);
  first.save();
  EXPECT_THAT(file_bytes(cache), HasSubstr(sha256("abc")));
}

TEST(DigestCache, ThatIsDamagedIsAsGoodAsNone) {
  const TemporaryFolder folder;
  const auto file = folder.write("a", "abc");
  for (const std::string& damage :
       {std::string("{"), std::string("[1]"), "{\"" + file.string() + "\": [1, 2, 3, 4, 5]}",
        "{\"" + file.string() + "\": 7}", std::string("\0\0", 2)}) {
    const auto cache = folder.write("cache", damage);
    EXPECT_EQ(DigestCache(cache).sha256(file), sha256("abc")) << damage;
  }
}

TEST(DigestCache, RefusesWhatIsNotAFile) {
  const TemporaryFolder folder;
  const auto pipe = folder.path / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  DigestCache cache(folder.path / "cache");
  EXPECT_THROW(cache.sha256(pipe), InputError);  // and does not wait for it
  EXPECT_THROW(cache.sha256(folder.path / "none"), InputError);
}

}  // namespace
}  // namespace unetflow
