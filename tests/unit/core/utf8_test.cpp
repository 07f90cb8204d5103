#include "core/utf8.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

TEST(Utf8, TextOfEveryLengthOfCharacterIsUtf8) {
  for (const char* text : {"", "plain.png", "Z\xC3\xBCrich", "\xE7\xB4\xB0\xE8\x83\x9E",
                           "\xF0\x9F\x94\xAC", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
}

TEST(Utf8, OtherBytesAreNot) {
  for (const char* text : {
           "Z\xFCrich",             // Latin-1
           "\x80",                  // begins inside of a character
           "a\xC3",                 // ends inside of one
           "\xC3(",                 // continues with another
           "\xC0\xAF",              // '/' in two bytes
           "\xE0\x80\xAF",          // and in three
           "\xED\xA0\x80",          // a surrogate
           "\xF4\x90\x80\x80",      // above U+10FFFF
           "\xF8\x90\x80\x80\x80",  // five bytes
           "\xFF",
       }) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

}  // namespace
}  // namespace unetflow
