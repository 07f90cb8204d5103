#include "core/failure.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <vector>

#include "core/error.hpp"

namespace unetflow {
namespace {

using testing::AllOf;
using testing::Field;
using testing::HasSubstr;
using testing::Not;

template <class Throws>
Failure failure_of(Throws throws) {
  try {
    throws();
  } catch (...) {
    return current_failure();
  }
  return {"nothing was thrown", 0};
}

auto is(const std::string& message, int code) {
  return AllOf(Field(&Failure::message, message), Field(&Failure::exit_code, code));
}

TEST(Failure, OursAreToldWhole) {
  EXPECT_THAT(failure_of([] { throw InputError("a\nb.png", "is odd"); }),
              is("a\nb.png: is odd", 2));
  EXPECT_THAT(failure_of([] { throw Error("a: cannot be written"); }),
              is("a: cannot be written", 1));
}

TEST(Failure, AFileSystemsIsPathAndReason) {
  EXPECT_THAT(failure_of([] { std::filesystem::directory_iterator("no/such"); }),
              is("no/such: No such file or directory", 1));
  EXPECT_THAT(failure_of([] { std::filesystem::rename("no/such", "any"); }),
              is("no/such -> any: No such file or directory", 1));
  EXPECT_THAT(failure_of([] { throw std::system_error(EAGAIN, std::generic_category(), "x"); }),
              is("the system refused: Resource temporarily unavailable", 1));
}

TEST(Failure, WhatNoMemoryHoldsIsOutOfMemory) {
  EXPECT_THAT(failure_of([] { throw std::bad_alloc(); }), is("out of memory", 1));
  EXPECT_THAT(failure_of([] { std::vector<int>().reserve(std::size_t{1} << 62); }),
              is("out of memory", 1));
  EXPECT_THAT(failure_of([] {
                throw std::runtime_error(
                    "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't "
                    "allocate memory: you tried to allocate 1 bytes.\nframe #0");
              }),
              is("out of memory", 1));
}

TEST(Failure, WrongJsonIsBadInputInPlainWords) {
  EXPECT_THAT(failure_of([] { (void)nlohmann::json(1).get<std::string>(); }),
              AllOf(Field(&Failure::exit_code, 2),
                    Field(&Failure::message, AllOf(HasSubstr("must be string, but is number"),
                                                   Not(HasSubstr("json.exception"))))));
}

TEST(Failure, TheStandardLibrarysWordsAreNotShown) {
  for (const auto& failure : {failure_of([] { (void)std::vector<int>().at(1); }),
                              failure_of([] { (void)std::map<int, int>().at(1); }),
                              failure_of([] { (void)std::stoi("x"); }),
                              failure_of([] { (void)std::string().substr(1); })}) {
    EXPECT_THAT(failure, is("internal error: a value is out of its range", 1));
  }
  EXPECT_THAT(failure_of([] { throw 1; }), is("internal error: of an unknown kind", 1));
}

TEST(Failure, OfOtherLibrariesTheFirstLineIsShown) {
  EXPECT_THAT(failure_of([] { throw std::runtime_error("sizes differ\nframe #0: at::add"); }),
              is("sizes differ", 1));
}

}  // namespace
}  // namespace unetflow
