#include "communication/communicator.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "threads.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;

TEST(Communicator, AloneHasWhatItGives) {
  Communicator alone;
  EXPECT_THAT(alone.all("own"), ElementsAre("own"));
  EXPECT_EQ(alone.first_of(7), 7);
  EXPECT_FALSE(alone.any(false));
  EXPECT_TRUE(alone.any(true));
}

TEST(Communicator, AllGetWhatEachGivesByRank) {
  in_threads(3, [](Communicator& own) {
    const std::string text(static_cast<size_t>(own.rank()) * 100'000, 'x');
    const auto all = own.all(text);
    ASSERT_EQ(all.size(), 3U);
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(all[i].size(), i * 100'000);
    EXPECT_THAT(own.all_of(10 * own.rank()), ElementsAre(0, 10, 20));
    EXPECT_EQ(own.first_of(own.rank() + 5), 5);
    EXPECT_TRUE(own.any(own.rank() == 2));
    EXPECT_FALSE(own.any(false));
  });
}

TEST(Communicator, OneThatIsLostEndsAllAndTheFirstTells) {
  std::mutex mutex;
  std::vector<std::string> told;
  auto all = communicators_of_threads(3);
  all.at(1).reset();  // as the system does when it is killed
  std::vector<std::thread> threads;
  for (const int rank : {0, 2}) {
    threads.emplace_back([&, own = all[static_cast<size_t>(rank)].get()] {
      try {
        own->all("never complete");
        ADD_FAILURE() << "nobody was missed";
      } catch (const PeerEnded& other) {
        const Failure failure = own->end({}, &other);
        EXPECT_EQ(failure.exit_code, 1);
        const std::lock_guard lock(mutex);
        if (!failure.message.empty()) told.push_back(failure.message);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(told, ElementsAre("rank 1 of 3, on this host, is lost"));
}

TEST(Communicator, WhatOneFailsForIsToldByTheFirstWithItsExitCode) {
  std::mutex mutex;
  std::vector<std::string> told;
  in_threads(3, [&](Communicator& own) {
    Failure failure;
    try {
      if (own.rank() == 2) throw InputError("tiles", "are damaged");
      own.all("never complete");
      ADD_FAILURE() << "nobody was missed";
    } catch (const PeerEnded& other) {
      failure = own.end({}, &other);
    } catch (const InputError&) {
      failure = own.end(current_failure());
    }
    EXPECT_EQ(failure.exit_code, 2);
    const std::lock_guard lock(mutex);
    if (!failure.message.empty()) told.push_back(failure.message);
  });
  EXPECT_THAT(told, ElementsAre("rank 2 of 3: tiles: are damaged"));
}

TEST(Communicator, WhereAllFailAlikeOneTells) {
  std::atomic<int> told = 0;
  in_threads(4, [&](Communicator& own) {
    const Failure failure = own.end({"a file is missing", 2});
    EXPECT_EQ(failure.exit_code, 2);
    told += !failure.message.empty();
  });
  EXPECT_EQ(told, 1);
}

TEST(Communicator, WhereTheFirstIsLostTheNextTells) {
  auto all = communicators_of_threads(3);
  all[0].reset();
  std::atomic<int> told = 0;
  std::vector<std::thread> threads;
  for (const int rank : {1, 2}) {
    threads.emplace_back([&, rank, own = all[static_cast<size_t>(rank)].get()] {
      try {
        own->any(false);
      } catch (const PeerEnded& other) {
        if (!own->end({}, &other).message.empty()) told = rank;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace unetflow
