#include "communication/join.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "temporary_folder.hpp"

namespace unetflow {
namespace {

TEST(Join, ProcessesMeetBesideTheOutputAndLeaveNothingThere) {
  const TemporaryFolder folder;
  const auto output = folder.path / "model" / "model.json";
  std::vector<std::thread> threads;
  for (int rank = 3; rank >= 0; --rank) {
    threads.emplace_back([&, rank] {
      const auto own = join({rank, 4, "a launch"}, output);
      EXPECT_EQ(own->size(), 4);
      EXPECT_THAT(own->all_of(own->rank()), testing::ElementsAre(0, 1, 2, 3));
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(std::filesystem::is_empty(output.parent_path()));
}

}  // namespace
}  // namespace unetflow
