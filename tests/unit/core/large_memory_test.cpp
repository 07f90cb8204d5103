#include "core/large_memory.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "core/memory.hpp"
#include "core/scratch_folder.hpp"

namespace unetflow {
namespace {

constexpr std::size_t kMiB = 1 << 20;

std::size_t resident_mib() {
  std::size_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) / kMiB;
}

/// The arrays of a test, which are filled with their numbers.
class Arrays {
 public:
  explicit Arrays(std::size_t bytes) : bytes_(bytes) {}
  ~Arrays() {
    for (void* array : arrays_) release(array);
  }

  void add() {
    arrays_.push_back(allocate(bytes_));
    std::memset(arrays_.back(), static_cast<int>(arrays_.size()), bytes_);
  }

  bool hold_their_numbers() const {
    for (std::size_t i = 0; i < arrays_.size(); ++i) {
      const auto* values = static_cast<const unsigned char*>(arrays_[i]);
      for (std::size_t at = 0; at < bytes_; ++at) {
        if (values[at] != i + 1) return false;
      }
    }
    return true;
  }

 private:
  std::size_t bytes_;
  std::vector<void*> arrays_;
};

TEST(LargeMemory, ArraysBeyondTheMemoryHoldTheirValuesAndAreNotHeldByTheProcess) {
  const ScratchFolder folder;
  keep_large_arrays_in(folder.path(), 240 * kMiB);  // a quarter holds one array, not two
  const auto before = resident_mib();
  Arrays arrays(32 * kMiB);
  for (int i = 0; i < 20; ++i) {
    arrays.add();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_LT(resident_mib(), before + 240);
  }
  EXPECT_TRUE(arrays.hold_their_numbers());
  EXPECT_EQ(most_bytes_in_files(), 19 * 32 * kMiB) << "all beyond a quarter of the memory";
  EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "the files have no names";
}

TEST(LargeMemory, WhatIsReleasedMakesRoomInOrdinaryMemory) {
  const ScratchFolder folder;
  keep_large_arrays_in(folder.path(), 256 * kMiB);
  for (int i = 0; i < 20; ++i) Arrays(48 * kMiB).add();
  EXPECT_EQ(most_bytes_in_files(), 0u);
}

TEST(LargeMemory, SmallArraysAreNotCounted) {
  const ScratchFolder folder;
  keep_large_arrays_in(folder.path(), 4 * kMiB);
  Arrays arrays(kMiB);
  for (int i = 0; i < 8; ++i) arrays.add();
  EXPECT_EQ(most_bytes_in_files(), 0u);
}

TEST(LargeMemory, AFolderWithoutRoomIsNamed) {
  keep_large_arrays_in("/proc/nowhere", 4 * kMiB);
  try {
    release(allocate(32 * kMiB));
    FAIL() << "expected NoRoom";
  } catch (const NoRoom& error) {
    EXPECT_THAT(error.what(),
                testing::HasSubstr("/proc/nowhere: has no room for an array of 0.03 GiB"));
  }
}

TEST(LargeMemory, WhatIsReleasedDoesNotStayWhereMallocKeepsIt) {
  const ScratchFolder folder;
  retain_freed_memory();
  keep_large_arrays_in(folder.path(), 1024 * kMiB);
  const auto before = resident_mib();
  {
    Arrays arrays(64 * kMiB);
    for (int i = 0; i < 3; ++i) arrays.add();
    EXPECT_GE(resident_mib(), before + 190);
    EXPECT_EQ(most_bytes_in_files(), 0);
  }
  EXPECT_LE(resident_mib(), before + 8);
}

}  // namespace
}  // namespace unetflow
