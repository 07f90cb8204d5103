#include "figure/all_sections.hpp"

#include <gmock/gmock.h>

#include <set>

namespace unetflow {
namespace {

TEST(AllSections, AreDifferentFunctions) {
  const std::set<Section> different(all_sections().begin(), all_sections().end());
  EXPECT_EQ(different.size(), all_sections().size());
  EXPECT_FALSE(different.contains(nullptr));
}

}  // namespace
}  // namespace unetflow
