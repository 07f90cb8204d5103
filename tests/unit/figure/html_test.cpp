#include "figure/html.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Html, TextIsEscaped) { EXPECT_EQ(escaped("a<b & \"c\">"), "a&lt;b &amp; &quot;c&quot;&gt;"); }

TEST(Html, SectionsStandInTheContents) {
  Page page("name", "what");
  page.section("Results & more");
  EXPECT_THAT(page.html(), HasSubstr("<a href=\"#s1\">Results &amp; more</a>"));
  EXPECT_THAT(page.html(), HasSubstr("<h2 id=\"s1\">Results &amp; more</h2>"));
}

TEST(Html, FiguresAreNumberedAndHaveAlternativeText) {
  Figure figure;
  figure.name = "curve";
  figure.caption = "A curve.";
  figure.alternative = "It goes \"up\".";
  figure.panels.resize(1);
  Page page("name", "what");
  page.figure(figure, {{"<svg fill=\"#fff\"/>"}, "", ""});
  page.figure(figure, {{"<svg/>"}, "", ""});
  EXPECT_THAT(page.html(), HasSubstr("alt=\"It goes &quot;up&quot;.\" "
                                     "src=\"data:image/svg+xml,%3Csvg fill='%23fff'/%3E\""));
  EXPECT_THAT(page.html(), HasSubstr("<b>Figure 1.</b> A curve."));
  EXPECT_THAT(page.html(), HasSubstr("<b>Figure 2.</b> A curve."));
}

TEST(Html, ColumnsOfNumbersAreAlignedAsNumbers) {
  Page page("name", "what");
  page.table("Numbers.", {"Name", "Value"}, {{"first", "1.5"}, {"second", "–"}});
  EXPECT_THAT(page.html(), HasSubstr("<td>first</td><td class=\"n\">1.5</td>"));
  EXPECT_THAT(page.html(), HasSubstr("<th>Name</th><th class=\"n\">Value</th>"));
}

TEST(Html, ThresholdsBringTheirScriptAndTheirImages) {
  Page page("name", "what");
  page.text("text");
  EXPECT_THAT(page.html(), Not(HasSubstr("<script")));
  page.thresholds({{"a<b", "foo", true}, {"c", "f", false}}, 0.25);
  EXPECT_THAT(page.html(), HasSubstr("value=\"0.25\""));
  EXPECT_THAT(page.html(), HasSubstr("Image a&lt;b"));
  EXPECT_THAT(page.html(),
              HasSubstr("data-labelled=\"1\" data-source=\"data:image/png;base64,Zm9v\""));
  EXPECT_THAT(page.html(),
              HasSubstr("data-labelled=\"0\" data-source=\"data:image/png;base64,Zg==\""));
  EXPECT_THAT(page.html(), HasSubstr("<b>Figure 1.</b>"));
  EXPECT_THAT(page.html(), HasSubstr("<script>"));
}

TEST(Html, LoadsNothingFromOutside) {
  Page page("name", "what");
  page.text("text");
  page.thresholds({{"a", "foo", true}}, 0.5);
  EXPECT_THAT(page.html(), Not(HasSubstr("http")));
}

}  // namespace
}  // namespace unetflow
