#include "communication/communicator.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <tuple>

namespace unetflow {
namespace {

using namespace std::chrono_literals;

constexpr auto kNewsTakes = 2s;   // from its first byte to the last
constexpr auto kTellTakes = 60s;  // until another process has told the user: it may be computing

Deadline in(std::chrono::seconds time) { return std::chrono::steady_clock::now() + time; }

/// What is still to be moved in one direction between this process and another.
struct Way {
  int rank;
  Socket* socket;
  short event;
  std::span<const std::byte> to;
  std::span<std::byte> from;

  bool done() const { return to.empty() && from.empty(); }
  /// False if the other end is gone.
  bool move() {
    const auto count = event == POLLOUT ? socket->send_some(to) : socket->receive_some(from);
    if (!count) return false;
    if (event == POLLOUT) {
      to = to.subspan(*count);
    } else {
      from = from.subspan(*count);
    }
    return true;
  }
};

struct NewsHeader {
  std::int32_t exit_code;
  std::uint32_t length;
};

template <class T>
std::span<const std::byte> bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

}  // namespace

Communicator::Communicator(int rank, std::vector<Peer> peers)
    : rank_(rank), peers_(std::move(peers)), news_(peers_.size()) {}

std::vector<std::string> Communicator::all(std::string_view own) {
  std::vector<std::string> values(peers_.size());
  const std::uint64_t length = own.size();
  std::vector<std::uint64_t> lengths(peers_.size(), length);
  std::vector<std::span<const std::byte>> to(peers_.size(), bytes_of(length));
  std::vector<std::span<std::byte>> from;
  for (auto& one : lengths) from.push_back(std::as_writable_bytes(std::span(&one, 1)));
  exchange(&Peer::agreement, to, from);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i].resize(lengths[i]);
    to[i] = std::as_bytes(std::span(own));
    from[i] = std::as_writable_bytes(std::span(values[i]));
  }
  exchange(&Peer::agreement, to, from);
  values[static_cast<std::size_t>(rank_)] = own;
  return values;
}

bool Communicator::any(bool own) {
  const std::vector<char> given = all_of(static_cast<char>(own));
  return std::find(given.begin(), given.end(), 1) != given.end();
}

void Communicator::exchange(const std::vector<std::span<const std::byte>>& to,
                            const std::vector<std::span<std::byte>>& from) {
  exchange(&Peer::data, to, from);
}

void Communicator::exchange(Channel channel, const std::vector<std::span<const std::byte>>& to,
                            const std::vector<std::span<std::byte>>& from) {
  std::vector<Way> ways;
  for (int other = 0; other < size(); ++other) {
    if (other == rank_) continue;
    const auto i = static_cast<std::size_t>(other);
    ways.push_back({other, &(peers_[i].*channel), POLLOUT, to[i], {}});
    ways.push_back({other, &(peers_[i].*channel), POLLIN, {}, from[i]});
  }
  for (;;) {
    std::erase_if(ways, [](const Way& way) { return way.done(); });
    if (ways.empty()) return;
    std::vector<pollfd> wanted;
    for (const Way& way : ways) wanted.push_back({way.socket->descriptor(), way.event, 0});
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      if (peers_[i].news.is_open() && !news_[i].ended) {
        wanted.push_back({peers_[i].news.descriptor(), POLLIN, 0});
      }
    }
    constexpr int kLooksUp = 100;  // milliseconds
    const int found = poll(wanted.data(), wanted.size(), kLooksUp);
    if (channel == &Peer::data && interrupted_) throw Error("the exchange was interrupted");
    if (found <= 0) continue;
    for (std::size_t i = 0; i < ways.size(); ++i) {
      if (wanted[i].revents != 0 && !ways[i].move()) ended(ways[i].rank);
    }
    // One that ended without a word may have done its part; else its connection says so.
    const auto has_news = [](const pollfd& one) { return one.revents != 0; };
    if (std::none_of(wanted.begin() + std::ssize(ways), wanted.end(), has_news)) continue;
    for (int other = 0; other < size(); ++other) {
      if (news_of(other, {}) && news_[static_cast<std::size_t>(other)].said) ended(other);
    }
  }
}

/// Whether the process has ended, as far as is known by then.
bool Communicator::news_of(int rank, Deadline deadline) {
  const std::lock_guard lock(reading_news_);
  const auto i = static_cast<std::size_t>(rank);
  if (rank == rank_ || news_[i].ended) return news_[i].ended;
  if (!peers_[i].news.readable(deadline)) return false;
  NewsHeader header = {};
  if (peers_[i].news.receive(std::as_writable_bytes(std::span(&header, 1)), in(kNewsTakes))) {
    std::string message(std::min<std::uint32_t>(header.length, 1 << 20), '\0');
    if (peers_[i].news.receive(std::as_writable_bytes(std::span(message)), in(kNewsTakes))) {
      news_[i].said = {message, header.exit_code};
    }
  }
  news_[i].ended = true;
  return true;
}

void Communicator::ended(int rank) {
  news_of(rank, in(kNewsTakes));
  throw PeerEnded(rank, news_[static_cast<std::size_t>(rank)].said);
}

void Communicator::check() {
  for (int other = 0; other < size(); ++other) {
    if (news_of(other, {})) ended(other);
  }
}

void Communicator::send_news(int rank, const Failure& failure) {
  Socket& news = peers_[static_cast<std::size_t>(rank)].news;
  const NewsHeader header = {failure.exit_code, static_cast<std::uint32_t>(failure.message.size())};
  if (news.send(bytes_of(header), in(kNewsTakes))) {
    news.send(std::as_bytes(std::span(failure.message)), in(kNewsTakes));
  }
}

Failure Communicator::end(const Failure& own, const PeerEnded* other) {
  Failure told = own;
  if (other != nullptr && other->said) {
    if (other->said->message.empty()) return *other->said;
    told = {fmt::format("rank {} of {}: {}", other->rank, size(), other->said->message),
            other->said->exit_code};
  } else if (other != nullptr) {
    told = {fmt::format("rank {} of {}, on {}, is lost", other->rank, size(),
                        peers_[static_cast<std::size_t>(other->rank)].host),
            1};
  }
  for (int before = 0; before < rank_; ++before) {
    const auto i = static_cast<std::size_t>(before);
    if (!news_[i].ended && other == nullptr) send_news(before, own);
    if (!news_of(before, in(kTellTakes))) continue;
    if (const std::optional<Failure>& said = news_[i].said) return {"", said->exit_code};
  }
  for (int rank = 0; rank < size(); ++rank) {
    if (rank != rank_) send_news(rank, {"", told.exit_code});
  }
  return told;
}

std::vector<std::unique_ptr<Communicator>> communicators_of_threads(int size) {
  std::vector<std::vector<Peer>> peers;
  for (int i = 0; i < size; ++i) peers.emplace_back(static_cast<std::size_t>(size));
  for (std::size_t a = 0; a < peers.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      peers[a][b].host = peers[b][a].host = "this host";
      for (const auto channel : {&Peer::agreement, &Peer::data, &Peer::news}) {
        std::tie(peers[a][b].*channel, peers[b][a].*channel) = socket_pair();
      }
    }
  }
  std::vector<std::unique_ptr<Communicator>> all;
  for (auto& own : peers) {
    all.push_back(std::make_unique<Communicator>(static_cast<int>(all.size()), std::move(own)));
  }
  return all;
}

}  // namespace unetflow
