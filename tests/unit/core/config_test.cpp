#include "core/config.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Checked, FillsInDefaultsAtEveryLevel) {
  const Json config = checked({{"sources", {{{"labels", "l/*.png"}}}}}, "ingest", "x.json");
  EXPECT_EQ(config["sources"][0]["pictures"], "image/*.png");
  EXPECT_EQ(config["sources"][0]["labels"], "l/*.png");
  EXPECT_EQ(config["scaling"]["rule"], "dtype");
  EXPECT_EQ(config["labels"]["foreground"], "any");
}

TEST(Checked, NamesAnUnknownKeyAndTheKnownOnes) {
  EXPECT_THAT(
      [] {
        checked({{"strid", 1}}, "tile", "x.json");
      },
      ThrowsMessage<InputError>(
          testing::AllOf(HasSubstr("x.json: unknown key \"strid\""), HasSubstr("stride"))));
}

TEST(Checked, SaysWhereAValueIsWrongAndWhatWasExpected) {
  EXPECT_THAT(
      [] {
        checked({{"scaling", {{"rule", "loud"}}}}, "ingest", "x.json");
      },
      ThrowsMessage<InputError>(
          "x.json at /scaling/rule: is \"loud\", expected one of \"dtype\", \"range\", "
          "\"percentiles\""));
  EXPECT_THAT(
      [] {
        checked({{"stride", 0}}, "tile", "x.json");
      },
      ThrowsMessage<InputError>("x.json at /stride: is 0, expected integer from 1 to 100000"));
  EXPECT_THAT(
      [] {
        checked({{"stride", "124"}}, "tile", "x.json");
      },
      ThrowsMessage<InputError>(
          "x.json at /stride: is \"124\", expected integer from 1 to 100000"));
}

TEST(Checked, SaysWhatAKeyWasRenamedTo) {
  const Json rules = Json::parse(R"({
    "type": "object", "additionalProperties": false,
    "properties": {"network": {"type": "object", "additionalProperties": false, "properties": {
      "ema_decay": {"type": "number", "formerly": "average"},
      "steps": {"type": "integer", "formerly": ["accumulate", "groups"]}}}}})");
  const auto check = [&](const char* network) {
    return [&rules, network] {
      checked_against(rules, {{"network", Json::parse(network)}}, "x.json");
    };
  };
  EXPECT_THAT(
      check(R"({"average": 0.9})"),
      ThrowsMessage<InputError>("x.json at /network: \"average\" was renamed to \"ema_decay\""));
  EXPECT_THAT(check(R"({"groups": 2})"),
              ThrowsMessage<InputError>("x.json at /network: \"groups\" was renamed to \"steps\""));
  EXPECT_NO_THROW(check(R"({"ema_decay": 0.9, "steps": 2})")());
}

TEST(Checked, SaysWhatBecameOfAKeyThatIsGone) {
  const Json rules = Json::parse(R"({
    "type": "object", "properties": {"sources": {"type": "array", "items": {
      "type": "object", "properties": {}, "retired": {"holdout": "belongs to split.json"}}}}})");
  EXPECT_THAT(
      [&] {
        checked_against(rules, {{"sources", {{{"holdout", "9"}}}}}, "x.json");
      },
      ThrowsMessage<InputError>("x.json at /sources/0: \"holdout\" belongs to split.json"));
}

TEST(DescribeSchema, ShowsTypeDefaultAndMeaningOfEachKey) {
  const std::string text = describe_schema("tile");
  EXPECT_THAT(text, HasSubstr("stride: integer from 1 to 100000 (default 124)"));
  EXPECT_THAT(text, HasSubstr("Distance between neighbouring output tiles"));
}

TEST(ApplySetting, SetsOneValueAndLeavesNoGaps) {
  Json json = {{"a", {1, 2}}};
  apply_setting(json, "/b/c=[0.5]");
  apply_setting(json, "/a/2=3");
  EXPECT_EQ(json, (Json{{"a", {1, 2, 3}}, {"b", {{"c", {0.5}}}}}));
  const auto setting = [&](const char* text) {
    return [&json, text] { apply_setting(json, text); };
  };
  EXPECT_THAT(setting("a=1"), ThrowsMessage<InputError>(HasSubstr("expected a JSON pointer")));
  EXPECT_THAT(setting("/a/7=1"), ThrowsMessage<InputError>(HasSubstr("cannot be set")));
  EXPECT_THAT(setting("/b=x"), ThrowsMessage<InputError>(HasSubstr("--set /b, its value")));
}

}  // namespace
}  // namespace unetflow
