#include "core/output_file.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>

#include "core/error.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;
using testing::ThrowsMessage;

TEST(OutputFile, HoldsWhatWasWrittenInPiecesOfAllSizes) {
  const TemporaryFolder folder;
  OutputFile file(folder.path / "a");
  std::string whole;
  for (const std::size_t size : {std::size_t{3}, std::size_t{70000}, std::size_t{0},
                                 std::size_t{65536}, std::size_t{1}, std::size_t{65535}}) {
    const std::string piece(size, static_cast<char>('a' + whole.size() % 7));
    file.write(piece);
    whole += piece;
  }
  file.close();
  EXPECT_TRUE(file_bytes(folder.path / "a") == whole);
}

TEST(OutputFile, WritesAndReadsAtAnyPlace) {
  const TemporaryFolder folder;
  OutputFile file(folder.path / "a");
  file.write_at(std::as_bytes(std::span(std::string_view("world"))), 6);
  file.write_at(std::as_bytes(std::span(std::string_view("hello "))), 0);
  EXPECT_EQ(file.size(), 11u);
  std::string text(20, '.');
  EXPECT_EQ(file.read_at(std::as_writable_bytes(std::span(text)), 3), 8u);
  EXPECT_THAT(text, StartsWith("lo world."));
  file.close();
  EXPECT_EQ(file_bytes(folder.path / "a"), "hello world");
}

TEST(OutputFile, ReplacesNothingAndFollowsNoLink) {
  const TemporaryFolder folder;
  const auto victim = folder.write("victim", "precious");
  fs::create_symlink(victim, folder.path / "link");
  fs::create_symlink(folder.path / "absent", folder.path / "dangling");
  for (const char* name : {"victim", "link", "dangling"}) {
    EXPECT_THAT([&] { OutputFile(folder.path / name); },
                ThrowsMessage<Error>(HasSubstr(std::string(name) + ": cannot be created: ")));
  }
  EXPECT_EQ(file_bytes(victim), "precious");
  EXPECT_FALSE(fs::exists(folder.path / "absent"));
}

TEST(OutputFile, ThatCannotBeWrittenToItsEndSaysSoByItsFinalName) {
  const TemporaryFolder folder;
  const auto temporary = temporary_name(folder.path / "a.json");
  fs::create_directory(temporary);
  OutputFile file(temporary / "a.h5");
  file.write(std::string(150, 'x'));
  // The system takes 100 of the 150 bytes, and then no more.
  rlimit before = {};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  const rlimit limit = {100, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &limit);
  EXPECT_THAT([&] { file.close(); }, ThrowsMessage<Error>((folder.path / "a.h5").string() +
                                                          ": cannot be written: File too large"));
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  EXPECT_EQ(fs::file_size(temporary / "a.h5"), 100u);
}

TEST(TemporaryName, IsHiddenBesideTheFileAndNeverTheSame) {
  const fs::path file = "out/00000-of-00002.json";
  const auto one = temporary_name(file), two = temporary_name(file);
  EXPECT_NE(one, two);
  EXPECT_EQ(one.parent_path(), "out");
  EXPECT_THAT(one.filename().string(), StartsWith(".00000-of-00002.partial-"));
  EXPECT_EQ(temporary_prefix(file), ".00000-of-00002.partial-");
  EXPECT_EQ(final_name(one / "figures/x.svg"), "out/figures/x.svg");
  EXPECT_EQ(final_name("a/.hidden/b.partial-1/c"), "a/.hidden/b.partial-1/c");
}

}  // namespace
}  // namespace unetflow
