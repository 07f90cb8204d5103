#include "ingest/natural_sort.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

namespace unetflow {
namespace {

using testing::ElementsAre;

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end(), natural_less);
  return names;
}

TEST(NaturalSort, TwoComesBeforeTen) {
  EXPECT_THAT(sorted({"10.png", "1.png", "2.png", "0.png"}),
              ElementsAre("0.png", "1.png", "2.png", "10.png"));
}

TEST(NaturalSort, EveryNumberInANameCounts) {
  EXPECT_THAT(sorted({"t2_z10", "t10_z1", "t2_z9"}), ElementsAre("t2_z9", "t2_z10", "t10_z1"));
}

TEST(NaturalSort, NumbersTooLongForAnyIntegerCompare) {
  EXPECT_TRUE(natural_less("99999999999999999999998", "99999999999999999999999"));
  EXPECT_TRUE(natural_less("99999999999999999999999", "100000000000000000000000"));
}

TEST(NaturalSort, LeadingZerosDecideOnlyBetweenOtherwiseEqualNames) {
  EXPECT_THAT(sorted({"010", "9", "10", "11", "001"}), ElementsAre("001", "9", "010", "10", "11"));
  EXPECT_TRUE(natural_less("01b", "1b") != natural_less("1b", "01b"));
}

TEST(NaturalSort, APrefixComesFirstAndANameIsNotBeforeItself) {
  EXPECT_TRUE(natural_less("a", "a1"));
  EXPECT_FALSE(natural_less("a1", "a"));
  EXPECT_FALSE(natural_less("a1", "a1"));
  EXPECT_FALSE(natural_less("", ""));
}

}  // namespace
}  // namespace unetflow
