#include "core/csv.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace unetflow {
namespace {

TEST(Csv, APlainTextStaysAsItIs) {
  for (const char* text : {"", "mouse1/f0:3", "a b", "it's", "Z\xC3\xBCrich", "1=2", "a-b"}) {
    EXPECT_EQ(csv_text(text), text);
  }
}

TEST(Csv, QuotesWhatWouldBeSeveralCells) {
  EXPECT_EQ(csv_text("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_text("a;b"), "\"a;b\"");
  EXPECT_EQ(csv_text("a\r\nb"), "\"a\r\nb\"");
  EXPECT_EQ(csv_text("a \"b\""), "\"a \"\"b\"\"\"");
}

TEST(Csv, MakesFormulasHarmless) {
  EXPECT_EQ(csv_text("=cmd|'/c calc'!A1"), "\"'=cmd|'/c calc'!A1\"");
  EXPECT_EQ(csv_text("=HYPERLINK(\"x\",1)"), "\"'=HYPERLINK(\"\"x\"\",1)\"");
  EXPECT_EQ(csv_text("+1+cmd"), "\"'+1+cmd\"");
  EXPECT_EQ(csv_text("-2+3"), "\"'-2+3\"");
  EXPECT_EQ(csv_text("@SUM(A1)"), "\"'@SUM(A1)\"");
  EXPECT_EQ(csv_text("\t=1"), "\"'\t=1\"");
  EXPECT_EQ(csv_text("\r=1"), "\"'\r=1\"");
  EXPECT_EQ(csv_text("\xEF\xBC\x9D"
                     "1"),
            "\"'\xEF\xBC\x9D"
            "1\"");
}

TEST(Csv, ANumberStaysANumber) {
  for (const char* text : {"-5", "+3", "-0.25", "-1e-3"}) EXPECT_EQ(csv_text(text), text);
}

TEST(Csv, RowsOfCells) {
  using Rows = std::vector<std::vector<std::string>>;
  EXPECT_EQ(csv_rows("a,b\r\n1,\"x, \"\"y\"\"\"\n\n2,\n", "f"),
            (Rows{{"a", "b"}, {"1", "x, \"y\""}, {"2", ""}}));
  EXPECT_THROW(csv_rows("a,\"b", "f"), InputError);
}

}  // namespace
}  // namespace unetflow
