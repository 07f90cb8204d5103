#include "artifact/input_file.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "artifact/digest_cache.hpp"
#include "core/digest.hpp"
#include "core/error.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::ThrowsMessage;

const auto kChanged = ThrowsMessage<Error>(HasSubstr("a: was changed while it was being read"));

/// Writes into the file that is there, once the clock that stamps files has moved.
void overwrite(const fs::path& file, const std::string& text) {
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary) << text;
}

void replace(const fs::path& file, const std::string& text) {
  const fs::path other = file.string() + ".new";
  std::ofstream(other) << text;
  fs::rename(other, file);
}

TEST(InputFile, GivesContentAndDigestOfTheSameBytes) {
  const TemporaryFolder folder;
  const std::string text(3'000'000, 'x');
  const InputFile file(folder.write("a", text));
  const auto content = file.content();
  EXPECT_EQ(content.bytes, text);
  EXPECT_EQ(content.sha256, sha256(text));
  EXPECT_EQ(file.sha256(), sha256(text));
}

TEST(InputFile, MustBeAnOrdinaryFile) {
  const TemporaryFolder folder;
  const fs::path pipe = folder.path / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const auto refused = ThrowsMessage<InputError>(HasSubstr("is not an ordinary file"));
  EXPECT_THAT([&] { InputFile{pipe}; }, refused) << "and nobody waits for a writer";
  EXPECT_THAT([&] { InputFile{folder.path}; }, refused);
  EXPECT_THAT([&] { InputFile{"/dev/zero"}; }, refused);
  EXPECT_THAT([&] { InputFile{folder.path / "none"}; },
              ThrowsMessage<InputError>(HasSubstr("none: is missing")));
}

TEST(InputWatch, KnowsADigestAsLongAsTheFileStaysAsItIs) {
  const TemporaryFolder folder;
  const auto path = folder.write("a", "abc");
  const InputWatch watch;
  const InputFile file(path);
  EXPECT_EQ(InputWatch::known(path, file.stamp()), "");
  file.sha256();
  EXPECT_EQ(InputWatch::known(path, file.stamp()), sha256("abc"));
  EXPECT_EQ(InputWatch::known(folder.path / "other/../a", file.stamp()), sha256("abc"));
  overwrite(path, "xyz");
  EXPECT_EQ(InputWatch::known(path, InputFile(path).stamp()), "");
}

TEST(InputWatch, NoticesAFileThatIsReadTwiceWithOtherContent) {
  const TemporaryFolder folder;
  const auto path = folder.write("a", "abc");
  const InputWatch watch;
  EXPECT_EQ(InputFile(path).content().bytes, "abc");
  replace(path, "xyz");
  EXPECT_THAT([&] { InputFile(path).content(); }, kChanged);
}

TEST(InputWatch, NoticesAFileThatWasOverwrittenAfterItWasRead) {
  const TemporaryFolder folder;
  const auto path = folder.write("a", "abc");
  const InputWatch watch;
  InputFile(path).sha256();
  watch.check();
  overwrite(path, "xyz");
  EXPECT_THAT([&] { watch.check(); }, kChanged);
}

TEST(InputWatch, ForgivesANewNameOrModeOrDateOfTheSameContent) {
  const TemporaryFolder folder;
  const auto path = folder.write("a", "abc");
  const InputWatch watch;
  InputFile(path).sha256();
  fs::permissions(path, fs::perms::owner_all);
  fs::last_write_time(path, fs::last_write_time(path) + std::chrono::hours(1));
  EXPECT_NO_THROW(watch.check());
}

TEST(InputWatch, ForgivesAFileThatIsReplacedOrGoneAfterItWasRead) {
  const TemporaryFolder folder;
  const auto path = folder.write("a", "abc"), other = folder.write("b", "abc");
  const InputWatch watch;
  InputFile(path).content();
  InputFile(other).content();
  replace(path, "xyz");
  fs::remove(other);
  EXPECT_NO_THROW(watch.check()) << "the bytes that were read are those of the digest";
}

TEST(InputWatch, NoticesASourceThatIsReplacedBeforeALibraryOpensItByName) {
  const TemporaryFolder folder;
  const auto path = folder.write("a", "abc");
  const InputWatch watch;
  EXPECT_EQ(DigestCache(folder.path / "cache").sha256_of_source(path), sha256("abc"));
  EXPECT_NO_THROW(watch.check());
  replace(path, "xyz");
  EXPECT_THAT([&] { watch.check(); }, kChanged);
}

}  // namespace
}  // namespace unetflow
