#include "ingest/name_order.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

TEST(NameOrder, ADateInAnotherOrderContradictsIt) {
  EXPECT_EQ(against_order({"2021-03-04", "2021-04-03"}, {"03-04-2021", "04-03-2021"}), 0);
}

TEST(NameOrder, WordsOfAnotherImageContradictIt) {
  EXPECT_EQ(against_order({"a/x1_y2", "a/x2_y1"}, {"b/Y1_col2", "b/Y2_col1"}), 0);
  EXPECT_EQ(against_order({"a/x1_y2", "a/x2_y1"}, {"b/y2_col1", "b/y1_col2"}), -1);
  EXPECT_EQ(against_order({"alpha", "beta", "gamma"}, {"aaa", "beta", "delta"}), 0);
  EXPECT_EQ(against_order({"a/1", "a/2"}, {"b/x", "b/y"}), -1);
}

/// Each was joined by order, which was told, though a name says otherwise.
TEST(NameOrder, WordsWithAPrefixGluedToThemContradictIt) {
  EXPECT_EQ(against_order({"img_A01", "img_A02"}, {"segA02_cp_masks", "segB01_cp_masks"}), 0);
  EXPECT_EQ(against_order({"WT_B01_w1", "drugA_B01_w1"}, {"segdrugA_A02", "segdrugA_B01"}), 0);
  EXPECT_EQ(against_order({"img_A01", "img_A02"}, {"segA01", "segA02"}), -1);
  EXPECT_EQ(against_order({"img_A1", "img_A12"}, {"segA12", "segA1"}), 0);
}

TEST(NameOrder, NumbersOfAnotherImageContradictIt) {
  EXPECT_EQ(against_order({"img1", "img2"}, {"lab_v1_2", "lab_v2_1"}), 0);
  EXPECT_EQ(against_order({"img1", "img2"}, {"lab_v1_7", "lab_v2_8"}), -1);
}

}  // namespace
}  // namespace unetflow
