#include "core/config.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "core/error.hpp"
#include "core/read_file.hpp"

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

/// A valid value of a property that is not its default.
Json another_value(const Json& property) {
  const Json& usual = property.at("default");
  for (const auto& value : property.value("enum", Json::array())) {
    if (value != usual) return value;
  }
  if (usual.is_boolean()) return !usual.get<bool>();
  if (usual.is_array()) return Json::array({0, 1});
  if (usual.is_object()) return {{"0", 0}};
  if (!usual.is_number()) return 7;  // in place of a text
  const Json least = property.value("minimum", Json(0));
  return least != usual ? least : Json(usual.get<int>() + 1);
}

/// Calls `found(pointer, object, name)` for each property of a schema with "needs".
void for_each_need(
    const Json& rule, const Json::json_pointer& pointer,
    const std::function<void(const Json::json_pointer&, const Json&, const std::string&)>& found) {
  const Json properties = rule.value("properties", Json::object());
  for (const auto& [name, property] : properties.items()) {
    if (property.contains("needs")) found(pointer, rule, name);
    for_each_need(property, pointer / name, found);
  }
}

TEST(Checked, RefusesEachKeyThatHasNoEffectAsTheSchemasSay) {
  int needs = 0;
  for (const auto& file : std::filesystem::directory_iterator(UNETFLOW_SOURCE_DIR "/schemas")) {
    const Json rules = parse_json(read_file(file.path(), 1 << 20), file.path().string());
    for_each_need(rules, Json::json_pointer(),
                  [&](const auto& pointer, const Json& object, const auto& name) {
                    const Json& property = object["properties"][name];
                    for (const auto& [other, wanted] : property["needs"].items()) {
                      ++needs;
                      const Json& switches = object["properties"].at(other);
                      const auto check = [&, key = other](const Json& value) {
                        Json document;
                        document[pointer / name] = another_value(property);
                        if (!value.is_null()) document[pointer / key] = value;
                        return checked_against(rules, document, "x.json");
                      };
                      SCOPED_TRACE(file.path().filename().string() + (pointer / name).to_string());
                      const bool is_switch = wanted.is_object();
                      Json idle;
                      for (const auto& value : switches.value("enum", Json::array())) {
                        if (std::find(wanted.begin(), wanted.end(), value) == wanted.end())
                          idle = value;
                      }
                      EXPECT_THAT([&] { check(idle); },
                                  ThrowsMessage<InputError>(HasSubstr("has no effect")));
                      EXPECT_NO_THROW(check(is_switch ? another_value(switches) : wanted[0]));
                      if (is_switch) {
                        EXPECT_NO_THROW(check(wanted["not"])) << "off on purpose";
                      }
                    }
                  });
  }
  EXPECT_GT(needs, 10);
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
