#include "ingest/pair_names.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Names = std::vector<std::string>;

/// The labels' images, by name.
Names joined(const Names& images, const Names& labels) {
  Names out;
  for (const auto place : pair_names(images, labels).image) {
    out.push_back(place < 0 ? "none" : images[static_cast<size_t>(place)]);
  }
  return out;
}

TEST(PairNames, JoinsEqualNames) {
  EXPECT_THAT(joined({"i/1", "i/2", "i/10"}, {"l/10", "l/1"}), ElementsAre("i/10", "i/1"));
}

TEST(PairNames, JoinsANameWithItselfInAffixes) {
  EXPECT_THAT(joined({"A", "A_crop"}, {"A_crop_mask", "A_mask"}), ElementsAre("A_crop", "A"));
  EXPECT_THAT(joined({"A_raw", "A_crop_raw"}, {"A", "A_crop"}), ElementsAre("A_raw", "A_crop_raw"));
  EXPECT_THAT(joined({"A", "A_crop"}, {"A_crop_mask"}), ElementsAre("A_crop"));
  EXPECT_THAT(joined({"21_training", "22_training"}, {"21_manual1", "22_manual1"}),
              ElementsAre("21_training", "22_training"));
}

TEST(PairNames, JoinsNamesInAffixesOfTheirOwn) {
  EXPECT_THAT(joined({"img_A", "img_AB", "img_C"}, {"lab_AB", "lab_A"}),
              ElementsAre("img_AB", "img_A"));
  EXPECT_THAT(joined({"A_raw", "A_crop_raw"}, {"A_crop_mask", "A_mask"}),
              ElementsAre("A_crop_raw", "A_raw"));
}

TEST(PairNames, JoinsNumbersWhateverTheirZeros) {
  EXPECT_THAT(joined({"t000", "t013", "t113"}, {"man_seg013"}), ElementsAre("t013"));
  EXPECT_THAT(joined({"t1", "t13", "t113"}, {"man_seg013", "man_seg113"}),
              ElementsAre("t13", "t113"));
  EXPECT_THAT(joined({"exp2_t1", "exp2_t2"}, {"mask_exp2_t02", "mask_exp2_t01"}),
              ElementsAre("exp2_t2", "exp2_t1"));
}

TEST(PairNames, DoesNotJoinALabelThatFitsSeveralImages) {
  EXPECT_THAT(joined({"pos1_c1", "pos1_c2", "pos2_c1", "pos2_c2"}, {"pos1", "pos2"}), IsEmpty());
  EXPECT_THAT(joined({"a_t1", "a_t2", "b_t1"}, {"a", "b"}), IsEmpty());
  EXPECT_THAT(joined({"s1/bf", "s1/fluo", "s2/bf", "s2/fluo"}, {"s1/mask", "s2/mask"}), IsEmpty());
  // An equal name, and one that is another label's.
  EXPECT_THAT(joined({"a", "a_2", "a_3"}, {"a"}), ElementsAre("a"));
  EXPECT_THAT(joined({"a_raw", "a_2_raw"}, {"a", "a_2"}), ElementsAre("a_raw", "a_2_raw"));
}

TEST(PairNames, CutsNoWordWhereAnotherNameIsOne) {
  EXPECT_THAT(joined({"I", "II"}, {"II_m", "III_m"}), ElementsAre("II", "none"));
  EXPECT_THAT(joined({"A", "AA"}, {"AA", "AAA"}), ElementsAre("AA", "none"));
  EXPECT_THAT(joined({"A", "B"}, {"segA", "segB"}), ElementsAre("A", "B"));
}

TEST(PairNames, LettersOfNumbersMayHaveAPrefix) {
  EXPECT_THAT(joined({"expt1xy2", "expt2xy1"}, {"expxy1t2_m", "expxy2t1_m"}), IsEmpty());
  EXPECT_THAT(joined({"imgA1B2", "imgA2B1"}, {"labB2A1", "labB1A2"}), IsEmpty());
  EXPECT_THAT(joined({"imgt1z2", "imgt2z1"}, {"segt2z1", "segt1z2"}),
              ElementsAre("imgt2z1", "imgt1z2"));
  // Which number is which, if only one side says it.
  EXPECT_THAT(joined({"img_1_2", "img_2_1"}, {"z1_t2", "z2_t1"}), IsEmpty());
  EXPECT_THAT(joined({"r02c03", "r02c04"}, {"well_2_3", "well_2_4"}),
              ElementsAre("r02c03", "r02c04"));
}

TEST(PairNames, OfOtherWellsOrFoldersAreNotJoined) {
  EXPECT_THAT(joined({"A01", "A02"}, {"B01_mask", "B02_mask"}), ElementsAre("none", "none"));
  EXPECT_THAT(joined({"exp_A1", "exp_A2"}, {"exp_B1", "exp_B2"}), ElementsAre("none", "none"));
  EXPECT_THAT(joined({"i/train/1", "i/train/2", "i/val/3"}, {"l/train/1", "l/val/2", "l/val/3"}),
              ElementsAre("i/train/1", "none", "i/val/3"));
  EXPECT_THAT(joined({"i/plate1/a", "i/plate1/b"}, {"l/plate2/a", "l/plate2/b"}),
              ElementsAre("none", "none"));
}

TEST(PairNames, JoinsTheSameWordsInAnotherOrder) {
  EXPECT_THAT(joined({"pos1_z01", "pos1_z02", "pos2_z01", "pos2_z02"},
                     {"z02_pos1_mask", "z01_pos2_mask", "z01_pos1_mask", "z02_pos2_mask"}),
              ElementsAre("pos1_z02", "pos2_z01", "pos1_z01", "pos2_z02"));
  EXPECT_THAT(joined({"x1_y2", "x2_y1"}, {"y1_x2", "y2_x1"}), ElementsAre("x2_y1", "x1_y2"));
  EXPECT_THAT(
      joined({"ctrl_1", "ctrl_2", "treat_1"}, {"mask_1_ctrl", "mask_1_treat", "mask_2_ctrl"}),
      ElementsAre("ctrl_1", "treat_1", "ctrl_2"));
  EXPECT_THAT(joined({"cell A", "cell B", "cell"}, {"cell", "cell_A", "cell_B"}),
              ElementsAre("cell", "cell A", "cell B"));
}

TEST(PairNames, DoesNotCrossNumbersOfOtherWords) {
  EXPECT_THAT(joined({"x1_y2", "x2_y1"}, {"y1_col2", "y2_col1"}), IsEmpty());
}

TEST(PairNames, DoesNotCrossDates) {
  EXPECT_THAT(joined({"2021-03-04_1", "2021-04-03_1"}, {"04-03-2021_1", "03-04-2021_1"}),
              IsEmpty());
  EXPECT_THAT(joined({"2021-03-04", "2021-04-03"}, {"m-2021-4-3", "m-2021-3-4"}),
              ElementsAre("2021-04-03", "2021-03-04"));
}

TEST(PairNames, DoesNotCutNumbersOrWordsApart) {
  EXPECT_THAT(joined({"0", "1", "3", "13"}, {"man_seg013"}), ElementsAre("13"));
  EXPECT_THAT(joined({"cat", "dog"}, {"catalogue"}), IsEmpty());
  EXPECT_THAT(joined({"sample_a", "sample_b"}, {"mask"}), IsEmpty());
  EXPECT_THAT(joined({"A", "A_crop"}, {"Ax", "Ay"}), IsEmpty());
}

TEST(PairNames, JoinsFoldersWhereNamesOccurTwice) {
  EXPECT_THAT(
      joined({"mouse1/image/f0", "mouse2/image/f0"}, {"mouse2/label/f0", "mouse1/label/f0"}),
      ElementsAre("mouse2/image/f0", "mouse1/image/f0"));
  EXPECT_THAT(joined({"a/images/a", "b/images/b"}, {"a/masks/mask", "b/masks/mask"}),
              ElementsAre("a/images/a", "b/images/b"));
  EXPECT_THAT(
      joined({"01/t000", "02/t000", "02/t001"}, {"01_GT/SEG/man_seg000", "02_GT/SEG/man_seg001"}),
      ElementsAre("01/t000", "02/t001"));
}

TEST(PairNames, LeavesOutALabelOfNoImage) {
  EXPECT_THAT(joined({"1", "2", "3"}, {"1", "3", "4"}), ElementsAre("1", "3", "none"));
  EXPECT_THAT(joined({"1", "2"}, {"1", "3"}), ElementsAre("1", "none"));
}

TEST(PairNames, JoinsNamesThatDifferInCase) {
  EXPECT_THAT(joined({"A1", "b1"}, {"B1_mask", "a1_mask"}), ElementsAre("b1", "A1"));
  EXPECT_THAT(joined({"a", "A"}, {"a", "A"}), ElementsAre("a", "A"));
}

TEST(PairNames, JoinsLettersAsMacOsWritesThem) {
  const std::string composed = "\xC3\xA4", decomposed = "a\xCC\x88", not_utf8 = "\xE4";
  const Names images = {"Zelle_" + composed, "Zelle_b"};
  EXPECT_THAT(joined(images, {"Zelle_b", "Zelle_" + decomposed}),
              ElementsAre(images[1], images[0]));
  EXPECT_THAT(joined({"\xC3\x84rger", "Bild"}, {"bild", decomposed + "rger"}),
              ElementsAre("Bild", "\xC3\x84rger"));
  EXPECT_THAT(joined({not_utf8 + "1", not_utf8 + "2"}, {not_utf8 + "2", not_utf8 + "1"}),
              ElementsAre(not_utf8 + "2", not_utf8 + "1"));
}

TEST(PairNames, ALabelOfSomethingElseHasNoImage) {
  EXPECT_THAT(joined({"s1_t1", "s2_t1"}, {"s1_t2_mask", "s2_t2_mask"}),
              ElementsAre("none", "none"));
  EXPECT_THAT(joined({"exp1_s1", "exp1_s2"}, {"exp2_s1", "exp2_s2"}), ElementsAre("none", "none"));
  EXPECT_THAT(joined({"plateA_s1", "plateA_s2"}, {"plateB_s1", "plateB_s2"}),
              ElementsAre("none", "none"));
  EXPECT_THAT(joined({"WT", "WT_2", "KO"}, {"WT_2_mask", "WT_3_mask", "KO_mask"}),
              ElementsAre("WT_2", "none", "KO"));
  EXPECT_THAT(joined({"WT", "KO"}, {"WT_2_mask", "KO_mask"}), ElementsAre("none", "KO"));
  EXPECT_THAT(joined({"WT_1", "KO_1"}, {"WT_1_mask", "KO_2_mask"}), ElementsAre("WT_1", "none"));
  EXPECT_THAT(joined({"2 7 drugA", "2 7 drugB"}, {"2 7 drugA", "2 17 drugB"}),
              ElementsAre("2 7 drugA", "none"));
}

TEST(PairNames, NumbersOfChannelsAndOfAllLabelsAreNoContradiction) {
  EXPECT_THAT(joined({"A1_ch00", "A2_ch00"}, {"A1_ch01", "A2_ch01"}),
              ElementsAre("A1_ch00", "A2_ch00"));
  EXPECT_THAT(joined({"a_1", "b_1"}, {"a_1_20210304", "b_1_20210304"}), ElementsAre("a_1", "b_1"));
  EXPECT_THAT(joined({"WT", "KO"}, {"WT_2021", "KO_2021"}), ElementsAre("WT", "KO"));
}

TEST(PairNames, JoinsOneLabelInAffixes) {
  EXPECT_THAT(joined({"t1_w1", "t11_w1"}, {"segt11_w1_mask"}), ElementsAre("t11_w1"));
}

TEST(PairNames, OfNoLikenessAreNotJoined) {
  EXPECT_THAT(joined({"a", "b"}, {"x", "y"}), IsEmpty());
}

TEST(GroupNames, GiveEachObjectItsImage) {
  const Names images = {"A/images/A", "A_crop/images/A_crop"};
  EXPECT_THAT(group_names(images, {"A/masks/1", "A_crop/masks/1", "A_crop/masks/2"}),
              ElementsAre(0, 1, 1));
  EXPECT_THAT(group_names({"image/A", "image/A_crop"}, {"m/A_1", "m/A_crop_1", "m/A_2", "m/B_1"}),
              ElementsAre(0, 1, 0, -1));
  EXPECT_THAT(group_names({"a/image", "b/image"}, {"b/mask1", "a/mask1"}), ElementsAre(1, 0));
  // One cell of a, or all of a_1; where there is an "a" too, all of each.
  EXPECT_THAT(group_names({"a", "a_1"}, {"m/a_1", "m/a_2"}), ElementsAre(-1, 0));
  EXPECT_THAT(group_names({"a", "a_1"}, {"m/a", "m/a_1"}), ElementsAre(0, 1));
  EXPECT_THAT(group_names({"a", "a_1"}, {"a_1/m/a_1", "a/m/a_1"}), ElementsAre(1, 0));
}

TEST(PairNames, TakesNoTimeForManyFiles) {
  Names images, labels;
  for (int i = 0; i < 40000; ++i) {
    images.push_back("frame_" + std::to_string(i) + "_raw");
    labels.push_back("frame_" + std::to_string(i) + "_cells");
  }
  EXPECT_EQ(joined(images, labels), images);
}

}  // namespace
}  // namespace unetflow
