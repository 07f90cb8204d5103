#include "segmentation/count_pieces.hpp"

#include <gtest/gtest.h>

#include "pictures.hpp"

namespace unetflow {
namespace {

TEST(CountPieces, CountsTheConnectedPartsOfEachValueButZero) {
  const auto ids = ids_of({"11.2", "..12", "3.1.", "33.3"});
  EXPECT_EQ(count_pieces<std::uint32_t>(ids.plane(), 4), 5);
  EXPECT_EQ(count_pieces<std::uint32_t>(ids.plane(), 8), 4);
  EXPECT_EQ(count_pieces<std::uint32_t>(ids_of({"...", "..."}).plane(), 8), 0);
}

}  // namespace
}  // namespace unetflow
