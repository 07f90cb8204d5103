#include "training/computation.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

#include "convolution/winograd.hpp"
#include "network/architecture.hpp"
#include "network/network.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const Json kBegun = {{"device", "cpu"},          {"threads", 1},
                     {"precision", "float32"},   {"convolution", "winograd"},
                     {"instructions", "AVX512"}, {"environment", Json::object()}};

std::string difference(const char* key, const Json& value) {
  Json now = kBegun;
  now[key] = value;
  return other_computation(kBegun, now).value_or("none");
}

TEST(Computation, ThatIsEqualMayGoOn) { EXPECT_FALSE(other_computation(kBegun, kBegun)); }

TEST(Computation, ThatDiffersIsNamedWithWhatMakesItEqual) {
  EXPECT_EQ(difference("threads", 2),
            "its training was begun with 1 thread; this run has 2 threads: continue it with "
            "--threads 1, or remove the folder to begin again");
  EXPECT_THAT(difference("precision", "bfloat16"),
              HasSubstr("begun with float32; this run has bfloat16: continue it with --set "
                        "'/precision=\"float32\"', or"));
  EXPECT_THAT(difference("convolution", "direct"), HasSubstr("--set '/convolution=\"auto\"'"));
  EXPECT_THAT(difference("instructions", "AVX2 fma3"),
              HasSubstr("begun with AVX512; this run has AVX2 fma3: continue it where it was "
                        "begun, or remove"));
  EXPECT_THAT(difference("environment", {{"MKL_CBWR", "AVX2"}}), HasSubstr("has MKL_CBWR=AVX2"));
}

TEST(Computation, OfSeveralDifferencesNamesAll) {
  Json now = kBegun;
  now["threads"] = 2;
  now["precision"] = "bfloat16";
  EXPECT_THAT(*other_computation(kBegun, now),
              HasSubstr("begun with float32, 1 thread; this run has bfloat16, 2 threads: continue "
                        "it with --set '/precision=\"float32\"' --threads 1,"));
}

/// Of a network that is computed so.
Json computation(const char* architecture, const char* convolution, int threads) {
  NetworkConfig config;
  config.architecture = architecture;
  config.width = 2;
  const auto network = make_network(config, 1);
  network->to(choose_arithmetic("cpu", "float32", convolution));
  return computation_of(*network, threads);
}

TEST(Computation, InAFixedOrderHoldsOnlyWhetherMultiplyAddIsFused) {
  setenv("MKL_CBWR", "COMPATIBLE", 1);
  const Json found = computation("residual_unet", "auto", 3);
  unsetenv("MKL_CBWR");
  EXPECT_EQ(found, (Json{{"device", "cpu"},
                         {"precision", "float32"},
                         {"convolution", "winograd"},
                         {"instructions", winograd::fused_multiply_add() ? "fma" : "no fma"}}));
}

TEST(Computation, OfAnyOtherOnAProcessorHoldsThreadsInstructionsAndVariables) {
  EXPECT_TRUE(computation("unet", "direct", 3).contains("threads"));
  setenv("MKL_CBWR", "COMPATIBLE", 1);
  const Json found = computation("fcn8s", "auto", 3);
  unsetenv("MKL_CBWR");
  EXPECT_EQ(found.at("threads"), 3);
  EXPECT_EQ(found.at("device"), "cpu");
  EXPECT_EQ(found.at("precision"), "float32");
  EXPECT_EQ(found.at("convolution"), "winograd");
  EXPECT_EQ(found.at("environment").at("MKL_CBWR"), "COMPATIBLE");
  EXPECT_FALSE(found.at("instructions").get<std::string>().empty());
  EXPECT_THAT(found.at("libtorch").get<std::string>(), StartsWith("2."));
}

}  // namespace
}  // namespace unetflow
