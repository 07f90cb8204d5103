#include "core/json.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

std::string brackets(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(LoadJson, NamesFileLineAndColumnOfASyntaxError) {
  const TemporaryFolder folder;
  const auto file = folder.write("x.json", "{\n  \"a\": 1,\n  \"b\" 2\n}");
  EXPECT_THAT([&] { load_json(file); },
              ThrowsMessage<InputError>(HasSubstr("x.json:3:7: is not valid JSON")));
}

TEST(LoadJson, NamesAMissingFile) {
  EXPECT_THAT([] { load_json("no/such.json"); },
              ThrowsMessage<InputError>(HasSubstr("no/such.json: cannot be read")));
}

TEST(LoadJsonIfValid, GivesNothingForAFileThatIsMissingOrDamaged) {
  const TemporaryFolder folder;
  EXPECT_FALSE(load_json_if_valid("no/such.json"));
  EXPECT_FALSE(load_json_if_valid(folder.path));
  EXPECT_FALSE(load_json_if_valid(folder.write("half.json", "{\"a\": ")));
  EXPECT_EQ(load_json_if_valid(folder.write("whole.json", "{\"a\": 1}")).value()["a"], 1);
}

TEST(ParseJson, AllowsComments) { EXPECT_EQ(parse_json("// why\n{\"a\": 1}", "x")["a"], 1); }

TEST(ParseJson, RefusesWhatIsNotJson) {
  for (const char* text : {"", "{", "nan", "[1,]", "{\"a\": 1} 2", "'a'", "\"\\ud800\""}) {
    EXPECT_THAT([&] { parse_json(text, "x"); },
                ThrowsMessage<InputError>(HasSubstr("is not valid JSON")))
        << text;
    EXPECT_FALSE(json_if_valid(text)) << text;
  }
}

TEST(ParseJson, RefusesAKeyThatIsGivenTwice) {
  EXPECT_THAT([] { parse_json("{\"seed\": 1,\n \"stride\": 2, \"stride\": 3}", "x"); },
              ThrowsMessage<InputError>("x:2:22: \"stride\" is given twice"));
  // Also when one of them is written with escapes.
  EXPECT_THAT([] { parse_json(R"({"a": {"b": 1, "\u0062": 2}})", "x"); },
              ThrowsMessage<InputError>(HasSubstr("\"b\" is given twice")));
  EXPECT_EQ(parse_json(R"([{"a": {"a": 1}}, {"a": 2}])", "x").size(), 2);
}

TEST(ParseJson, RefusesDeepNesting) {
  EXPECT_EQ(parse_json(brackets(64), "x").size(), 1);
  EXPECT_THAT([] { parse_json("{\"a\":\n" + brackets(64) + "}", "x"); },
              ThrowsMessage<InputError>("x:2:64: nests deeper than 64 levels"));
  EXPECT_FALSE(json_if_valid(std::string(200'000, '[')));
  std::string objects;
  for (int i = 0; i < 200'000; ++i) objects += "{\"a\":";
  EXPECT_FALSE(json_if_valid(objects));
}

TEST(ParseJson, RefusesBytesThatAreNotUtf8) {
  EXPECT_THAT([] { parse_json("{\"Z\xC3\xBCrich\": \"Z\xFCrich\"}", "x"); },
              ThrowsMessage<InputError>("x:1:14: is not UTF-8"));
}

TEST(ParseJson, RefusesANumberBeyondDoubles) {
  EXPECT_THAT([] { parse_json("{\"a\": -1e999}", "x"); },
              ThrowsMessage<InputError>("x:1:13: is a number that is too large"));
}

TEST(ParseJson, RefusesTheCharacterThatEndsAName) {
  EXPECT_THAT([] { parse_json(R"({"name": "victim.txt\u0000.png"})", "x"); },
              ThrowsMessage<InputError>("x:1:31: is a text with the character U+0000"));
  EXPECT_FALSE(json_if_valid(R"({"a\u0000": 1})"));
}

}  // namespace
}  // namespace unetflow
