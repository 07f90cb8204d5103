#include "artifact/finished_rows.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const std::string kIdentity(64, 'a'), kOther(64, 'b');

Picture<float> rows(Index height, float value) {
  Picture<float> picture(2, height, 3);
  for (float& v : picture.values) v = value++;
  return picture;
}

struct FinishedRowsTest : testing::Test {
  TemporaryFolder temporary;
  fs::path folder = FinishedRows::folder_of(temporary.path / "00000-of-00001.json");
  fs::path file = folder / (kIdentity + "-0.rows");

  /// Image 7 has rows 0 to 3 and 4 to 5.
  void add_two() const {
    FinishedRows finished(folder, kIdentity);
    finished.add(7, 0, rows(4, 1));
    finished.add(7, 4, rows(2, 100));
    EXPECT_EQ(finished.read(7, {0, 4}).values, rows(4, 1).values);
  }
};

TEST_F(FinishedRowsTest, AreThereForTheNextRun) {
  add_two();
  const FinishedRows next(folder, kIdentity);
  EXPECT_TRUE(next.has(7, {0, 4}));
  EXPECT_FALSE(next.has(7, {0, 3}));
  EXPECT_FALSE(next.has(8, {0, 4}));
  EXPECT_EQ(next.read(7, {4, 6}).values, rows(2, 100).values);
  EXPECT_EQ(next.read(7, {4, 6}).height, 2);
}

TEST_F(FinishedRowsTest, AreLeftWhereTheyWereNotFinished) {
  add_two();
  const auto size = fs::file_size(file), second = 128 + 2 * 2 * 3 * sizeof(float);
  for (const auto missing : {std::uintmax_t{1}, std::uintmax_t{40}, second - 1}) {
    fs::resize_file(file, size - missing);
    const FinishedRows next(folder, kIdentity);
    EXPECT_TRUE(next.has(7, {0, 4})) << missing;
    EXPECT_FALSE(next.has(7, {4, 6})) << missing;
  }
}

TEST_F(FinishedRowsTest, OfAnotherIdentityAreRemovedByTheFirstProcess) {
  add_two();
  EXPECT_FALSE(FinishedRows(folder, kOther, 1, 2).has(7, {0, 4}));
  EXPECT_TRUE(fs::exists(file));
  EXPECT_FALSE(FinishedRows(folder, kOther).has(7, {0, 4}));
  EXPECT_FALSE(fs::exists(file));
}

TEST_F(FinishedRowsTest, OfSeveralProcessesComeTogether) {
  FinishedRows first(folder, kIdentity, 0, 2), second(folder, kIdentity, 1, 2);
  first.add(1, 0, rows(1, 1));
  second.add(1, 1, rows(1, 2));
  second.close();
  EXPECT_FALSE(first.has(1, {1, 2}));
  first.find();
  EXPECT_EQ(first.read(1, {1, 2}).values, rows(1, 2).values);
}

TEST_F(FinishedRowsTest, AreRefusedWhereTheyAreDamagedAndThenMissing) {
  add_two();
  std::string bytes = file_bytes(file);
  bytes[bytes.size() - 5] ^= 1;
  std::ofstream(file, std::ios::binary) << bytes;
  const FinishedRows next(folder, kIdentity);
  EXPECT_EQ(next.read(7, {0, 4}).values, rows(4, 1).values);
  EXPECT_THAT(
      [&] {
        next.read(7, {4, 6});
      },
      ThrowsMessage<Error>(HasSubstr("-0.rows: is damaged, and was removed; run again")));
  EXPECT_FALSE(FinishedRows(folder, kIdentity).has(7, {0, 4}));
}

TEST_F(FinishedRowsTest, AreNotFoundInAnotherFile) {
  fs::create_directories(folder);
  std::ofstream(file) << std::string(500, 'x');
  EXPECT_FALSE(FinishedRows(folder, kIdentity).has(0, {0, 1}));
}

}  // namespace
}  // namespace unetflow
