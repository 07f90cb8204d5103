#include "core/printable.hpp"

#include <gtest/gtest.h>

namespace unetflow {
namespace {

TEST(Printable, LeavesLettersOfEveryScriptAsTheyAre) {
  for (const char* text : {"", "a plain name.png", "back\\slash \"quoted\"",
                           "Z\xC3\xBCrich \xE7\xB4\xB0\xE8\x83\x9E \xF0\x9F\x94\xAC",
                           "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D"}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Printable, ShowsControlCharactersAsEscapes) {
  EXPECT_EQ(printable("a\nb\r\tc"), "a\\nb\\r\\tc");
  EXPECT_EQ(printable("\x1b[31mred\x07"), "\\x1b[31mred\\x07");
  EXPECT_EQ(printable(std::string("a\0b\x7f", 4)), "a\\x00b\\x7f");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            "\\u009b31m");  // CSI in one character
}

TEST(Printable, ShowsWhatBreaksLinesOrReversesDirection) {
  EXPECT_EQ(printable("gpj.\xE2\x80\xAE"
                      "exe"),
            "gpj.\\u202eexe");
  EXPECT_EQ(printable("\xE2\x81\xA6\xE2\x81\xA9\xE2\x80\xA8\xE2\x80\xA9"),
            "\\u2066\\u2069\\u2028\\u2029");
}

TEST(Printable, ShowsBytesThatAreNotUtf8) {
  EXPECT_EQ(printable("Z\xFCrich"), "Z\\xfcrich");
  EXPECT_EQ(printable("\xC3"), "\\xc3");
  EXPECT_EQ(printable("\x9B"
                      "31m"),
            "\\x9b31m");
}

TEST(Printable, IsPrintableItself) {
  const std::string once = printable("\x1b\xFF\xE2\x80\xAE\n");
  EXPECT_EQ(printable(once), once);
}

}  // namespace
}  // namespace unetflow
