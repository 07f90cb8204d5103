#include "core/read_file.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "core/error.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ReadFile, GivesAllBytesOfAFileOfSeveralBlocks) {
  const TemporaryFolder folder;
  std::string bytes(3'000'000, 'x');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * i >> 7);
  EXPECT_EQ(read_file(folder.write("a", bytes), bytes.size()), bytes);
  EXPECT_EQ(read_file(folder.write("empty"), 0), "");
}

TEST(ReadFile, SaysWhyAFileCannotBeRead) {
  EXPECT_THAT([] { read_file("no/such", 1); },
              ThrowsMessage<InputError>("no/such: cannot be read: No such file or directory"));
}

TEST(ReadFile, RefusesALargerFile) {
  const TemporaryFolder folder;
  const auto file = folder.write("a", "1234");
  EXPECT_THAT([&] { read_file(file, 3); },
              ThrowsMessage<InputError>(HasSubstr("is larger than 3 bytes")));
}

TEST(ReadFile, RefusesFoldersPipesAndDevicesAtOnce) {
  const TemporaryFolder folder;
  EXPECT_THAT([&] { read_file(folder.path, 1); },
              ThrowsMessage<InputError>(HasSubstr("is a folder, expected a file")));
  const auto pipe = folder.path / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  for (const auto& file : {pipe, std::filesystem::path("/dev/zero")}) {
    EXPECT_THAT([&] { read_file(file, 1); },
                ThrowsMessage<InputError>(HasSubstr("is a pipe or a device, expected a file")));
  }
}

}  // namespace
}  // namespace unetflow
