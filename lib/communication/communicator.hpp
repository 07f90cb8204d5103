// Processes that do one piece of work together, each connected to each other. Between two of them
// there are three connections: what they agree on, data that another thread exchanges meanwhile,
// and news, on which nothing comes but that one of them has ended. All that waits also looks for
// news, so when one process fails or is lost, all end, and one of them tells why.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "communication/socket.hpp"
#include "core/error.hpp"
#include "core/failure.hpp"

namespace unetflow {

/// Another process has ended before the work was done.
struct PeerEnded : Error {
  PeerEnded(int rank_, std::optional<Failure> said_)
      : Error("another process has ended"), rank(rank_), said(std::move(said_)) {}
  int rank;
  std::optional<Failure> said;  ///< nothing: it is lost; an empty message: the user was told
};

/// The connections to one other process.
struct Peer {
  std::string host;  ///< empty: this process itself
  Socket agreement, data, news;
};

class Communicator {
 public:
  /// A process that is alone.
  Communicator() : Communicator(0, std::vector<Peer>(1)) {}
  /// One of `peers.size()`; its own peer has no connections.
  Communicator(int rank, std::vector<Peer> peers);

  int rank() const { return rank_; }
  int size() const { return static_cast<int>(peers_.size()); }
  bool is_first() const { return rank_ == 0; }

  // All processes call these in the same order. They throw PeerEnded.

  /// What each gives, by rank.
  std::vector<std::string> all(std::string_view own);
  template <class T>
  std::vector<T> all_of(const T& own) {
    static_assert(std::is_trivially_copyable_v<T>);
    std::vector<T> values;
    for (const std::string& bytes : all({reinterpret_cast<const char*>(&own), sizeof own})) {
      T value;
      std::memcpy(&value, bytes.data(), sizeof value);
      values.push_back(value);
    }
    return values;
  }
  /// What the first gives.
  template <class T>
  T first_of(const T& own) {
    return all_of(own).front();
  }
  bool any(bool own);

  /// By rank: what goes to each process and comes from each; some may be empty. For one thread,
  /// which may be another than that which calls the functions above.
  void exchange(const std::vector<std::span<const std::byte>>& to,
                const std::vector<std::span<std::byte>>& from);

  /// Throws PeerEnded if another process has.
  void check();
  /// Ends the exchange of another thread with an Error, as this process cannot go on.
  void interrupt() { interrupted_ = true; }

  /// For a process that cannot go on, as another has ended, or for a reason of its own: tells the
  /// others and waits until the user is told by the first of those that are left. If that is this
  /// process, the message is what to tell, otherwise it is empty.
  Failure end(const Failure& own, const PeerEnded* other = nullptr);

 private:
  using Channel = Socket Peer::*;
  void exchange(Channel channel, const std::vector<std::span<const std::byte>>& to,
                const std::vector<std::span<std::byte>>& from);
  bool news_of(int rank, Deadline deadline);
  [[noreturn]] void ended(int rank);
  void send_news(int rank, const Failure& failure);

  int rank_;
  std::vector<Peer> peers_;
  std::atomic<bool> interrupted_ = false;
  std::mutex reading_news_;
  struct News {
    std::atomic<bool> ended = false;
    std::optional<Failure> said;  // before it ended
  };
  std::vector<News> news_;  // by rank
};

/// Some that are connected to each other within one process, for its threads.
std::vector<std::unique_ptr<Communicator>> communicators_of_threads(int size);

}  // namespace unetflow
